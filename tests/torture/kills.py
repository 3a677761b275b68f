"""Runs that are killed at random moments, some of them several times, and gone on with on other numbers of threads.

A try is COMMAND/SEED."""

import random
import signal
import time

import process
from commands import Train
from process import Failure

SIGNALS = [signal.SIGKILL] * 3 + [signal.SIGTERM, signal.SIGINT]


class Kills:
    name = "kills"

    def __init__(self, shop, commands):
        self.shop = shop
        self.commands = {name: command for name, command in commands.items() if isinstance(command, Train)}
        self.seconds = {}

    def tries(self, seed, folder):
        draw = random.Random(seed)
        while True:
            yield f"{draw.choice(list(self.commands))}/{draw.randrange(1 << 32)}"

    def usual_seconds(self, command, folder):
        """What the command takes undisturbed, start of the program included."""
        if command.name not in self.seconds:
            command.begin(folder)
            begin = time.monotonic()
            process.run(command.arguments(folder))
            self.seconds[command.name] = time.monotonic() - begin
        return self.seconds[command.name]

    def run(self, what, folder):
        name, seed = what.split("/")
        command, draw, run = self.commands[name], random.Random(int(seed)), folder / "try"
        usual = self.usual_seconds(command, run)
        command.begin(run)
        arguments, kills = command.arguments(run), 0
        for _ in range(draw.choice([1, 1, 1, 2, 3])):
            sent = draw.choice(SIGNALS)
            process_ = process.start([*arguments, "--threads", draw.randrange(1, 4)])
            time.sleep(draw.uniform(0, 1.1 * usual))
            process_.send_signal(sent)
            outcome = process.finish(process_)
            process.check_manners(outcome, killed=(sent,))
            command.check_kept(run)
            if outcome.code == 0:
                break
            kills += 1
            if outcome.code > 0:
                self.check_stopped(command, run, outcome)
            if not command.is_old(run) and command.has_begun(run):
                arguments = command.resume(run)
        if outcome.code == 0:
            command.check_done(run, outcome)
        else:
            command.go_on(run, "--threads", draw.randrange(1, 4))
        return {"kills, then gone on": kills} if kills else "ended before the kill"

    def check_stopped(self, command, run, outcome):
        """After SIGTERM or SIGINT a run stops between two steps and says how one goes on."""
        if f"go on with --resume {run / 'run'}" not in outcome.err:
            raise Failure(f"stopped without saying how to go on: {outcome}")
        if command.temporaries(run):
            raise Failure(f"left behind: {' '.join(command.temporaries(run))}")
