"""The training loop: the next batch is prepared in a thread of its own, parameters move by PyTorch's fused Adam."""
import argparse
import functools
import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch

from catalogue import LOSSES

COMPILE = {"eager": None, "compiled": "default", "autotuned": "max-autotune-no-cudagraphs"}


@dataclass(frozen=True)
class Mode:
    """How the model's output is computed, and how the loss over the catalogue."""
    compile: str
    loss: str

    @classmethod
    def parse(cls, text):
        how, _, loss = text.partition("/")
        mode = cls(how, loss)
        if how not in COMPILE or loss not in (*LOSSES, "own"):
            raise argparse.ArgumentTypeError(f"unknown mode {text!r}; expected one such as eager/whole, of "
                                             f"{', '.join(COMPILE)} and {', '.join((*LOSSES, 'own'))}")
        return mode

    def __str__(self):
        return f"{self.compile}/{self.loss}"

    def loss_of(self, model):
        """A function of parameters and of what the model computes on. The form `whole` is compiled into one with the
        model; the others make their own gradients."""
        how, compiled = COMPILE[self.compile], () if self.loss == "whole" else model.COMPILED
        for name in compiled if how else ():
            setattr(model, name, torch.compile(getattr(model, name), mode=how, dynamic=True))
        loss = functools.partial(model.loss, cross_entropy=LOSSES.get(self.loss))
        return torch.compile(loss, mode=how, dynamic=True) if how and not compiled else loss


def learn(model, p, x, loss_of):
    """Adds to the gradients; the loss."""
    total = 0.0
    for part in model.parts(x):
        loss = loss_of(p, part)
        loss.backward()
        total += loss.detach()
    return total


def prepared(model, batches):
    """The batches with what the model computes on of them, made one step ahead."""
    end = object()
    with ThreadPoolExecutor(1) as thread:
        def following():
            batch = next(batches, end)
            return end if batch is end else (len(batch), model.prepare(batch))
        ahead = thread.submit(following)
        while (now := ahead.result()) is not end:
            ahead = thread.submit(following)
            yield now


class Training:
    def __init__(self, model, histories, batch_size, seed, mode, learning_rate=1e-3):
        self.model, self.histories, self.batch_size, self.seed = model, histories, batch_size, seed
        initial = model.initial(torch.Generator().manual_seed(seed))
        self.parameters = {name: value.requires_grad_() for name, value in initial.items()}
        self.optimiser = torch.optim.Adam(self.parameters.values(), lr=learning_rate, fused=True)
        self.loss_of = mode.loss_of(model)
        torch.manual_seed(seed)

    def batches(self, epoch, steps):
        batches = self.model.training_batches(self.histories, self.batch_size, (self.seed, epoch))
        return prepared(self.model, itertools.islice(batches, steps))

    def warm_up(self):
        """Seconds that the first two steps took, which compile; nothing moves."""
        begin = time.perf_counter()
        for _, x in self.batches(0, 2):
            learn(self.model, self.parameters, x, self.loss_of)
        self.optimiser.zero_grad()
        return time.perf_counter() - begin

    def epoch(self, number, steps=None):
        """Trains on an epoch, or on at most `steps` of it: seconds, mean loss, steps, rows."""
        begin, total, done, rows = time.perf_counter(), 0.0, 0, 0
        for count, x in self.batches(number, steps):
            self.optimiser.zero_grad()
            loss = learn(self.model, self.parameters, x, self.loss_of)
            self.optimiser.step()
            total, done, rows = total + loss.item(), done + 1, rows + count
        return time.perf_counter() - begin, total / done, done, rows

    def validation_ndcg(self, k=10):
        """NDCG@k of the items before the last; the history is not masked."""
        x = self.model.prepare(self.histories.held_out(1, self.model.max_length))
        self.model.training = False
        with torch.no_grad():
            scores = self.model.scores(self.parameters, x)
        self.model.training = True
        scores[:, 0] = -torch.inf
        targets = x["targets"][:, None]
        ranks = (scores > scores.gather(1, targets)).sum(1)
        return torch.where(ranks < k, 1 / torch.log2(ranks + 2.0), 0.0).mean().item()
