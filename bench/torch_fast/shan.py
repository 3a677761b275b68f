"""SHAN. A history's logits belong to its user and its items alone, so each item's is made once. The windows of all of its
rows are a band: the history is cut into blocks of `max_length`, a block's windows lie in it and the one before, and one
product [max_length, 2 max_length] of each block with the vectors below it sums up all of them."""
import numpy as np
import torch
from torch.nn import functional as F

from catalogue_model import CatalogueModel
from parameters import linear, normal, uniform


class Shan(CatalogueModel):
    NAME = "SHAN"
    DEFAULTS = {"embedding_size": 64, "short_item_length": 2, "reg_weight": [0.01, 1e-4]}

    def initial(self, generator):
        d = self.keys["embedding_size"]
        bound = (3 / d) ** 0.5
        p = {"item_embedding.weight": normal(generator, (self.n_items, d), 0.01),
             "user_embedding.weight": normal(generator, (self.n_users, d), 0.01)}
        for name in ("long", "long_short"):
            p |= linear(generator, f"{name}_w", d, d)
            p[f"{name}_w.weight"] = uniform(generator, (d, d), bound)
            p[f"{name}_b"] = uniform(generator, (d,), bound)
        return p

    def prepare(self, batch):
        size = self.max_length
        counts = -(-batch.lengths // size)
        first = 1 + np.cumsum(counts) - counts  # block of each sequence; 0 is an empty one before all
        places = np.arange(len(batch.items)) + np.repeat(first * size - batch.offsets[:-1], batch.lengths)
        items = np.zeros(((1 + counts.sum()) * size), np.int64)
        items[places] = batch.items
        before = np.arange(counts.sum())
        before[first - 1] = 0
        last = first[batch.sequences] * size + batch.ends - 1
        back = np.arange(self.keys["short_item_length"])
        recent = np.where(back < batch.ends[:, None], last[:, None] - back, 0)
        return self.tensors(items=items.reshape(-1, size), before=before, targets=batch.targets, last=last - size,
                            block_users=np.concatenate([[0], np.repeat(batch.users, counts)]), recent=recent,
                            users=batch.users[batch.sequences])

    def output(self, p, x):
        size = self.max_length
        vectors = F.embedding(x["items"], p["item_embedding.weight"])  # [blocks, size, d]
        users = F.embedding(x["block_users"], p["user_embedding.weight"]).unsqueeze(2)

        logits = torch.bmm(self.hidden(p, "long", vectors), users).squeeze(2)
        logits = logits.masked_fill(x["items"] == 0, -torch.inf)
        begin, end = torch.arange(1, size + 1)[:, None], torch.arange(size, 2 * size)[:, None]
        key = torch.arange(2 * size)
        band = torch.where((key >= begin) & (key <= end), 0.0, -torch.inf).to(logits.dtype)
        keys = torch.cat([logits[x["before"]], logits[1:]], 1)
        weights = torch.softmax(keys[:, None] + band, 2)  # [blocks, size, 2 size]
        values = torch.cat([vectors[x["before"]], vectors[1:]], 1)
        long_term = torch.bmm(weights, values).flatten(0, 1)[x["last"]]

        of_items = torch.bmm(self.hidden(p, "long_short", vectors), users).flatten()
        recent = of_items[x["recent"]].masked_fill(x["items"].flatten()[x["recent"]] == 0, -torch.inf)
        of_users = F.embedding(x["users"], p["user_embedding.weight"])
        of_long = (self.hidden(p, "long_short", long_term) * of_users).sum(1, keepdim=True)
        weights = torch.softmax(torch.cat([of_long, recent], 1), 1)
        out = weights[:, :1] * long_term
        vectors = vectors.flatten(0, 1)
        for back in range(recent.shape[1]):
            out = out + weights[:, back + 1, None] * F.embedding(x["recent"][:, back], vectors)
        return out

    def hidden(self, p, name, vectors):
        return torch.relu(F.linear(vectors, p[f"{name}_w.weight"], p[f"{name}_w.bias"] + p[f"{name}_b"]))

    def regularisation(self, p, x):
        attention, embedding = self.keys["reg_weight"]
        of_users = p["user_embedding.weight"].square().sum(1)[x["users"]].sum().sqrt()
        of_items = p["item_embedding.weight"].square().sum(1)[x["targets"]].sum().sqrt()
        return attention * (p["long_w.weight"].norm() + p["long_short_w.weight"].norm()) + embedding * (
            of_users + of_items)
