"""Interactions as histories, and batches of them: sequences laid end to end, nothing padded, and the rows that read them."""
from dataclasses import dataclass

import numpy as np


def ranges(begins, lengths):
    """begin, begin + 1, ... of each, one after the other."""
    ends = np.cumsum(lengths)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(begins - (ends - lengths), lengths)


@dataclass
class Batch:
    """A row's window are the last `max_length` of the first `ends` items of its sequence."""
    items: np.ndarray      # [values]
    offsets: np.ndarray    # [sequences + 1] into `items`
    users: np.ndarray      # [sequences]
    sequences: np.ndarray  # [rows]
    ends: np.ndarray       # [rows]
    targets: np.ndarray    # [rows]
    places: np.ndarray     # [rows] of training rows' targets among all interactions; none of others
    negatives: np.ndarray = None  # [values] an item that was not chosen, where the model asks for them

    def __len__(self):
        return len(self.ends)

    @property
    def lengths(self):
        return np.diff(self.offsets)

    def apart(self, max_length):
        """The same rows, each with a sequence of its own."""
        lengths = np.minimum(self.ends, max_length)
        begins = self.offsets[self.sequences] + self.ends - lengths
        return Batch(self.items[ranges(begins, lengths)], np.concatenate([[0], np.cumsum(lengths)]),
                     self.users[self.sequences], np.arange(len(self)), lengths, self.targets, None,
                     None if self.negatives is None else self.negatives[ranges(begins, lengths)])


class Histories:
    """What users chose, in the order of time. Of each history the last item is left to the test, the one before to
    validation; users and items are numbered from 1 on."""

    def __init__(self, items, offsets, n_items):
        self.items, self.offsets, self.n_items = items, offsets, n_items
        self.n_users = len(offsets)  # with the one that is none
        self.negatives = None  # of each interaction, where the model asks for them

    @classmethod
    def read(cls, path):
        """NAME.inter: users, items and times as its header names them."""
        with open(path, encoding="utf-8") as file:
            header = [column.split(":")[0] for column in next(file).rstrip("\n").split("\t")]
            wanted = ("user_id", "item_id", "timestamp")
            if not set(wanted) <= set(header):
                raise SystemExit(f"{path}: expected the columns {', '.join(wanted)}, got {', '.join(header)}")
            at = [header.index(name) for name in wanted]
            rows = [line.rstrip("\n").split("\t") for line in file]
        users, user_ids = np.unique([row[at[0]] for row in rows], return_inverse=True)
        items, item_ids = np.unique([row[at[1]] for row in rows], return_inverse=True)
        times = np.array([float(row[at[2]]) for row in rows])
        order = np.lexsort((times, user_ids))
        histories = cls(item_ids[order] + 1, np.concatenate([[0], np.cumsum(np.bincount(user_ids))]), len(items) + 1)
        histories.user_tokens, histories.item_tokens = users, items
        if not len(histories.training_rows()[0]):
            raise SystemExit(f"{path}: no user has four interactions, the fewest that leave a row to train on")
        return histories

    def batch(self, users, first, last, max_length):
        """Of each history [users], the rows whose ends are from `first` to `last`."""
        begins = np.maximum(first - max_length, 0)
        starts, counts = self.offsets[users], last - first + 1
        ends = ranges(first, counts)
        sequences = np.repeat(np.arange(len(users)), counts)
        places, values = starts[sequences] + ends, ranges(starts + begins, last - begins)
        return Batch(self.items[values],
                     np.concatenate([[0], np.cumsum(last - begins)]), users + 1, sequences, ends - begins[sequences],
                     self.items[places], places, None if self.negatives is None else self.negatives[values])

    def training_rows(self):
        """The histories that have some, and the first and the last end of each."""
        lengths = np.diff(self.offsets)
        users = np.flatnonzero(lengths > 3)
        return users, np.ones_like(users), lengths[users] - 3

    def training_batches(self, generator, batch_size, max_length):
        """One epoch, shuffled: histories with all their rows, as many as fit; a longer one is cut."""
        parts, rows = [], 0
        for user, begin, end in generator.permutation(np.stack(self.training_rows(), 1)):
            for first in range(begin, end + 1, batch_size):
                last = min(first + batch_size - 1, end)
                if rows + last - first + 1 > batch_size:
                    yield self.batch(*np.array(parts).T, max_length)
                    parts, rows = [], 0
                parts.append((user, first, last))
                rows += last - first + 1
        yield self.batch(*np.array(parts).T, max_length)

    def held_out(self, places, max_length):
        """All users' rows whose target is the last item but `places`."""
        lengths = np.diff(self.offsets)
        users = np.flatnonzero(lengths > places + 1)
        ends = lengths[users] - 1 - places
        batch = self.batch(users, ends, ends, max_length)
        batch.places = None
        return batch
