"""The session graphs of rows, with the nodes that they share. What SR-GNN's cell makes of a node depends on its item and its
neighbours alone, so nodes that agree in those, in whatever rows, are one instance."""
from dataclasses import dataclass

import numpy as np

from histories import ranges


@dataclass
class Lists:
    """Lists of different lengths, one after the other."""
    values: np.ndarray
    offsets: np.ndarray  # [lists + 1]

    def take(self, numbers):
        begins, lengths = self.offsets[numbers], self.offsets[numbers + 1] - self.offsets[numbers]
        return Lists(self.values[ranges(begins, lengths)], np.concatenate([[0], np.cumsum(lengths)]))


@dataclass
class Sessions:
    instances: Lists    # [rows] at each position of a row's window
    items: np.ndarray   # [instances]
    incoming: Lists     # [instances] items of the edges' other ends
    outgoing: Lists

    def take(self, rows):
        instances = self.instances.take(rows)
        used = np.zeros(len(self.items), bool)
        used[instances.values] = True
        used = np.flatnonzero(used)
        number = np.empty(len(self.items), np.int64)
        number[used] = np.arange(len(used))
        return Sessions(Lists(number[instances.values], instances.offsets), self.items[used], self.incoming.take(used),
                        self.outgoing.take(used))


def by_node(nodes, others, count):
    """Edges, sorted by the node: what is at their other ends."""
    return Lists(others, np.concatenate([[0], np.cumsum(np.bincount(nodes, minlength=count))]))


def sums(lists, of):
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(of[lists.values], dtype=np.uint64)])
    return total[lists.offsets[1:]] - total[lists.offsets[:-1]]


def sessions(batch, max_length, n_items):
    lengths = np.minimum(batch.ends, max_length)
    items = batch.items[ranges(batch.offsets[batch.sequences] + batch.ends - lengths, lengths)]
    rows = np.repeat(np.arange(len(batch)), lengths)
    nodes, at = np.unique(rows * n_items + items, return_inverse=True)
    node_items = nodes % n_items
    follows = rows[1:] == rows[:-1]
    edges = np.unique(at[:-1][follows] * len(nodes) + at[1:][follows])
    begin, end = edges // len(nodes), edges % len(nodes)
    outgoing = by_node(begin, node_items[end], len(nodes))
    order = np.argsort(end, kind="stable")
    incoming = by_node(end[order], node_items[begin[order]], len(nodes))
    # Sets of neighbours by sums of random numbers of 64 bits, one for each item.
    marks = np.random.default_rng(0).integers(0, 2**64, (3, n_items), np.uint64)
    names = marks[0][node_items] + sums(incoming, marks[1]) + sums(outgoing, marks[2])
    _, first, instance = np.unique(names, return_index=True, return_inverse=True)
    return Sessions(Lists(instance[at], np.concatenate([[0], np.cumsum(lengths)])), node_items[first],
                    incoming.take(first), outgoing.take(first))
