"""Files of every kind, spoilt, and the commands that read them: an answer or an error, in time, within memory.

A try is TARGET/SEED."""

import json
import random
import re
import shutil

import mutate
import process
import safetensors
import shop as shops
from process import Failure

YAML = """dataset: shop
embedding_size: 4
epochs: 1
train_batch_size: 64
learning_rate: 0.01
eval_args: {mode: full, order: TO, split: {LS: valid_and_test}}
metrics: [Recall, MRR, NDCG]
topk: [5, 10]
valid_metric: MRR@10
user_inter_num_interval: "[2,inf)"
train_neg_sample_args: {distribution: uniform, sample_num: 1}
load_col: {inter: [user_id, item_id, timestamp]}
"""

ABOUT_NUMBERS = re.compile(r"score of|scores hold|loss is|is not finite")


class Target:
    """A file to spoil in a folder of its own, and the command that reads it. `may_want` says that the file's numbers are
    the user's wishes: they may ask for more memory or time than there is."""

    def __init__(self, name, file, spoil, command, prepare, may_want=False):
        self.name, self.file, self.spoil, self.command, self.prepare = name, file, spoil, command, prepare
        self.may_want = may_want


def spoil_json(draw, content):
    if draw.random() < 0.3:
        return mutate.some_bytes(draw, content)
    return mutate.text_of(mutate.some_json(draw, json.loads(content)))


def spoil_lines(draw, content):
    """One line of JSON, or any text."""
    lines = content.splitlines()
    if draw.random() < 0.5:
        return mutate.some_text(draw, content)
    at = draw.randrange(len(lines))
    lines[at] = spoil_json(draw, lines[at])
    return b"\n".join(lines) + b"\n"


def targets(shop):
    program, out = shop.program, []

    def add(name, file, spoil, command, copy=None, text=None, may_want=False):
        """`copy` is a file or folder to put into FOLDER, `text` what the file holds otherwise."""

        def prepare(folder):
            folder.mkdir()
            if text is not None:
                (folder / file).write_text(text)
            elif copy.is_dir():
                shops.copy_folder(copy, folder / copy.name)
            else:
                shutil.copy(copy, folder / file)

        out.append(Target(name, file, spoil, [program, *command], prepare, may_want))

    for model in shops.MODELS:
        run = shop.scratch / "runs" / model
        file = f"{model}/model.safetensors"
        for name, command in {
                "recommend": ["recommend", f"FOLDER/{file}", "--all-users", "--format", "json"],
                "inspect": ["inspect", f"FOLDER/{file}"],
                "evaluate": ["evaluate", f"FOLDER/{file}", *shop.dataset],
                "init": [*shop.train(model, "--init", f"FOLDER/{file}", "--out", "FOLDER/new", epochs=1)[1:]]}.items():
            add(f"{model}-{name}", file, mutate.some_safetensors, command, run)
        add(f"{model}-histories", f"{model}/histories.safetensors", mutate.some_safetensors,
            ["recommend", f"FOLDER/{file}", "--all-users", "--exclude-seen"], run)
        add(f"{model}-rows", f"{model}/rows.safetensors", mutate.some_safetensors,
            ["metrics", f"FOLDER/{model}", "--topk", "1,20"], run)
        settings = [part for setting in shops.MODELS[model] for part in ("--set", setting)]
        add(f"{model}-weights", "weights", mutate.some_safetensors,
            ["import", "FOLDER/weights", "--model", model, *shop.dataset, *settings, "--out", "FOLDER/imported"],
            shop.scratch / f"{model}.weights")
        add(f"{model}-result", f"{model}/result.json", spoil_json, ["train", "--resume", f"FOLDER/{model}"], run)
    for model in shops.TRAINED:
        stopped = shop.scratch / "stopped" / model
        resume = ["train", "--resume", f"FOLDER/{model}"]
        add(f"{model}-checkpoint", f"{model}/checkpoint.safetensors", mutate.some_safetensors, resume, stopped)
        add(f"{model}-config", f"{model}/config.json", spoil_json, resume, stopped, may_want=True)
        add(f"{model}-events", f"{model}/events.jsonl", spoil_lines, resume, stopped)
    add("yaml", "any.yaml", mutate.some_text, ["train", "--model", "SHAN", "--config", "FOLDER/any.yaml",
                                               "--data-path", shop.scratch / "data", "--out", "FOLDER/run"], text=YAML, may_want=True)
    for suffix in ("inter", "item", "user"):
        add(suffix, f"data/shop/shop.{suffix}", mutate.some_text,
            ["data", "--dataset", "shop", "--data-path", "FOLDER/data", "--set",
             "load_col={inter: [user_id, item_id, rating, timestamp], item: [item_id, year, class], "
             "user: [user_id, age, gender]}"], shop.scratch / "data")
    add("requests", "requests.jsonl", spoil_lines,
        ["recommend", shop.model_file("SRGNN"), "--input", "FOLDER/requests.jsonl"], shop.scratch / "requests.jsonl")
    add("candidates", "candidates", mutate.some_text,
        ["recommend", shop.model_file("SRGNN"), "--history", "i1", "--candidates", "FOLDER/candidates"],
        text="i1\ni2\ni30\n")
    return {target.name: target for target in out}


class Mutations:
    name = "mutations"

    def __init__(self, shop, commands):
        self.targets = targets(shop)

    def tries(self, seed, folder):
        draw = random.Random(seed)
        while True:
            yield f"{draw.choice(list(self.targets))}/{draw.randrange(1 << 32)}"

    def run(self, what, folder):
        name, seed = what.split("/")
        target, run = self.targets[name], folder / "try"
        shutil.rmtree(run, ignore_errors=True)
        target.prepare(run)
        file = run / target.file
        file.write_bytes(target.spoil(random.Random(int(seed)), file.read_bytes()))
        outcome = process.run([str(part).replace("FOLDER", str(run)) for part in target.command])
        if outcome.timed_out and target.may_want:
            return "wants more time"
        process.check_manners(outcome)
        self.check_finite(run)
        if outcome.code == 0:
            return "read"
        if "out of memory" in outcome.err:
            if target.may_want:
                return "wants more memory"
            raise Failure(f"wants more memory than {process.MEMORY >> 30} GiB: {outcome}")
        if ABOUT_NUMBERS.search(outcome.err):
            return "numbers that are not finite"
        named = file.name in outcome.err or str(run) in outcome.err or "got no answer" in outcome.err
        if not named and not (target.may_want and "data/shop/shop." in outcome.err):  # it names other columns or data
            raise Failure(f"the error doesn't name {file.name}: {outcome}")
        return "refused"

    @staticmethod
    def check_finite(run):
        """What was written, if anything, holds finite numbers."""
        for file in [*run.glob("new/model.safetensors"), *run.glob("imported")]:
            name = safetensors.not_finite(file.read_bytes())
            if name:
                raise Failure(f"{file.name} was written with {name} not finite")
