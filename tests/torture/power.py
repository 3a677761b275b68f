"""Power loss: the file calls of a command are made again up to any point on a model of a disk (disk.py), what the disk
may hold then is put into the folder, and the command is gone on with.

A try is COMMAND/POINT/HOW[/SEED]; the last point is the command's end, after which nothing may be lost."""

import pathlib
import random
import shutil

import recording
from commands import WritesLinked, differences, files_of
from disk import Disk
from process import Failure

SEEDS = 4  # of each point and way that chance decides
APPENDED = ("log.txt", "events.jsonl", "metrics.csv")  # line by line


class Power:
    name = "power"

    def __init__(self, shop, commands):
        self.shop = shop
        self.commands = {name: command for name, command in commands.items() if not isinstance(command, WritesLinked)}
        self.recordings = {}

    def calls(self, command, folder):
        """What the command does to FOLDER/try; every worker makes its own recording, for paths are in it."""
        key = (command.name, folder)
        if key not in self.recordings:
            command.begin(folder / "try")
            self.recordings[key] = recording.record(self.shop, command.arguments(folder / "try"), folder / "try")
        return self.recordings[key]

    def tries(self, seed, folder):
        draw, out = random.Random(seed), []
        for name, command in self.commands.items():
            calls = self.calls(command, folder)
            for point in range(len(calls) + 1):
                if calls and (point == len(calls) or calls[point].name != "open"):  # an open alone changes little
                    out.append(f"{name}/{point}/least")
                    out += [f"{name}/{point}/{how}/{draw.randrange(1 << 32)}" for how in ("order", "any")
                            for _ in range(SEEDS)]
        draw.shuffle(out)
        return out

    def run(self, what, folder):
        name, point, how, *seed = what.split("/")
        command, run = self.commands[name], folder / "try"
        calls = self.calls(command, folder)
        command.begin(run)
        disk = Disk(run)
        for call in calls[:int(point)]:
            disk.make(call)
        holds = disk.after_loss(how, int(seed[0]) if seed else 0)
        self.put(run, holds)
        try:
            self.check_whole(holds, disk)
            if int(point) >= len(calls):
                self.check_lasting(command, run)
            command.check_kept(run)
            command.go_on(run)
        except Failure as failure:
            made = calls[int(point) - 1] if int(point) else None
            raise Failure(f"{failure}\n    the last call: {made.name + ' ' + made.path if made else 'none'}") from None
        return "gone on"

    @staticmethod
    def put(run, holds):
        shutil.rmtree(run)
        run.mkdir()
        for path, data in holds.items():
            if data is None:
                pathlib.Path(path).mkdir(exist_ok=True)
        for path, data in holds.items():
            if data is not None:
                pathlib.Path(path).write_bytes(data)

    @staticmethod
    def check_whole(holds, disk):
        """A file that is replaced as a whole is one that it was replaced by."""
        for path, data in holds.items():
            replaced = path in disk.seen and not path.endswith((".seqrec.tmp", ".lock", *APPENDED))
            if replaced and data not in disk.seen[path]:
                raise Failure(f"{path} is torn: {len(data)} bytes")

    @staticmethod
    def check_lasting(command, run):
        """What was there when the command ended; what lines were appended to is put right when a run is gone on with."""
        wrong = differences(*({name: data for name, data in files.items() if not name.endswith(APPENDED)}
                              for files in (files_of(run), command.expected)))
        if wrong:
            raise Failure(f"lost after the command had ended: {wrong}")
