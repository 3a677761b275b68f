"""What the comparisons of bench/ share: the cases, and running RecBole and seqrec on them."""
import argparse
import json
import os
import statistics
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CASES = {
    "shan": ("SHAN", {}),
    "caser-10": ("Caser", {"MAX_ITEM_LIST_LENGTH": 10}),
    "caser-50": ("Caser", {"MAX_ITEM_LIST_LENGTH": 50}),
    "srgnn": ("SRGNN", {}),
    "s3rec-pretrain": ("S3Rec", {"train_stage": "pretrain"}),
    "s3rec-finetune": ("S3Rec", {"train_stage": "finetune"}),
    "dien": ("DIEN", {}),
}


class Failed(Exception):
    pass


def add_options(parser):
    parser.add_argument("--python", required=True, help="the interpreter of an environment with RecBole and PyTorch")
    parser.add_argument("--data-path", required=True, help="the folder that holds the dataset's folder")
    parser.add_argument("--dataset", default="ml-100k")
    parser.add_argument("--epochs", type=int, default=5, help="of all but RecBole")
    parser.add_argument("--recbole-epochs", type=int, default=1, help="of RecBole")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seed", type=int, default=2020)
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep everything measured in a file")
    parser.add_argument("--seqrec", default=str(ROOT / "build/release/bin/seqrec"))
    parser.set_defaults(set=[], compat="fixed")


def check_options(parser, o):
    for case in o.cases:
        if case not in CASES:
            parser.error(f"unknown case {case}; there are {', '.join(CASES)}")
    if not os.access(o.seqrec, os.X_OK):
        parser.error(f"{o.seqrec} is not built; run scripts/demo first")


def settings_of(o, case, epochs):
    settings = {"seed": o.seed, **CASES[case][1]}
    settings["pretrain_epochs" if case == "s3rec-pretrain" else "epochs"] = epochs
    for item in o.set:
        key, _, value = item.partition("=")
        try:
            settings[key] = json.loads(value)
        except ValueError:
            settings[key] = value
    return settings


def preset(o, model):
    """The file that sets the dataset up for both sides, as arguments of nothing or one."""
    files = [ROOT / "configs" / f"{name}.yaml" for name in (f"{o.dataset}-{model.lower()}", o.dataset)]
    return [str(file) for file in files if file.exists()][:1]


def run(name, command):
    """Runs a command that prints JSON events; returns its result with its epochs' seconds, the seconds until the first one
    began, its peak memory, and how good it was after so many seconds of training."""
    side, epochs, valid_after = {}, [], []
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONWARNINGS": "ignore"}) as child:
        for line in child.stdout:
            event, passed = json.loads(line), time.perf_counter() - begin
            if event["event"] == "start":  # else it is what the first epoch leaves
                side.update(event, start=passed - event["check_seconds"] - event["warm_up_seconds"])
            elif event["event"] == "epoch":
                epochs.append(event["train_seconds"])
                side.setdefault("start", passed - event["train_seconds"] - event.get("valid_seconds", 0))
                print(f"{name:10} epoch {event['epoch']:3}  {event['train_seconds']:8.3f} s  loss {event['loss']:.4f}",
                      flush=True)
            elif event["event"] == "mode":
                side.setdefault("modes", {})[event["mode"]] = event
                print(f"{name:10} {event['mode']:25} {event['milliseconds']:8.1f} ms a step, "
                      f"{event['warm_up_seconds']:.1f} s for the first two", flush=True)
            elif event["event"] == "mode_failed":
                print(f"{name:10} {event['mode']:25} failed: {event['error']}", flush=True)
            elif event["event"] == "result":
                side.update(event)
            if event["event"] in ("epoch", "valid") and "ndcg@10" in event.get("valid", {}):
                valid_after.append((sum(epochs), event["valid"]["ndcg@10"]))
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0 or not (epochs or "modes" in side):
        raise Failed(f"{name} failed with exit code {child.returncode}")
    side.update(epochs=epochs, valid_after=valid_after, megabytes=usage.ru_maxrss * 1024 / 1e6)
    if epochs:
        side["seconds"] = statistics.median(epochs)
        metrics = "".join(f"  {metric} {value:.4f}" for metric, value in sorted(side.get("test", {}).items()))
        print(f"{name:10} {side['seconds']:.3f} s per epoch, {side['megabytes']:.0f} MB{metrics}", flush=True)
    return side


def run_recbole(o, case, folder, **more):
    model = CASES[case][0]
    settings = {**settings_of(o, case, o.recbole_epochs), **more}
    return run("RecBole", [o.python, str(ROOT / "bench/recbole_driver.py"), model, o.dataset, o.data_path, str(o.threads),
                           folder, json.dumps(settings), *preset(o, model)])


def seqrec(o, case, command, **more):
    """A command of seqrec that prepares the case's dataset."""
    model = CASES[case][0]
    arguments = [o.seqrec, *command, "--model", model, "--dataset", o.dataset, "--data-path", o.data_path, "--threads",
                 str(o.threads)]
    for file in preset(o, model):
        arguments += ["--config", file]
    for key, value in {**settings_of(o, case, o.epochs), **more}.items():
        arguments += ["--set", f"{key}={json.dumps(value)}"]
    return arguments


def run_seqrec(o, case, folder, batching):
    command = ["train", "--log-format", "json", "--out", f"{folder}/{batching}"]
    return run(batching, seqrec(o, case, command, compat=o.compat, batching=batching))
