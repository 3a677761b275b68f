"""DIEN. Vectors are made once per user and item, the interests of windows that begin together by one run of the GRU. The
evolving cell's products with the interests are made once per interest. The attention's perceptron, nearly all of the work,
reads the pairs of a target and an interest packed, some thousand at a time so that they stay in the cache."""
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

import features
from catalogue_model import CatalogueModel
from feature_table import FeatureTable
from histories import ranges
from parameters import uniform, xavier_normal

PAIRS = 4096  # at a time


@dataclass
class Runs:
    """Windows that begin together, and the places that they share: [runs, places] padded on the right."""
    items: np.ndarray
    negatives: np.ndarray
    windows: np.ndarray  # [rows] the run of each
    weights: np.ndarray  # [runs, places] how many rows hold the place and the one before


class Dien(CatalogueModel):
    NAME = "DIEN"
    DEFAULTS = {"embedding_size": 10, "mlp_hidden_size": [256, 256, 256], "alpha": 1.0}
    RANKS = False
    ROUNDED_LOSS = True
    COMPILED = ("perceptron", "cell")
    losses = ("own",)
    auxiliary_sigmoid = False  # as RecBole's; seqrec's `compat: fixed` has one

    @classmethod
    def is_case(cls, config):
        return config["model"] == cls.NAME and config["gru_type"] == "AUGRU"

    def of_tables(self, users, items):
        self.users, self.items = users, items
        return self

    @classmethod
    def of_case(cls, case):
        keys = {key: value for key, value in case.config.items() if key in cls.DEFAULTS}
        model = cls(case.config["n_users"], case.config["n_items"], case.config["MAX_ITEM_LIST_LENGTH"], **keys)
        tables = []
        for side in ("user", "item"):
            fields = case.config[f"{side}_features"]
            of = {kind: [(case.tensors[f"feat.{side}.{name}"], size) for name, is_kind, size in fields if is_kind == kind]
                  for kind in ("token", "token_seq")}
            tables.append(FeatureTable(side, torch.stack([ids for ids, _ in of["token"]], 1),
                                       [size for _, size in of["token"]], of["token_seq"]))
        batch = case.batch()
        lengths, negatives = batch.lengths, case.tensors["neg_item_id_list"].numpy()
        batch.negatives = negatives[np.arange(negatives.shape[1]) < lengths[:, None]]
        model.of_tables(*tables)
        return model, model.tensors_of(batch, batch.targets, case.tensors["label"].numpy())

    @classmethod
    def of_data(cls, histories, folder, max_length, seed):
        model, tables = super().of_data(histories, folder, max_length, seed), []
        for side, tokens, columns in (("user", histories.user_tokens, ["age", "gender", "occupation"]),
                                      ("item", histories.item_tokens, ["release_year"])):
            of = [features.numbered(features.read(folder / f"{folder.name}.{side}", f"{side}_id", tokens, column))
                  for column in columns]
            ids = [np.arange(len(tokens) + 1), *(ids for ids, _ in of)]
            tables.append(FeatureTable(side, torch.from_numpy(np.stack(ids, 1)), [len(ids[0]), *(size for _, size in of)]))
        model.auxiliary_sigmoid, model.random = True, np.random.default_rng(seed)
        histories.negatives = model.other_items(histories.items)
        return model.of_tables(*tables)

    @classmethod
    def made_up(cls, histories, max_length):
        model = cls(histories.n_users, histories.n_items, max_length, embedding_size=4, mlp_hidden_size=[8, 8])
        model.random = np.random.default_rng(0)
        histories.negatives = model.other_items(histories.items)
        ids = (torch.arange(size)[:, None] for size in (histories.n_users, histories.n_items))
        return model.of_tables(*(FeatureTable(side, of, [len(of)]) for side, of in zip(("user", "item"), ids)))

    def other_items(self, items):
        drawn = self.random.integers(1, self.n_items - 1, len(items))
        return drawn + (drawn >= items)

    def training_batches(self, histories, batch_size, seed):
        return super().training_batches(histories, max(batch_size // 2, 1), seed)  # a negative for each target

    def initial(self, generator):
        d, hidden = self.keys["embedding_size"], self.keys["mlp_hidden_size"]
        items, users = d * self.items.fields, d * self.users.fields
        p = self.users.initial(generator, d) | self.items.initial(generator, d)

        def linear(name, inputs, outputs):
            p.update({f"{name}.weight": xavier_normal(generator, (outputs, inputs)), f"{name}.bias": torch.zeros(outputs)})

        for name in ("interset_extractor.gru", "interest_evolution.dynamic_rnn.rnn"):
            suffix = "_l0" if name.endswith("gru") else ""
            for part, shape in (("weight_ih", (3 * items, items)), ("weight_hh", (3 * items, items)),
                                ("bias_ih", (3 * items,)), ("bias_hh", (3 * items,))):
                p[f"{name}.{part}{suffix}"] = uniform(generator, shape, items ** -0.5)
        for name, step, sizes in (("interset_extractor.auxiliary_net.", 2, [2 * items, *hidden, 1]),
                                  ("interest_evolution.attention_layer.att_mlp_layers.", 3, [4 * items, *hidden]),
                                  ("dnn_mlp_layers.", 4, [2 * items + users, *hidden])):
            for layer, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
                linear(f"{name}mlp_layers.{step * layer + 1}", inputs, outputs)
                if step == 4:
                    at = f"{name}mlp_layers.{step * layer + 2}"
                    p |= {f"{at}.weight": torch.ones(outputs), f"{at}.bias": torch.zeros(outputs)}
        linear("interest_evolution.attention_layer.dense", hidden[-1], 1)
        linear("dnn_predict_layer", hidden[-1], 1)
        return p

    def prepare(self, batch):
        """Each row's target, then another item in its place."""
        targets = np.concatenate([batch.targets, self.other_items(batch.targets)])
        return self.tensors_of(batch, targets, np.repeat(np.float32([1, 0]), len(batch)))

    def runs(self, batch):
        length = self.max_length
        lengths = np.minimum(batch.ends, length)
        begins = batch.offsets[batch.sequences] + batch.ends - lengths
        begin, windows = np.unique(begins, return_inverse=True)
        longest = np.zeros(len(begin), np.int64)
        np.maximum.at(longest, windows, lengths)
        ends = np.zeros((len(begin), length + 1))
        np.add.at(ends, (windows, lengths), 1)
        weights = ends[:, ::-1].cumsum(1)[:, ::-1][:, 1:]  # rows that hold each place
        weights[:, 0] = 0
        places = np.minimum(begin[:, None] + np.arange(length), len(batch.items) - 1)
        here = np.arange(length) < longest[:, None]
        return lengths, Runs(np.where(here, batch.items[places], 0), np.where(here, batch.negatives[places], 0), windows,
                             weights)

    def tensors_of(self, batch, targets, labels):
        """Of as many targets as rows, or a multiple, whose parts are the rows in turn."""
        lengths, runs = self.runs(batch)
        times = len(targets) // len(lengths)
        lengths, windows = np.tile(lengths, times), np.tile(runs.windows, times)
        users = np.tile(batch.users[batch.sequences], times)
        within = ranges(np.zeros_like(lengths), lengths)
        of = np.repeat(np.arange(len(targets)), lengths)
        begin, next_place = np.nonzero(runs.weights)
        return self.tensors(
            items=runs.items, targets=targets, users=users, labels=labels, of=of, within=within, windows=windows,
            interests=windows[of] * self.max_length + within, before=begin * self.max_length + next_place - 1,
            clicked=runs.items[begin, next_place], unclicked=runs.negatives[begin, next_place],
            shares=runs.weights[begin, next_place] / max(runs.weights.sum(), 1))

    def logits(self, p, x):
        """Of the targets, and the auxiliary loss."""
        items, users = self.items(p), self.users(p)
        of_targets = F.embedding(x["targets"], items)
        interests = self.extract(p, F.embedding(x["items"], items))
        evolution = self.evolve(p, x, interests, of_targets)
        out = torch.cat([evolution, of_targets, F.embedding(x["users"], users)], 1)
        for layer in range(len(self.keys["mlp_hidden_size"])):
            out = self.linear(p, f"dnn_mlp_layers.mlp_layers.{4 * layer + 1}", out)
            at = f"dnn_mlp_layers.mlp_layers.{4 * layer + 2}"
            learned = None if self.training else (p[f"{at}.running_mean"], p[f"{at}.running_var"])
            out = F.batch_norm(out, *(learned or (None, None)), p[f"{at}.weight"], p[f"{at}.bias"], learned is None)
            out = out * torch.sigmoid(out)  # Dice
        return self.linear(p, "dnn_predict_layer", out).squeeze(1), self.auxiliary(p, x, interests, items)

    def scores(self, p, x):
        return torch.sigmoid(self.logits(p, x)[0])

    def loss(self, p, x, cross_entropy=None):
        logits, auxiliary = self.logits(p, x)
        return F.binary_cross_entropy_with_logits(logits, x["labels"].to(logits.dtype)) + self.keys["alpha"] * auxiliary

    @staticmethod
    def extract(p, vectors):
        """[runs * places, d]"""
        weights = [p[f"interset_extractor.gru.{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        begin = vectors.new_zeros(1, len(vectors), vectors.shape[2])
        return torch.gru(vectors, begin, weights, True, 1, 0.0, True, False, True)[0].flatten(0, 1)

    def auxiliary(self, p, x, interests, items):
        states = F.embedding(x["before"], interests)
        out = torch.cat([torch.cat([states, F.embedding(x[name], items)], 1) for name in ("clicked", "unclicked")])
        layers = len(self.keys["mlp_hidden_size"]) + 1
        for layer in range(layers):
            out = self.linear(p, f"interset_extractor.auxiliary_net.mlp_layers.{2 * layer + 1}", out)
            if self.auxiliary_sigmoid and layer < layers - 1:
                out = out.sigmoid_()
        clicked, unclicked = out.squeeze(1).chunk(2)
        return ((F.softplus(-clicked) + F.softplus(unclicked)) * x["shares"].to(out.dtype)).sum() / 2

    def evolve(self, p, x, interests, targets):
        name = "interest_evolution.dynamic_rnn.rnn."
        d = interests.shape[1]
        weights = self.attention(p, x, interests, targets)
        places = self.max_length
        of_input = F.linear(interests, p[f"{name}weight_ih"], p[f"{name}bias_ih"]).view(-1, places, 3 * d)
        of_input = F.embedding(x["windows"], of_input.flatten(1)).view(-1, places, 3, d)
        state = interests.new_zeros(len(targets), d)
        for of_place, weight in zip(of_input.unbind(1), weights.unsqueeze(2).unbind(1)):
            state = self.cell(of_place, state, weight, p[f"{name}weight_hh"], p[f"{name}bias_hh"])
        return state

    @staticmethod
    def cell(of_input, state, weight, weight_hh, bias_hh):
        """AUGRU; the weight is 0 behind a window's end."""
        reset_input, update_input, new_input = of_input.unbind(1)
        reset_state, update_state, new_state = F.linear(state, weight_hh, bias_hh).chunk(3, 1)
        new = torch.tanh(new_input + torch.sigmoid(reset_input + reset_state) * new_state)
        return torch.lerp(state, new, weight * torch.sigmoid(update_input + update_state))

    def attention(self, p, x, interests, targets):
        """[targets, places]"""
        name = "interest_evolution.attention_layer."
        layers = [f"{name}att_mlp_layers.mlp_layers.{3 * i + 1}" for i in range(len(self.keys["mlp_hidden_size"]))]
        weights = [(p[f"{layer}.weight"], p[f"{layer}.bias"]) for layer in (*layers, f"{name}dense")]
        of_query, of_key, of_difference, of_product = weights[0][0].chunk(4, 1)
        weights[0] = torch.cat([of_query + of_difference, of_key - of_difference, of_product], 1), weights[0][1]
        queries, keys = F.embedding(x["of"], targets), F.embedding(x["interests"], interests)
        logits = [self.perceptron(query, key, weights) for query, key in zip(queries.split(PAIRS), keys.split(PAIRS))]
        padded = interests.new_full((len(targets), self.max_length), -torch.inf)
        padded = padded.index_put((x["of"], x["within"]), torch.cat(logits) * interests.shape[1] ** -0.5)
        return torch.softmax(padded, 1)

    @staticmethod
    def perceptron(query, key, weights):
        out = torch.cat([query, key, query * key], 1)
        for weight, bias in weights[:-1]:
            out = F.linear(out, weight, bias).sigmoid_()
        return F.linear(out, *weights[-1]).squeeze(1)

    @staticmethod
    def linear(p, name, x):
        return F.linear(x, p[f"{name}.weight"], p[f"{name}.bias"])
