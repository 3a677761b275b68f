"""What the models that score all items by products with the table of items have in common."""
import numpy as np
import torch

from catalogue import LOSSES


class CatalogueModel:
    """Keys are RecBole's. Of a model: `initial`, its parameters by RecBole's names; `prepare`, what it computes on of a
    batch, as tensors; `output` [rows, d]."""
    DEFAULTS = {}
    NAME = ""  # RecBole's
    SHARES = True  # rows share what is computed of their history
    RANKS = True  # scores all items
    ROUNDED_LOSS = False  # RecBole rounds what it sums up to f32, but not its gradient
    COMPILED = ("forward",)  # methods that are, where the loss isn't compiled as a whole
    losses = tuple(LOSSES)

    def __init__(self, n_users, n_items, max_length, **keys):
        self.n_users, self.n_items, self.max_length = n_users, n_items, max_length
        self.keys = {**self.DEFAULTS, **keys}
        self.training = True

    @classmethod
    def is_case(cls, config):
        return config["model"] == cls.NAME and config["loss_type"] == "CE"

    @classmethod
    def of_case(cls, case):
        """The model of a golden case and what it computes on."""
        keys = {key: value for key, value in case.config.items() if key in cls.DEFAULTS}
        model = cls(case.config["n_users"], case.config["n_items"], case.config["MAX_ITEM_LIST_LENGTH"], **keys)
        return model, model.prepare(case.batch())

    @classmethod
    def of_data(cls, histories, folder, max_length, seed):
        return cls(histories.n_users, histories.n_items, max_length)

    @classmethod
    def made_up(cls, histories, max_length):
        """A small one for histories of no data set, without what is drawn at random."""
        return cls(histories.n_users, histories.n_items, max_length, embedding_size=8)

    def training_batches(self, histories, batch_size, seed):
        return histories.training_batches(np.random.default_rng(seed), batch_size, self.max_length)

    @staticmethod
    def tensors(**arrays):
        return {name: torch.from_numpy(array) for name, array in arrays.items()}

    def table(self, p):
        return p["item_embedding.weight"]

    def regularisation(self, p, x):
        return None

    def forward(self, p, x):
        return self.output(p, x), self.regularisation(p, x)

    def parts(self, x):
        """What `loss` is computed of, one part after the other; a batch's loss is their sum."""
        return [x]

    def loss(self, p, x, cross_entropy):
        output, regularisation = self.forward(p, x)
        loss = cross_entropy(output, self.table(p), x["targets"])
        return loss if regularisation is None else loss + regularisation

    def scores(self, p, x):
        return self.output(p, x) @ self.table(p)[:self.n_items].T
