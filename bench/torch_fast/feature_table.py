"""The vectors of all users or items, the fields' one beside the other, as RecBole keeps their tables."""
import torch
from torch.nn import functional as F

from parameters import xavier_normal


class FeatureTable:
    """`tokens` [rows, fields], with the fields' sizes; `lists`, for each field of several tokens its [rows, most] padded by
    0, and its size."""

    def __init__(self, side, tokens, sizes, lists=()):
        self.names = [f"embedding_layer.token_embedding_table.{side}.embedding.weight"]
        self.tokens = tokens + torch.tensor([0, *sizes[:-1]]).cumsum(0)
        self.lists = [of for of, _ in lists]
        self.names += [f"embedding_layer.token_seq_embedding_table.{side}.{i}.weight" for i in range(len(lists))]
        self.sizes = [sum(sizes), *(size for _, size in lists)]
        self.fields = len(sizes) + len(lists)

    def initial(self, generator, d):
        return {name: xavier_normal(generator, (size, d)) for name, size in zip(self.names, self.sizes)}

    def __call__(self, p):
        """[rows, fields * d]"""
        parts = [F.embedding(self.tokens, p[self.names[0]]).flatten(1)]
        for of, name in zip(self.lists, self.names[1:]):
            kept = (of != 0).to(p[name].dtype)
            total = (F.embedding(of, p[name]) * kept.unsqueeze(2)).sum(1)
            parts.append(total / (kept.sum(1, keepdim=True) + 1e-8))
        return torch.cat(parts, 1)
