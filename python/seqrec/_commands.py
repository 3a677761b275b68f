"""The program's commands, run as processes that tell what happens as JSON."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import threading
from typing import Any, Callable, Mapping, Optional, Sequence

from ._errors import SeqrecError, UsageError
from ._program import program

_log = logging.getLogger("seqrec")
_USAGE = 2  # the exit code for wrong arguments and settings

Event = dict[str, Any]


def settings(keys: Mapping[str, Any]) -> list[str]:
    """Keys of the configuration as options. A text is given as it is typed, all else as JSON."""
    out = []
    for key, value in keys.items():
        if hasattr(value, "item") and getattr(value, "shape", None) == ():  # a number of NumPy's
            value = value.item()
        if isinstance(value, os.PathLike):
            value = os.fspath(value)
        try:
            text = value if isinstance(value, str) else json.dumps(value, allow_nan=False, ensure_ascii=False)
        except (TypeError, ValueError) as error:
            raise UsageError(f"the key {key} can't have the value {value!r}: {error}") from None
        out += ["--set", f"{key}={text}"]
    return out


def run_program(
    arguments: Sequence[str],
    on_event: Optional[Callable[[Event], None]] = None,
    before_note: Optional[Callable[[], None]] = None,
) -> list[Event]:
    """Runs a command to its end; its events. Notices go to the logger "seqrec", from another thread.

    Raises SeqrecError (UsageError for what the caller gave) with the program's text if it fails. Any exception here, of Ctrl-C or of
    `on_event`, ends the program as Ctrl-C does in a terminal, so that a training saves what it has, and goes on to the caller.
    """
    events: list[Event] = []
    process = subprocess.Popen(
        [program(), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="surrogateescape",
        start_new_session=True,  # a terminal's Ctrl-C is ours to pass on
    )
    said: list[str] = []
    listener = threading.Thread(target=_listen, args=(process.stderr, said, before_note), daemon=True)
    listener.start()
    try:
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            events.append(event)
            if on_event is not None:
                on_event(event)
        code = process.wait()
    except BaseException:
        _end(process)
        raise
    finally:
        listener.join()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
    if code != 0:
        raise _error(code, "\n".join(said))
    return events


def _end(process: subprocess.Popen[str]) -> None:
    """Lets it end between two steps; a second Ctrl-C ends it at once."""
    try:
        process.send_signal(signal.SIGINT)
        if process.stdout is not None:
            process.stdout.read()
        process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise


def _listen(stream: Any, said: list[str], before_note: Optional[Callable[[], None]]) -> None:
    """Passes notices on, and keeps all other lines."""
    for line in stream:
        text = line.rstrip("\n").removeprefix("seqrec: ")
        if text.startswith("note: "):
            if before_note is not None:
                before_note()
            _log.warning("%s", text[len("note: ") :])
        else:
            said.append(text)


def _error(code: int, text: str) -> SeqrecError:
    if code < 0:
        text = f"seqrec was ended by {signal.Signals(-code).name}" + (f": {text}" if text else "")
    return (UsageError if code == _USAGE else SeqrecError)(text or f"seqrec ended with the exit code {code}")
