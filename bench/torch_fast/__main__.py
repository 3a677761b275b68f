"""PyTorch at its best, the strongest opponent of bench/compare_torch: the models written anew, with whole histories in one
pass, nothing padded that needs not be, and the ways to compute a step that PyTorch has. Needs torch, numpy, safetensors; a
PyTorch without F.linear_cross_entropy (2.13 has it) lacks the modes library-*.

    python bench/torch_fast check MODEL [--golden DIR]
    python bench/torch_fast modes MODEL --data-path data         milliseconds a step, in each mode
    python bench/torch_fast train MODEL --data-path data --mode eager/chunked-256

All print a JSON object per line. Nothing is timed before the check has passed.
"""
import argparse
import ctypes
import json
import os
import sys
import time
from pathlib import Path

import torch

import golden
from caser import Caser
from dien import Dien
from histories import Histories
from s3rec import S3Rec
from s3rec_pretrain import S3RecPretrain
from shan import Shan
from srgnn import Srgnn
from training import COMPILE, Mode, Training

ROOT = Path(__file__).resolve().parents[2]
MODELS = {"shan": Shan, "srgnn": Srgnn, "caser": Caser, "s3rec-finetune": S3Rec, "s3rec-pretrain": S3RecPretrain,
          "dien": Dien}
STEPS = 6  # timed of each mode, or an epoch's where that has fewer


def keep_memory():
    """What glibc would give back to the system after each large tensor, and fetch again page by page."""
    trim_threshold, top_pad, mmap_max = -1, -2, -4  # malloc.h
    for option, value in ((mmap_max, 0), (trim_threshold, 2**31 - 1), (top_pad, 2**26)):
        ctypes.CDLL(None).mallopt(option, value)


def emit(**event):
    print(json.dumps(event), flush=True)


def positive(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number from 1 on")
    return int(text)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["check", "modes", "train"])
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("--golden", type=Path, default=os.environ.get("SEQREC_GOLDEN_DIR", ROOT.parent / "shared/golden"))
    parser.add_argument("--data-path", type=Path, default=Path("data"))
    parser.add_argument("--dataset", default="ml-100k")
    parser.add_argument("--max-length", type=positive, default=50)
    parser.add_argument("--batch-size", type=positive, default=2048)
    parser.add_argument("--epochs", type=positive, default=5)
    parser.add_argument("--steps", type=positive, help="of an epoch; its seconds are scaled by the rows left out")
    parser.add_argument("--threads", type=positive, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seed", type=int, default=2020)
    parser.add_argument("--mode", type=Mode.parse, default=Mode("eager", "chunked-256"))
    return parser.parse_args()


def training(o, mode):
    histories = Histories.read(o.inter)
    model = MODELS[o.model].of_data(histories, o.data_path / o.dataset, o.max_length, o.seed)
    return Training(model, histories, o.batch_size, o.seed, mode)


def time_mode(o, mode, expected=None):
    """Seconds and loss, which must be about the expected one."""
    torch.compiler.reset()
    run = training(o, mode)
    warm_up = run.warm_up()
    seconds, loss, steps, _ = run.epoch(1, STEPS)
    if expected is not None and not abs(loss - expected) <= 1e-2 * abs(expected):
        raise ArithmeticError(f"a loss of {loss}, expected {expected}")
    emit(event="mode", mode=str(mode), milliseconds=1000 * seconds / steps, warm_up_seconds=warm_up, loss=loss)
    return seconds, loss


def time_modes(o):
    """All losses without compilation; compiled, the one that PyTorch can fuse and the best of those."""
    losses = MODELS[o.model].losses
    timed = {loss: time_mode(o, Mode("eager", loss)) for loss in losses}
    best = min(timed, key=timed.get)
    for mode in (Mode(how, loss) for how in list(COMPILE)[1:] for loss in dict.fromkeys((losses[0], best))):
        try:
            time_mode(o, mode, timed[best][1])
        except Exception as error:  # the compiler's, of many kinds
            emit(event="mode_failed", mode=str(mode), error=f"{type(error).__name__}: {error}"[:400])


def train(o):
    run = training(o, o.mode)
    warm_up = run.warm_up()
    emit(event="start", check_seconds=o.check_seconds, warm_up_seconds=warm_up)
    _, first, last = run.histories.training_rows()
    total = int((last - first + 1).sum())
    for epoch in range(1, o.epochs + 1):
        seconds, loss, _, rows = run.epoch(epoch, o.steps)
        begin = time.perf_counter()
        valid = {"ndcg@10": run.validation_ndcg()} if MODELS[o.model].RANKS else {}
        emit(event="epoch", epoch=epoch, train_seconds=seconds * total / rows, loss=loss, valid=valid,
             valid_seconds=time.perf_counter() - begin)
    emit(event="result", torch=torch.__version__)


def main():
    o = arguments()
    keep_memory()
    torch.set_num_threads(o.threads)
    begin = time.perf_counter()
    o.inter = o.data_path / o.dataset / f"{o.dataset}.inter"
    if o.command != "check" and not o.inter.exists():
        sys.exit(f"torch_fast: there is no {o.inter}")
    try:
        emit(event="check", model=o.model, cases=golden.check(MODELS[o.model], o.golden))
    except golden.Wrong as wrong:
        sys.exit(f"torch_fast: {o.model}: {wrong}")
    o.check_seconds = time.perf_counter() - begin
    if o.command == "modes":
        time_modes(o)
    elif o.command == "train":
        train(o)


main()
