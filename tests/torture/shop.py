"""What all tries need, made once in a scratch folder: helpers compiled, a dataset, a trained model and a run of each
model's, weights, requests."""

import gzip
import pathlib
import shutil
import subprocess

import process
import safetensors
import shop_data

HERE = pathlib.Path(__file__).resolve().parent
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-O1"]

# As small as they can be, with every kind of file that a model may ask for.
MODELS = {
    "SHAN": ["embedding_size=4"],
    "Caser": ["embedding_size=4", "nh=2", "nv=2", "MAX_ITEM_LIST_LENGTH=5"],
    "SRGNN": ["embedding_size=4"],
    "DIEN": ["embedding_size=2", "mlp_hidden_size=[4,4]", "eval_args={mode: uni10}", "MAX_ITEM_LIST_LENGTH=6",
             "load_col={inter: [user_id, item_id, rating, timestamp], item: [item_id, year, class], "
             "user: [user_id, age, gender]}"],
    "S3Rec": ["hidden_size=4", "inner_size=4", "n_layers=1", "n_heads=2", "stages=[pretrain,finetune]",
              "pretrain_epochs=2", "save_step=1", "MAX_ITEM_LIST_LENGTH=6"],
    "Pop": [], "Markov": [], "ItemKNN": [],
}
TRAINED = ["SHAN", "Caser", "SRGNN", "DIEN", "S3Rec"]  # in epochs; the others in one pass


class Shop:
    def __init__(self, program, library, scratch):
        self.program, self.library, self.scratch = program, library, scratch

    def train(self, model, *rest, epochs=3):
        """The arguments of a training."""
        settings = [part for setting in MODELS[model] for part in ("--set", setting)]
        return [self.program, "train", "--model", model, *self.dataset, "--epochs", epochs, *settings, *rest]

    @property
    def dataset(self):
        return ["--dataset", "shop", "--data-path", self.scratch / "data"]

    def model_file(self, model):
        return self.scratch / "runs" / model / "model.safetensors"

    def prepare(self):
        self.compile()
        shop_data.write(self.scratch / "data")
        (self.scratch / "runs").mkdir()
        for model in MODELS:
            self.must(self.train(model, "--out", self.scratch / "runs" / model))
        self.stop_midway()
        self.write_weights()
        self.write_requests()
        self.write_events()

    def compile(self):
        self.faults, self.record = self.scratch / "faults.so", self.scratch / "record.so"
        self.allocations = self.scratch / "allocations.so"
        shared = ["cc", "-std=c11", *WARNINGS, "-shared", "-fPIC"]
        for out, sources in [(self.faults, ["faults.c", "calls.c"]), (self.record, ["record.c", "calls.c"]),
                             (self.allocations, ["allocations.c"])]:
            self.build([*shared, *(HERE / source for source in sources), "-ldl", "-o", out])
        if self.library:
            self.interface = self.scratch / "interface"
            parts = [*HERE.glob("interface*.cpp"), *HERE.glob("call_*.cpp")]
            self.build(["cc", "-std=c11", *WARNINGS, "-c", HERE / "allocations.c", "-o", self.scratch / "allocations.o"])
            self.build(["c++", "-std=c++20", *WARNINGS, f"-I{HERE.parent.parent / 'infer'}", *parts,
                       self.scratch / "allocations.o", self.library, f"-Wl,-rpath,{self.library.parent}", "-pthread",
                       "-o", self.interface])

    def stop_midway(self):
        """Of each trained model a run that was killed after a checkpoint; of S3-Rec in fine-tuning too."""
        for model in TRAINED:
            for name, checkpoint in [(model, "checkpoint.safetensors"),
                                     (model + "-pretraining", "pretrain.checkpoint.safetensors")]:
                if model != "S3Rec" and name != model:
                    continue
                folder = self.scratch / "stopped" / name
                folder.parent.mkdir(exist_ok=True)
                outcome = process.run(self.train(model, "--out", folder), {
                    "LD_PRELOAD": self.faults, "TORTURE_UNDER": folder / checkpoint, "TORTURE_ONLY": "rename",
                    "TORTURE_FAULT": "after:2", "TORTURE_TOLD": self.scratch / "told"})
                if outcome.code != -9 or not (folder / checkpoint).is_file():
                    raise process.Failure(f"{folder} is no stopped run: {outcome}")

    def write_weights(self):
        """A model's parameters alone, as `seqrec import` takes them."""
        for model in MODELS:
            header, data = safetensors.read(self.model_file(model).read_bytes())
            header = {name: entry for name, entry in header.items()
                      if name != "__metadata__" and not name.startswith(("vocabulary.", "title.", "feature."))}
            (self.scratch / f"{model}.weights").write_bytes(safetensors.pack(header, data))

    def write_requests(self):
        (self.scratch / "requests.jsonl").write_text(
            '{"user": "u1"}\n{"history": ["i1", "i2"], "k": 3}\n{"user": "u2", "history": "i4 i5 i6"}\n')

    def write_events(self):
        """What `seqrec convert` makes an atomic file of."""
        lines = "".join(f"u{n % 9},i{n * n % 17},{1000 + n}\n" for n in range(200))
        with gzip.open(self.scratch / "events.csv.gz", "wt", encoding="ascii") as file:
            file.write("user,item,time\n" + lines)

    @staticmethod
    def build(command):
        """Without the limits of what is tried: on a busy machine a compiler takes minutes."""
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode != 0:
            raise process.Failure(f"{' '.join(map(str, command))}: {done.stderr}")

    def must(self, command, environment=None):
        outcome = process.run(command, environment)
        if outcome.code != 0:
            raise process.Failure(f"{' '.join(map(str, command))}: {outcome}")
        return outcome


def copy_folder(source, target):
    shutil.copytree(source, target, symlinks=True)
