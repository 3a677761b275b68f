"""Runs tries on all cores until their time is spent or none are left, and counts what came of them."""

import collections
import concurrent.futures
import os
import pathlib
import shlex
import time
import traceback

import process

kinds = {}  # of this worker: set before it is forked
scratch = None


def folder_of_worker():
    folder = scratch / f"worker-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    return folder


def one_try(kind, what):
    """(outcome, why it failed or None, seconds)."""
    begin = time.monotonic()
    try:
        return kinds[kind].run(what, folder_of_worker()), None, time.monotonic() - begin
    except process.Failure as failure:
        return "FAILED", str(failure), time.monotonic() - begin
    except Exception:
        return "FAILED", traceback.format_exc(), time.monotonic() - begin


class Crew:
    """`weights` says how much of the time each kind gets, `enough` after how many tries a kind is done, `repeat` is the
    command line that repeats a try."""

    def __init__(self, weights, enough, workers, seed, repeat):
        self.weights, self.enough, self.workers, self.seed, self.repeat = weights, enough, workers, seed, repeat
        self.spent = dict.fromkeys(weights, 0.0)
        self.left = {}
        self.tally = {kind: collections.Counter() for kind in weights}
        self.failures = []

    def next_kind(self):
        """The one that is furthest behind its share."""
        there = [kind for kind in self.weights if self.left[kind] is not None and self.made(kind) < self.enough[kind]]
        return min(there, key=lambda kind: self.spent[kind] / self.weights[kind], default=None)

    def made(self, kind):
        return sum(self.tally[kind].values())

    def next_try(self):
        while (kind := self.next_kind()) is not None:
            what = next(self.left[kind], None)
            if what is not None:
                return kind, what
            self.left[kind] = None
        return None

    def work(self, seconds):
        end, pending = time.monotonic() + seconds, {}
        for kind in self.weights:
            self.left[kind] = iter(kinds[kind].tries(self.seed, folder_of_worker()))
        with concurrent.futures.ProcessPoolExecutor(self.workers) as pool:
            while True:
                while len(pending) < 2 * self.workers and time.monotonic() < end:
                    chosen = self.next_try()
                    if chosen is None:
                        break
                    pending[pool.submit(one_try, *chosen)] = chosen
                    self.spent[chosen[0]] += 0.02  # until it is known
                if not pending:
                    return
                done, _ = concurrent.futures.wait(pending, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in done:
                    self.note(*pending.pop(future), *future.result())

    def note(self, kind, what, outcome, why, seconds):
        self.spent[kind] += seconds - 0.02
        counts = outcome if isinstance(outcome, dict) else {outcome: 1}
        self.tally[kind].update(counts)
        if why is not None:
            self.failures.append(f"{kind}/{what}")
            print(f"FAILED {kind}/{what}: {why}\n    again: {self.repeat} --try {shlex.quote(f'{kind}/{what}')}",
                  flush=True)

    def table(self):
        """A line of Markdown for each kind."""
        lines = ["| Kind | Tries | Outcomes |", "|---|---|---|"]
        for kind, tally in self.tally.items():
            outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in tally.most_common())
            lines.append(f"| {kind} | {self.made(kind):,} | {outcomes} |")
        return "\n".join(lines)
