"""Caser. Windows of full length look at parts of one sequence: each value's convolutions are made once, by products of
unfolded values, and maxima over a window are those of two parts of 1, 2, 4, ... places. Windows that padding fills up:
prefix_convolution.py."""
import numpy as np
import torch
from torch.nn import functional as F

from catalogue_model import CatalogueModel
from dropout import dropout
from histories import ranges
from parameters import linear, normal, uniform, xavier_normal
from prefix_convolution import prefix_convolution
from unfolded_products import unfolded_products


class Caser(CatalogueModel):
    NAME = "Caser"
    DEFAULTS = {"embedding_size": 64, "nh": 8, "nv": 4, "dropout_prob": 0.4, "reg_weight": 1e-4}

    @classmethod
    def made_up(cls, histories, max_length):
        return cls(histories.n_users, histories.n_items, max_length, embedding_size=8, nh=3, nv=2, dropout_prob=0)

    def initial(self, generator):
        d, nh, nv, length = *(self.keys[key] for key in ("embedding_size", "nh", "nv")), self.max_length
        p = {"user_embedding.weight": normal(generator, (self.n_users, d), 1 / d),
             "item_embedding.weight": normal(generator, (self.n_items, d), 1 / d),
             "conv_v.weight": uniform(generator, (nv, 1, length, 1), length ** -0.5),
             "conv_v.bias": uniform(generator, (nv,), length ** -0.5)}
        for height in range(1, length + 1):
            bound = (height * d) ** -0.5
            p |= {f"conv_h.{height - 1}.weight": uniform(generator, (nh, 1, height, d), bound),
                  f"conv_h.{height - 1}.bias": uniform(generator, (nh,), bound)}
        for name, inputs in (("fc1", nv * d + nh * length), ("fc2", 2 * d)):
            p |= linear(generator, name, inputs, d)
            p |= {f"{name}.weight": xavier_normal(generator, (d, inputs)), f"{name}.bias": torch.zeros(d)}
        return p

    def prepare(self, batch):
        length = self.max_length
        short = batch.ends < length
        histories, at = np.unique(batch.sequences[short], return_inverse=True)
        counts = np.minimum(batch.lengths[histories], length)
        first = np.zeros((len(histories), length), np.int64)
        first[np.repeat(np.arange(len(histories)), counts), ranges(np.zeros_like(counts), counts)] = batch.items[
            ranges(batch.offsets[histories], counts)]
        order = np.concatenate([np.flatnonzero(short), np.flatnonzero(~short)])
        rows = np.empty(len(batch), np.int64)
        rows[order] = np.arange(len(batch))
        return self.tensors(
            items=np.concatenate([batch.items, np.zeros(length, np.int64)]), first=first,
            short=at * length + batch.ends[short] - 1, targets=batch.targets, users=batch.users[batch.sequences],
            full=(batch.offsets[batch.sequences] + batch.ends - length)[~short], rows=rows)

    def output(self, p, x):
        parts = [part for part, rows in ((self.short, "short"), (self.full, "full")) if len(x[rows])]
        weights = self.horizontal_weights(p)
        vertical, horizontal = (torch.cat(both) for both in zip(*(part(p, x, weights) for part in parts)))
        bias = torch.stack([p[f"conv_h.{i}.bias"] for i in range(self.max_length)])
        vertical = (vertical + p["conv_v.bias"][:, None]).flatten(1)
        out = torch.cat([vertical, torch.relu(horizontal + bias).flatten(1)], 1)
        out = dropout(out, self.keys["dropout_prob"], self.training)
        z = torch.relu(F.linear(out, p["fc1.weight"], p["fc1.bias"]))[x["rows"]]
        users = F.embedding(x["users"], p["user_embedding.weight"])
        return torch.relu(F.linear(torch.cat([z, users], 1), p["fc2.weight"], p["fc2.bias"]))

    @torch.compiler.disable  # it would be a graph of hundreds of nodes, for what takes no time
    def horizontal_weights(self, p):
        """[height, place, nh, d]"""
        weights = (p[f"conv_h.{i}.weight"].squeeze(1).transpose(0, 1) for i in range(self.max_length))
        return torch.stack([F.pad(w, (0, 0, 0, 0, 0, self.max_length - len(w))) for w in weights])

    def short(self, p, x, weights):
        length, nv = self.max_length, self.keys["nv"]
        items = p["item_embedding.weight"]
        vectors, nothing = F.embedding(x["first"], items, padding_idx=0), items[0].detach()  # padding learns nothing here
        padding = (weights @ nothing).flip(1).cumsum(1).flip(1)
        horizontal = prefix_convolution(vectors, weights, padding).flatten(0, 1)[x["short"]]

        filters = p["conv_v.weight"].view(nv, length)
        before = torch.ones(length, length, dtype=filters.dtype).tril()  # of end (less one) and place
        of_items, of_padding = before[:, None] * filters, ((1 - before) @ filters.T)[:, :, None] * nothing
        vertical = (of_items.view(-1, length) @ vectors).view(len(vectors), length, nv, -1) + of_padding
        return vertical.flatten(0, 1)[x["short"]], horizontal

    def full(self, p, x, weights):
        length, nv, nh = self.max_length, self.keys["nv"], self.keys["nh"]
        vectors = F.embedding(x["items"], p["item_embedding.weight"], padding_idx=0)
        best = unfolded_products(vectors, weights)  # over 1, 2, 4, ... places from this one on

        horizontal, places, lowest = [], 1, length  # the heights that are lower still need more places
        while lowest > 0:
            enough = max(length + 1 - 2 * places, 0)  # heights up to here have 2 * places or more
            heights = torch.arange(enough + 1, lowest + 1).repeat_interleave(nh)
            last = x["full"][:, None] + (length + 1 - places - heights)
            of_heights = best[:, enough * nh:]
            horizontal.append(torch.maximum(of_heights[x["full"]], of_heights.gather(0, last)))
            if enough:
                best = best[:, :enough * nh]
                best = torch.cat([torch.maximum(best[:-places], best[places:]), best[-places:]])
            lowest, places = enough, 2 * places
        vertical = F.conv1d(vectors.T[:, None], p["conv_v.weight"].view(nv, 1, length)).permute(2, 1, 0)
        return vertical[x["full"]], torch.cat(horizontal[::-1], 1).view(-1, length, nh)

    def regularisation(self, p, x):
        norms = torch._foreach_norm([p[name] for name in (
            "user_embedding.weight", "item_embedding.weight", "conv_v.weight", "fc1.weight", "fc2.weight",
            *(f"conv_h.{i}.weight" for i in range(self.max_length)))])
        return self.keys["reg_weight"] * torch.stack(norms).sum()
