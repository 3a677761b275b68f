"""S3-Rec, fine-tuned. The beginnings of a history share one causal pass; a longer one's window begins elsewhere, has a pass of
its own and reads its last place alone."""
import numpy as np
import torch
from torch.nn import functional as F

import transformer
from catalogue_model import CatalogueModel
from dropout import dropout
from histories import ranges
from parameters import normal


class S3RecModel(CatalogueModel):
    """What both stages have in common."""
    NAME = "S3Rec"
    STAGE = ""
    DEFAULTS = {"hidden_size": 64, "inner_size": 256, "n_layers": 2, "n_heads": 2, "hidden_dropout_prob": 0.5,
                "attn_dropout_prob": 0.5, "layer_norm_eps": 1e-12}

    def __init__(self, *sizes, **keys):
        super().__init__(*sizes, **keys)
        self.encoder = transformer.Encoder(self.keys)

    @classmethod
    def is_case(cls, config):
        return super().is_case(config) and config["train_stage"] == cls.STAGE

    @classmethod
    def made_up(cls, histories, max_length):
        return cls(histories.n_users, histories.n_items, max_length, hidden_size=8, inner_size=12, hidden_dropout_prob=0,
                   attn_dropout_prob=0)

    def initial(self, generator):
        d = self.keys["hidden_size"]
        return {"item_embedding.weight": normal(generator, (self.n_items + 1, d), 0.02),  # with the mask
                "position_embedding.weight": normal(generator, (self.max_length, d), 0.02), **transformer.norm("LayerNorm", d),
                **transformer.initial(generator, self.keys["n_layers"], d, self.keys["inner_size"])}

    def encode(self, p, items, positions, mask, last_alone=False):
        vectors = F.embedding(items, p["item_embedding.weight"], padding_idx=0) + F.embedding(
            positions, p["position_embedding.weight"])
        vectors = dropout(self.encoder.norm(p, "LayerNorm", vectors), self.keys["hidden_dropout_prob"], self.training)
        return self.encoder(p, vectors, mask, self.training, last_alone)


class S3Rec(S3RecModel):
    STAGE = "finetune"

    def prepare(self, batch):
        length = self.max_length
        begins_first = batch.ends <= length
        histories, at = np.unique(batch.sequences[begins_first], return_inverse=True)
        counts = np.minimum(batch.lengths[histories], length)
        first = np.zeros((len(histories), length), np.int64)
        first[np.repeat(np.arange(len(histories)), counts), ranges(np.zeros_like(counts), counts)] = batch.items[
            ranges(batch.offsets[histories], counts)]
        later = (batch.offsets[batch.sequences] + batch.ends - length)[~begins_first]
        order = np.concatenate([np.flatnonzero(begins_first), np.flatnonzero(~begins_first)])
        return self.tensors(first=first, read=at * length + batch.ends[begins_first] - 1,
                            later=batch.items[later[:, None] + np.arange(length)], targets=batch.targets[order])

    def output(self, p, x):
        positions = torch.arange(self.max_length)
        mask = torch.full((self.max_length, self.max_length), -torch.inf).triu(1).to(p["LayerNorm.weight"].dtype)[None, None]
        parts = []
        if len(x["read"]):
            parts.append(F.embedding(x["read"], self.encode(p, x["first"], positions, mask).flatten(0, 1)))
        if len(x["later"]):
            parts.append(self.encode(p, x["later"], positions, mask, last_alone=True))
        return torch.cat(parts)
