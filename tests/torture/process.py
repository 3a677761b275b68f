"""Running a program under limits of time and memory, and what came of it."""

import os
import re
import resource
import signal
import subprocess

MEMORY = 2 << 30  # bytes of address space
SECONDS = 20  # of a processor
PATIENCE = 300  # seconds by the clock, for what waits


class Failure(Exception):
    """What a try shows that must not be."""


class Outcome:
    def __init__(self, code, out, err, timed_out):
        self.code, self.out, self.err, self.timed_out = code, out, err, timed_out

    @property
    def last_line(self):
        lines = self.err.strip().splitlines()
        return lines[-1] if lines else ""

    def __str__(self):
        text = f"signal {-self.code}" if self.code < 0 else f"exit code {self.code}"
        return f"{text}{': ' if self.err else ''}{self.err.strip()[-700:]}"


def set_limits():
    """Of this process and all that it starts."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def start(command, environment=None):
    process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env={**os.environ, **(environment or {})})
    resource.prlimit(process.pid, resource.RLIMIT_CPU, (SECONDS, SECONDS))
    return process


def finish(process):
    timed_out = False
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        timed_out = True
        process.kill()
        out, err = process.communicate()
    timed_out = timed_out or process.returncode == -signal.SIGXCPU
    return Outcome(process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"), timed_out)


def run(command, environment=None):
    return finish(start(command, environment))


NOT_FINITE = re.compile(r"(?<![\w.,])[-+]?(nan|inf)(?![\w.)])", re.IGNORECASE)  # [0,inf) is an interval
LONGEST_LINE = 1024


def check_manners(outcome, killed=()):
    """What holds whatever a command was given: it ends, by no signal but those sent, with one of its exit codes, and says
    what is wrong in lines of a bounded length."""
    if outcome.timed_out:
        raise Failure(f"took more than {SECONDS} s of a processor, or waited")
    if outcome.code < 0 and -outcome.code not in killed:
        raise Failure(f"ended by {signal.Signals(-outcome.code).name}: {outcome.err[-300:]}")
    if outcome.code > 2:
        raise Failure(f"exit code {outcome.code}, expected 0, 1 or 2: {outcome.err[-300:]}")
    for line in outcome.err.splitlines():
        if len(line.encode()) > LONGEST_LINE:
            raise Failure(f"a line of {len(line.encode())} bytes on standard error: {line[:200]} ...")
    if outcome.code in (1, 2) and not outcome.last_line:
        raise Failure(f"exit code {outcome.code} without a word")
    if "filesystem error" in outcome.err or "basic_" in outcome.err or "std::" in outcome.err:
        raise Failure(f"words of the C++ library: {outcome.err[-300:]}")
    if outcome.code == 0 and NOT_FINITE.search(outcome.out):
        raise Failure(f"a number that is not finite: {NOT_FINITE.search(outcome.out).group()} in {outcome.out[-300:]}")
