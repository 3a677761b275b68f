"""S3-Rec's pre-training. Instances lie sorted by length, some hundred together, padded to the longest of these on the left;
the losses are sums over instances, so each part is learned from before the next is computed. Segments read their last place
alone; the attributes and the items are predicted where they count."""
import numpy as np
import torch
from torch.nn import functional as F

import features
import pretraining
from parameters import linear, normal
from s3rec import S3RecModel

TOGETHER = 128  # instances
RATIO = 0.2     # mask_ratio


class S3RecPretrain(S3RecModel):
    STAGE = "pretrain"
    SHARES = RANKS = False
    ROUNDED_LOSS = True
    COMPILED = ("encode",)
    losses = ("own",)
    DEFAULTS = {**S3RecModel.DEFAULTS, "aap_weight": 0.2, "mip_weight": 1.0, "map_weight": 1.0, "sp_weight": 0.5}

    attributes = None       # [items + 1, attributes], 1 where the item has it
    numbered_to_end = True  # positions: a sequence's last is the highest; else its first is 0

    @staticmethod
    def attribute_table(words):
        numbers = {word: i for i, word in enumerate(sorted({word for of in words for word in of}))}
        table = torch.zeros(len(words) + 1, len(numbers))
        for item, of in enumerate(words):
            table[item, [numbers[word] for word in of]] = 1
        return table

    @classmethod
    def of_data(cls, histories, folder, max_length, seed):
        model = super().of_data(histories, folder, max_length, seed)
        model.attributes = cls.attribute_table(
            features.read(folder / f"{folder.name}.item", "item_id", histories.item_tokens, "class"))
        model.numbered_to_end, model.random = False, np.random.default_rng(seed)
        return model

    @classmethod
    def of_case(cls, case):
        keys = {key: value for key, value in case.config.items() if key in cls.DEFAULTS}
        model = cls(case.config["n_users"], case.config["n_items"], case.config["MAX_ITEM_LIST_LENGTH"], **keys)
        classes = case.tensors["feat.item.class"]
        table = torch.zeros(len(classes) + 1, len(case.weights["feature_embedding.weight"]) + 1).double()
        table[:-1].scatter_(1, classes, 1.0)
        model.attributes = table[:, 1:]
        padded = {name: case.tensors[f"pretrain.{name}"].numpy() for name in (
            "masked_item_sequence", "pos_items", "neg_items", "masked_segment_sequence", "pos_segment", "neg_segment")}
        here = padded["pos_items"] != 0
        return model, model.tensors_of(pretraining.Instances(here.sum(1), *(of[here] for of in padded.values())))

    def initial(self, generator):
        d = self.keys["hidden_size"]
        p = super().initial(generator) | {"feature_embedding.weight": normal(
            generator, (self.attributes.shape[1], d), 0.02)}
        for name in ("aap", "mip", "map", "sp"):
            p |= linear(generator, f"{name}_norm", d, d)
            p |= {f"{name}_norm.weight": normal(generator, (d, d), 0.02), f"{name}_norm.bias": torch.zeros(d)}
        return p

    def prepare(self, batch):
        return self.tensors_of(pretraining.draw(self.random, batch, self.max_length, self.n_items, RATIO))

    def tensors_of(self, of):
        order = np.argsort(of.lengths, kind="stable")
        offsets = np.concatenate([[0], np.cumsum(of.lengths)])
        return [self.part(of, offsets, order[i:i + TOGETHER]) for i in range(0, len(order), TOGETHER)]

    def part(self, of, offsets, instances):
        lengths = of.lengths[instances]
        places = offsets[instances + 1, None] - lengths.max() + np.arange(lengths.max())
        here = places >= offsets[instances, None]
        first = self.max_length - lengths.max() if self.numbered_to_end else (lengths - lengths.max())[:, None]
        positions = np.maximum(first + np.arange(lengths.max()), 0)

        def padded(items):
            return np.where(here, items[places], 0)

        masked_items = padded(of.masked_items)
        masked, seen = masked_items == self.n_items, here & (masked_items != self.n_items)
        items = padded(of.items)
        return self.tensors(
            masked_items=masked_items, positions=np.broadcast_to(positions, places.shape).copy(), here=here,
            masked=np.flatnonzero(masked), seen=np.flatnonzero(seen), of_masked=items[masked], of_seen=items[seen],
            negatives=padded(of.negative_items)[masked],
            segments=np.concatenate([padded(x) for x in (of.masked_segment, of.positive_segment, of.negative_segment)]))

    def parts(self, x):
        return x

    def loss(self, p, x, cross_entropy=None):
        mask = torch.where(x["here"], 0.0, -torch.inf).to(p["LayerNorm.weight"].dtype)[:, None, None]
        states = self.encode(p, x["masked_items"], x["positions"], mask).flatten(0, 1)
        seen, masked = F.embedding(x["seen"], states), F.embedding(x["masked"], states)

        def attributes(name, states, items):
            logits = self.linear(p, name, states) @ p["feature_embedding.weight"].T
            return F.binary_cross_entropy_with_logits(logits, F.embedding(items, self.attributes), reduction="sum")

        def ranking(context, positive, negative):
            scores = [torch.sigmoid((context * other).sum(1)) for other in (positive, negative)]
            return F.softplus(scores[1] - scores[0]).sum()

        items = p["item_embedding.weight"]
        of_items = ranking(self.linear(p, "mip_norm", masked), *(F.embedding(x[name], items, padding_idx=0)
                                                                  for name in ("of_masked", "negatives")))
        context, *segments = self.encode(p, x["segments"], x["positions"].repeat(3, 1), mask.repeat(3, 1, 1, 1),
                                         last_alone=True).chunk(3)
        return (self.keys["aap_weight"] * attributes("aap_norm", seen, x["of_seen"])
                + self.keys["mip_weight"] * of_items
                + self.keys["map_weight"] * attributes("map_norm", masked, x["of_masked"])
                + self.keys["sp_weight"] * ranking(self.linear(p, "sp_norm", context), *segments))

    @staticmethod
    def linear(p, name, x):
        return F.linear(x, p[f"{name}.weight"], p[f"{name}.bias"])
