"""Checks that a model is RecBole's, before it is timed: the recorded cases (config.json, weights, batch, expected), in f64,
and whole histories in one pass against their rows one by one."""
import functools
import json

import numpy as np
import torch
from safetensors.torch import load_file

from catalogue import LOSSES
from histories import Batch, Histories
from training import learn


class Wrong(Exception):
    pass


def compare(where, got, expected, largest=None, share=1e-9):
    """|error| <= `share` of the largest expected, and for gradients 1e-12 of the largest of all."""
    allowed = share * expected.abs().max().item() + 1e-12 * (largest or 0)
    error = (got.reshape(expected.shape) - expected).abs().max().item()
    if not error <= allowed:
        raise Wrong(f"{where}: off by {error:.3g}, where {allowed:.3g} is allowed")


class Case:
    def __init__(self, folder):
        self.name = folder.name
        self.config = json.loads((folder / "config.json").read_text())
        self.weights = {name: value.double() if value.is_floating_point() else value
                        for name, value in load_file(folder / "weights.safetensors").items()}
        self.tensors = load_file(folder / "batch.safetensors")
        self.expected = load_file(folder / "expected.safetensors")

    def batch(self):
        lengths = self.tensors["item_length"].numpy()
        padded = self.tensors["item_id_list"].numpy()
        items = padded[np.arange(padded.shape[1]) < lengths[:, None]]
        return Batch(items, np.concatenate([[0], np.cumsum(lengths)]), self.tensors["user_id"].numpy(),
                     np.arange(len(lengths)), lengths, self.tensors["item_id"].numpy(), None)


def check_case(model_class, case):
    model, x = model_class.of_case(case)
    for loss_name in model.losses:
        where = f"{case.name}, {loss_name}"
        loss_of = functools.partial(model.loss, cross_entropy=LOSSES.get(loss_name))
        p = {name: value.clone().requires_grad_(value.is_floating_point()) for name, value in case.weights.items()}
        learned = [value for name, value in p.items() if f"grad.{name}" in case.expected]
        scores = case.expected.get("scores_fixed", case.expected.get("scores", case.expected.get("predict")))
        if scores is not None:
            model.training = False
            with torch.no_grad():
                compare(f"{where}, scores", model.scores(p, x), scores)
            model.training = True
        optimiser = torch.optim.Adam(learned, lr=case.config["learning_rate"], fused=True)
        for step, expected in enumerate(case.expected["losses"]):
            optimiser.zero_grad()
            compare(f"{where}, loss of step {step + 1}", learn(model, p, x, loss_of), expected,
                    share=1e-8 if model.ROUNDED_LOSS else 1e-9)
            if step == 0:
                wanted = {name: value for name, value in case.expected.items() if name.startswith("grad.")}
                largest = max(value.abs().max().item() for value in wanted.values())
                for name, value in wanted.items():
                    compare(f"{where}, {name}", p[name[len("grad."):]].grad, value, largest)
            optimiser.step()


def gradients(model, p, x):
    """Of the parameters by name, and the loss."""
    p = {name: value.clone().requires_grad_() for name, value in p.items()}
    loss = learn(model, p, x, functools.partial(model.loss, cross_entropy=LOSSES.get(model.losses[0])))
    return {"loss": loss, **{name: value.grad for name, value in p.items() if value.grad is not None}}


def check_sharing(model_class):
    """Rows that share what is computed of their history against rows that have a copy of their own."""
    random = np.random.default_rng(1)
    lengths = random.integers(4, 40, 12)
    histories = Histories(random.integers(1, 30, lengths.sum()), np.concatenate([[0], np.cumsum(lengths)]), 30)
    model = model_class.made_up(histories, max_length=10)
    p = {name: value.double() for name, value in model.initial(torch.Generator().manual_seed(1)).items()}
    batch = next(histories.training_batches(random, 100, 10))
    found = []
    for of in (batch, batch.apart(10)):
        model.random = np.random.default_rng(0)  # targets' negatives
        found.append(gradients(model, p, model.prepare(of)))
    together, apart = found
    largest = max(value.abs().max().item() for value in apart.values())
    for name, value in apart.items():
        compare(f"histories in one pass, {name}", together[name], value, largest)


def check(model_class, folder):
    """The names of the cases that hold; Wrong where one doesn't."""
    cases = [Case(path.parent) for path in sorted(folder.glob("*/weights.safetensors"))]
    cases = [case for case in cases if model_class.is_case(case.config)]
    if not cases:
        raise Wrong(f"{folder}: no recorded case of {model_class.__name__}; expected a folder of cases as --golden or "
                    "SEQREC_GOLDEN_DIR")
    for case in cases:
        check_case(model_class, case)
    if model_class.SHARES:
        check_sharing(model_class)
    return [case.name for case in cases]
