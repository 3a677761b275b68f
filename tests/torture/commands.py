"""The program's commands that write files: what is there before, what must be there after, and how one goes on when one
was cut short."""

import json
import re
import shutil

import process
import recording
import safetensors
import shop as shops
from disk import Disk
from process import Failure

# What differs between two runs of the same command.
VARYING = re.compile(r'"(train_seconds|valid_seconds|read_seconds|test_seconds|peak_rss_bytes)": ?[-+0-9.e]+')


def of_checkpoint(data):
    """A checkpoint's tensors and state, without times."""
    header, tensors = safetensors.read(data)
    state = VARYING.sub(r'"\1":0', header.pop("__metadata__")["state"])
    return json.dumps([state, header]).encode() + tensors


def content(file, folder):
    """The bytes of a file, without times and its own folder's name."""
    data = file.read_bytes()
    if file.name.endswith("checkpoint.safetensors"):
        return of_checkpoint(data)
    if file.name == "metrics.csv":  # train_seconds and valid_seconds are behind stage, epoch and loss
        rows = [line.split(b",") for line in data.splitlines()]
        return b"\n".join(b",".join(row[:3] + row[5:]) for row in rows)
    if file.suffix not in (".json", ".jsonl"):
        return data
    text = data.decode("utf-8", "replace").replace(str(folder), "FOLDER")
    return VARYING.sub(r'"\1": 0', text).encode()


def files_of(folder):
    return {str(file.relative_to(folder)): content(file, folder) for file in sorted(folder.rglob("*"))
            if file.is_file() and file.name not in (".lock", "log.txt")}


def differences(got, expected):
    """The first few names that are not the same in two folders, with what is wrong."""
    out = [f"{name} is missing" for name in expected if name not in got]
    out += [f"{name} is left over" for name in got if name not in expected]
    out += [f"{name} differs" for name in got if name in expected and got[name] != expected[name]]
    return "; ".join(out[:4])


class Command:
    """One command in a folder of its own. `expected` are its files after an undisturbed run, `before` those that are there
    when it begins."""

    def __init__(self, shop, name):
        self.shop, self.name = shop, name

    def measure(self, folder):
        """Runs it undisturbed and keeps what it leaves."""
        self.prepare(folder)
        self.before = files_of(folder)
        self.shop.must(self.arguments(folder))
        self.expected = files_of(folder)

    def prepare(self, folder):
        folder.mkdir()

    def begin(self, folder):
        shutil.rmtree(folder, ignore_errors=True)
        self.prepare(folder)

    def go_on(self, folder):
        """The same command once more."""
        self.check_done(folder, process.run(self.arguments(folder)))

    def check_done(self, folder, outcome):
        process.check_manners(outcome)
        if outcome.code != 0:
            raise Failure(f"can't go on: {outcome}")
        wrong = differences(files_of(folder), self.expected)
        if wrong:
            raise Failure(f"after going on: {wrong}")

    def check_kept(self, folder):
        """After an error or a kill each output is the old one or the new one, and whole."""
        got = files_of(folder)
        for name, data in self.before.items():
            if got.get(name) not in (data, self.expected[name]):
                raise Failure(f"{name} is {'neither the old nor the new one' if name in got else 'gone'}")

    def names(self, path):
        """What an error may call a file."""
        return [path]

    def temporaries(self, folder):
        return [str(file.relative_to(folder)) for file in folder.rglob("*.seqrec.tmp")]


class Writes(Command):
    """Replaces files in one step."""

    def __init__(self, shop, name, arguments, outputs):
        super().__init__(shop, name)
        self._arguments, self._outputs = arguments, outputs

    def prepare(self, folder):
        folder.mkdir()
        for output in self._outputs:
            (folder / output).write_text("what was there before\n")

    def arguments(self, folder):
        return [self.shop.program, *(str(part).replace("FOLDER", str(folder)) for part in self._arguments)]


class WritesLinked(Writes):
    """Its outputs are symbolic links, which stay."""

    def prepare(self, folder):
        folder.mkdir()
        (folder / "linked").mkdir()
        for output in self._outputs:
            (folder / "linked" / output).write_text("what was there before\n")
            (folder / output).symlink_to(f"linked/{output}")

    def names(self, path):
        return [path, path.replace("/linked/", "/"), path.removesuffix("/linked")]

    def check_kept(self, folder):
        super().check_kept(folder)
        for output in self._outputs:
            if not (folder / output).is_symlink():
                raise Failure(f"{output} is no link any more")


class Exports(Writes):
    """Writes a folder that is not there before."""

    def prepare(self, folder):
        folder.mkdir()


class Train(Command):
    """A run in FOLDER/run, which goes on by --resume. `bests` are what an undisturbed run puts into model.safetensors, one
    after the other: the best model so far."""

    def __init__(self, shop, name, model, *rest, epochs=3, old=None):
        super().__init__(shop, name)
        self.model, self._rest, self._epochs, self._old = model, rest, epochs, old

    def measure(self, folder):
        self.prepare(folder)
        self.before, disk = files_of(folder), Disk(folder)
        for call in recording.record(self.shop, self.arguments(folder), folder):
            disk.make(call)
        self.bests = disk.seen[str(folder / "run/model.safetensors")]
        self.expected = files_of(folder)

    def prepare(self, folder):
        folder.mkdir()
        if self._old:
            shops.copy_folder(self.shop.scratch / self._old, folder / "run")

    def arguments(self, folder):
        rest = [str(part).replace("FOLDER", str(folder)) for part in self._rest]
        return self.shop.train(self.model, "--out", folder / "run", *rest, epochs=self._epochs)

    @property
    def replaces(self):
        """That the folder holds a finished run's model before."""
        return "run/model.safetensors" in self.before

    def is_old(self, folder):
        """That nothing of the run has begun: the one that was there before is whole."""
        got = files_of(folder)
        if "run/next.json" in got:
            return False
        return bool(self.before) and all(got.get(name) == data for name, data in self.before.items())

    def has_begun(self, folder):
        """That there is a run to go on with."""
        return any((folder / "run" / name).exists() for name in ("config.json", "next.json"))

    def check_kept(self, folder):
        """What a finished run's file holds is never anything but its own or the old run's; the model may be the best so
        far."""
        got = files_of(folder)
        for name in ("run/histories.safetensors", "run/rows.safetensors", "run/result.json"):
            if name in got and got[name] not in (self.before.get(name), self.expected[name]):
                raise Failure(f"{name} is neither the old nor the new one")
        name = "run/model.safetensors"
        if name in got and got[name] not in {self.before.get(name), *self.bests}:
            raise Failure(f"{name} is neither the old one nor one that the run writes")

    def resume(self, folder, *rest):
        return [self.shop.program, "train", "--resume", folder / "run", *rest]

    def go_on(self, folder, *rest):
        again = self.is_old(folder)
        if not again:
            outcome = process.run(self.resume(folder, *rest))
            process.check_manners(outcome)
            again = outcome.code == 2 and "holds no run" in outcome.err
        if again:
            outcome = process.run([*self.arguments(folder), *rest])
        self.check_done(folder, outcome)
        log = (folder / "run" / "log.txt").read_text()
        if "best epoch" not in log:
            raise Failure("log.txt doesn't tell the result")


class Resume(Train):
    """Goes on with a run that was stopped; what comes of it is the whole run's."""

    def __init__(self, shop, name, whole, old):
        super().__init__(shop, name, whole.model, old=old)
        self._whole = whole

    def measure(self, folder):
        self.prepare(folder)
        self.before, self.expected, self.bests = files_of(folder), self._whole.expected, self._whole.bests
        self.go_on(folder)

    def arguments(self, folder):
        return self.resume(folder)

    def is_old(self, folder):
        return False


class Lengthen(Train):
    """Goes on with a finished run, to more epochs."""

    def arguments(self, folder):
        return self.resume(folder, "--epochs", self._epochs)


def commands(shop):
    runs, requests = shop.scratch / "runs", shop.scratch / "requests.jsonl"
    out = [Train(shop, model, model) for model in shops.MODELS]
    out += [
        Train(shop, "SHAN-overwrite", "SHAN", "--overwrite", "--seed", 7, old="runs/SHAN"),
        Train(shop, "SHAN-init", "SHAN", "--init", runs / "SHAN/model.safetensors", "--seed", 7),
        Train(shop, "SHAN-init-own", "SHAN", "--init", "FOLDER/run/model.safetensors", "--overwrite", "--seed", 7,
              old="runs/SHAN"),
        Train(shop, "S3Rec-overwrite", "S3Rec", "--overwrite", "--seed", 7, old="runs/S3Rec"),
        Lengthen(shop, "SHAN-lengthen", "SHAN", old="runs/SHAN", epochs=5),
        Lengthen(shop, "S3Rec-lengthen", "S3Rec", old="runs/S3Rec", epochs=5),
    ]
    whole = {command.name: command for command in out}
    out += [Resume(shop, f"{name}-resume", whole[name.split("-")[0]], f"stopped/{name}")
            for name in [*shops.TRAINED, "S3Rec-pretraining"]]
    out += [
        Writes(shop, "recommend", ["recommend", shop.model_file("SHAN"), "--all-users", "--format", "json", "--out",
                                   "FOLDER/answers.jsonl"], ["answers.jsonl"]),
        WritesLinked(shop, "recommend-linked", ["recommend", shop.model_file("Pop"), "--user", "u3", "--out",
                                                "FOLDER/answers.txt"], ["answers.txt"]),
        Writes(shop, "recommend-input", ["recommend", shop.model_file("DIEN"), "--input", requests, "--out",
                                         "FOLDER/answers.txt"], ["answers.txt"]),
        Writes(shop, "import", ["import", shop.scratch / "SHAN.weights", "--model", "SHAN", *shop.dataset, "--set",
                                "embedding_size=4", "--histories", "--out", "FOLDER/model.safetensors"],
               ["model.safetensors", "histories.safetensors"]),
        Writes(shop, "convert", ["convert", shop.scratch / "events.csv.gz", "--columns",
                                 "user_id=user,item_id=item,timestamp=time", "--out", "FOLDER/shop.inter"], ["shop.inter"]),
        Writes(shop, "vectors", ["vectors", runs / "SHAN", "--of", "sessions", "--out", "FOLDER/vectors.npy"],
               ["vectors.npy", "vectors.tokens.txt"]),
        Exports(shop, "export", ["data", *shop.dataset, "--export", "FOLDER/exported"], []),
        Exports(shop, "evaluate", ["evaluate", shop.model_file("Caser"), *shop.dataset, "--out", "FOLDER/evaluated"], []),
        Exports(shop, "inspect", ["inspect", shop.model_file("S3Rec")], []),
        Exports(shop, "metrics", ["metrics", runs / "SHAN", "--topk", "1,5"], []),
        Exports(shop, "compare", ["compare", runs / "SHAN", runs / "SRGNN", "--format", "json"], []),
    ]
    return out


def measure_all(commands, folder):
    """The commands by name that work undisturbed, and why the others don't."""
    there, failures = {}, []
    for command in commands:
        shutil.rmtree(folder, ignore_errors=True)
        try:
            command.measure(folder)
            there[command.name] = command
        except Failure as failure:
            failures.append(f"{command.name}, undisturbed: {failure}")
    return there, failures
