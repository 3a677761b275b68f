"""How far a training is, on one line of a terminal or below a notebook's cell."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Any, Optional


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"


class Progress:
    """Is told a training's events. `shown` None: if standard error is a terminal or a notebook's."""

    def __init__(self, shown: Optional[bool], epochs: Optional[int] = None) -> None:
        self._shown = sys.stderr.isatty() or _in_notebook() if shown is None else shown
        self._epochs, self._begin, self._width = epochs, time.monotonic(), 0
        if self._shown:
            self._show("reading the data")

    def __call__(self, event: dict[str, Any]) -> None:
        if not self._shown:
            return
        if event.get("event") in ("epoch", "fit"):
            self._show(self._line(event))
        elif event.get("event") == "result":
            self._show(_metrics("test", event.get("test")) or "done")
            self._end()

    def clear(self) -> None:
        """Takes the line back, for another one."""
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
        self._width = 0

    def close(self) -> None:
        """Leaves the line as it is, in the middle of a training too."""
        if self._shown:
            self._end()

    def _line(self, event: dict[str, Any]) -> str:
        epoch = event.get("epoch", 0)
        epochs = event.get("epochs", self._epochs)
        parts = [str(event.get("stage", "")), f"epoch {epoch}" + (f"/{epochs}" if epochs else "")]
        if "loss" in event:
            parts.append(f"loss {event['loss']:.4f}")
        parts += [_metrics("valid", event.get("valid")), f"{time.monotonic() - self._begin:.0f} s"]
        return "  ".join(part for part in parts if part)

    def _show(self, line: str) -> None:
        if sys.stderr.isatty():  # where a line that goes on below can't be taken back
            line = line[: shutil.get_terminal_size().columns - 1]
        sys.stderr.write("\r" + line.ljust(self._width))
        sys.stderr.flush()
        self._width = len(line)

    def _end(self) -> None:
        if self._width:
            sys.stderr.write("\n")
            sys.stderr.flush()
        self._width = 0


def _metrics(name: str, values: Optional[dict[str, float]]) -> str:
    return f"{name} " + "  ".join(f"{key} {value:.4f}" for key, value in values.items()) if values else ""
