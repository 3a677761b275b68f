#!/usr/bin/env python3
"""Records what RecBole's SASRec and GRU4Rec compute, for the examples to be compared with (tests/golden/cases).

usage: recbole_cases.py [OUT]      (OUT: tests/golden/cases)

Each case is a folder that golden_tests reads: config.json (RecBole's keys), weights.safetensors (RecBole's parameter
names), batch.safetensors (padded sequences of several lengths, RecBole's field names) and expected.safetensors: `predict`,
`scores` (full sort), `loss` and `grad.NAME` of every parameter, and `losses`, that before each of three steps of Adam.
RecBole runs in f64 on weights that f32 holds exactly, without dropout.

RecBole 1.2.1 is wanted, in a virtual environment of its own (4 GB):

    pip install torch==2.13.0 numpy==1.26.4 pandas==2.2.3 scipy scikit-learn pyyaml tqdm colorlog colorama tabulate \\
        texttable psutil safetensors
    pip install --no-deps recbole
"""
import importlib
import json
import pathlib
import sys
import types

try:
    import torch
    from safetensors.torch import save_file
except ImportError as error:
    sys.exit(f"recbole_cases: {error}; see the head of this file for what to install")


class Unused(types.ModuleType):
    """What RecBole imports beside its models (tuning, plots, FLOPs), where it isn't installed."""

    __path__ = []

    def __getattr__(self, name):
        return object if not name.startswith("__") else super().__getattribute__(name)


for name in ("ray", "ray.tune", "ray.tune.schedulers", "plotly", "hyperopt", "thop", "torch.utils.tensorboard"):
    try:
        importlib.import_module(name)
    except Exception:
        sys.modules[name] = Unused(name)

from recbole.model.sequential_recommender import GRU4Rec, SASRec  # noqa: E402

N_USERS, N_ITEMS, LONGEST, LEARNING_RATE = 9, 13, 6, 1e-3
LENGTHS = [1, 3, 6, 2, 5, 4, 6]
SASREC = {"n_layers": 2, "n_heads": 2, "hidden_size": 8, "inner_size": 12, "hidden_act": "gelu",
          "layer_norm_eps": 1e-12, "initializer_range": 0.02, "hidden_dropout_prob": 0.0, "attn_dropout_prob": 0.0}
GRU4REC = {"embedding_size": 6, "hidden_size": 8, "num_layers": 1, "dropout_prob": 0.0}
CASES = {
    "sasrec-ce": (SASRec, {**SASREC, "loss_type": "CE"}),
    "sasrec-bpr": (SASRec, {**SASREC, "n_layers": 1, "hidden_act": "relu", "loss_type": "BPR"}),
    "gru4rec-ce": (GRU4Rec, {**GRU4REC, "loss_type": "CE"}),
    "gru4rec-bpr": (GRU4Rec, {**GRU4REC, "num_layers": 2, "loss_type": "BPR"}),
}
FIELDS = {"USER_ID_FIELD": "user_id", "ITEM_ID_FIELD": "item_id", "LIST_SUFFIX": "_list", "NEG_PREFIX": "neg_",
          "ITEM_LIST_LENGTH_FIELD": "item_length", "device": "cpu"}


class Dataset:
    def num(self, field):
        return {"user_id": N_USERS, "item_id": N_ITEMS}[field]


def batch():
    """Each row's items in its first places, then padding."""
    rows = len(LENGTHS)
    sequences = torch.zeros(rows, LONGEST, dtype=torch.int64)
    for row, length in enumerate(LENGTHS):
        sequences[row, :length] = torch.randint(1, N_ITEMS, (length,))
    return {"user_id": torch.randint(1, N_USERS, (rows,)), "item_id_list": sequences,
            "item_length": torch.tensor(LENGTHS), "item_id": torch.randint(1, N_ITEMS, (rows,)),
            "neg_item_id": torch.randint(1, N_ITEMS, (rows,))}


def write(path, tensors):
    save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, path)
    path.chmod(0o644)  # safetensors keeps others from reading it


def record(folder, kind, keys):
    torch.manual_seed(2020)
    config = {"MAX_ITEM_LIST_LENGTH": LONGEST, **keys}
    model = kind({**FIELDS, **config}, Dataset()).double()
    with torch.no_grad():  # biases and norms too
        for parameter in model.parameters():
            parameter += 0.3 * torch.randn_like(parameter)
            parameter.copy_(parameter.float())
    inputs = batch()
    weights = {name: parameter.detach().float() for name, parameter in model.named_parameters()}
    expected = {"predict": model.predict(inputs), "scores": model.full_sort_predict(inputs)}

    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    losses = []
    for step in range(3):
        optimizer.zero_grad()
        loss = model.calculate_loss(inputs)
        loss.backward()
        losses.append(loss.detach())
        if step == 0:
            expected.update({"grad." + name: parameter.grad.clone() for name, parameter in model.named_parameters()})
        optimizer.step()
    expected |= {"loss": losses[0], "losses": torch.stack(losses)}

    folder.mkdir(parents=True, exist_ok=True)
    about = {"model": kind.__name__, "n_users": N_USERS, "n_items": N_ITEMS, "learning_rate": LEARNING_RATE, **config}
    (folder / "config.json").write_text(json.dumps(about, indent=1) + "\n")
    for name, tensors in {"weights": weights, "batch": inputs, "expected": expected}.items():
        write(folder / f"{name}.safetensors", tensors)


def main():
    torch.set_num_threads(1)
    out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "tests/golden/cases")
    for name, (kind, keys) in CASES.items():
        record(out / name, kind, keys)
        size = sum(file.stat().st_size for file in (out / name).iterdir())
        print(f"{name}: {size} bytes")


main()
