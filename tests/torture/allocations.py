"""Allocations of the program that fail: one, or from one on, up to the command's end.

A try is COMMAND/NUMBER or COMMAND/NUMBER+ (allocations.c)."""

import random
import re

import process
from process import Failure


class Allocations:
    name = "allocations"

    def __init__(self, shop, commands):
        self.shop, self.commands = shop, commands

    def count(self, command, folder):
        command.begin(folder)
        outcome = process.run(command.arguments(folder), {"LD_PRELOAD": self.shop.allocations,
                                                          "TORTURE_ALLOCATION": "0", "TORTURE_COUNT": "1"})
        return int(re.search(r"^allocations: (\d+)$", outcome.err, re.MULTILINE).group(1))

    def tries(self, seed, folder):
        draw = random.Random(seed)
        counts = {name: self.count(command, folder / "try") for name, command in self.commands.items()}
        while True:
            name = draw.choice(list(self.commands))
            yield f"{name}/{draw.randrange(1, counts[name] + 1)}{draw.choice(['', '+'])}"

    def run(self, what, folder):
        name, which = what.split("/")
        command, run = self.commands[name], folder / "try"
        command.begin(run)
        outcome = process.run(command.arguments(run), {"LD_PRELOAD": self.shop.allocations, "TORTURE_ALLOCATION": which})
        process.check_manners(outcome)
        if outcome.code == 0:
            command.check_done(run, outcome)
            return "done all the same"
        if outcome.code != 1 or "out of memory" not in outcome.err:
            raise Failure(f"no memory should be exit code 1 and 'out of memory': {outcome}")
        command.check_kept(run)
        if command.temporaries(run):
            raise Failure(f"left behind: {' '.join(command.temporaries(run))}")
        command.go_on(run)
        return "out of memory, then gone on"
