"""Each file call of a command fails, is cut short or is the last one before a kill; then the command is gone on with.

A try is COMMAND/FAULT:NUMBER[:REASON], as faults.c reads it."""

import errno
import os
import pathlib
import random
import shutil

import process
from process import Failure

FAILURES = ["ENOSPC", "EIO"]
INTERRUPTIBLE = ("open", "read", "write")  # of files: folders are never waited for


class Faults:
    name = "faults"

    def __init__(self, shop, commands):
        self.shop, self.commands = shop, commands

    def environment(self, folder, fault):
        """Counts calls on what belongs to the try and on all that it reads."""
        return {"LD_PRELOAD": self.shop.faults, "TORTURE_UNDER": self.shop.scratch, "TORTURE_FAULT": fault,
                "TORTURE_TOLD": folder / "told"}

    def calls(self, command, folder):
        """The names and paths of a command's calls, in order."""
        command.begin(folder / "try")
        (folder / "told").unlink(missing_ok=True)
        process.run(command.arguments(folder / "try"), self.environment(folder, "none:0"))
        return [line.split(" ", 1) for line in (folder / "told").read_text().splitlines()]

    def tries(self, seed, folder):
        out = []
        for name, command in self.commands.items():
            calls = self.calls(command, folder)
            folders = {path for call, path in calls if call == "opendir"}
            for number, (call, path) in enumerate(calls, 1):
                kinds = [f"{kind}:{number}:{reason}" for kind in ("fail", "from") for reason in FAILURES]
                kinds += [f"before:{number}", f"after:{number}"]
                if call in ("read", "write"):
                    kinds.append(f"short:{number}")
                if call in INTERRUPTIBLE and path not in folders:
                    kinds.append(f"fail:{number}:EINTR")
                out += [f"{name}/{kind}" for kind in kinds]
        random.Random(seed).shuffle(out)
        return out

    def run(self, what, folder):
        name, fault = what.split("/")
        command, run = self.commands[name], folder / "try"
        kind, number, *reason = fault.split(":")
        code = getattr(errno, reason[0]) if reason else 0
        command.begin(run)
        (folder / "told").unlink(missing_ok=True)
        outcome = process.run(command.arguments(run), self.environment(folder, f"{kind}:{number}:{code}"))
        told = (folder / "told").read_text().splitlines() if (folder / "told").exists() else []
        process.check_manners(outcome, killed=(9,) if kind in ("before", "after") else ())
        try:
            return self.judge(command, run, kind, reason, code, outcome, told)
        except Failure as failure:
            raise Failure(f"{failure}\n    the call: {told[0] if told else 'none'}\n    the command: {outcome}") from None

    def judge(self, command, run, kind, reason, code, outcome, told):
        if outcome.code == 0:
            if kind != "from" or not command.temporaries(run):
                command.check_done(run, outcome)
            return "done all the same"
        # Of a thread beside the others, the numbers of calls change: another one may have been hit.
        hit = told[0].split(" ", 1)[0] if told else ""
        if (kind == "short" or reason == ["EINTR"]) and hit in INTERRUPTIBLE:
            raise Failure("a call that was cut short or interrupted is an error")
        command.check_kept(run)
        if outcome.code > 0:
            self.check_error(command, outcome, told, os.strerror(code))
            if kind != "from" and command.temporaries(run):
                raise Failure(f"left behind: {' '.join(command.temporaries(run))}")
        command.go_on(run)
        return "killed, then gone on" if outcome.code < 0 else "an error, then gone on"

    def check_error(self, command, outcome, told, reason):
        """It names the file, by its final name, and the system's reason."""
        paths = [pathlib.Path(line.split(" ", 1)[1]) for line in told]
        names = {name for path in paths for name in command.names(str(path).removesuffix(".seqrec.tmp"))}
        if not any(name in outcome.err for name in names):
            raise Failure("the error doesn't name the file")
        if reason not in outcome.err:
            raise Failure(f"the error doesn't say '{reason}'")
