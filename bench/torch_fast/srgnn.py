"""SR-GNN. The cell runs once for each instance of a node (sessions.py), which rows share; what it takes of an item is made
once per item, its mean over neighbours is a bag of items. The attention reads the positions packed, a row's weighted sum
is a bag of instances. The graphs of all rows are made before the first epoch."""
import numpy as np
import torch
from torch.nn import functional as F

from catalogue_model import CatalogueModel
from parameters import uniform
from sessions import sessions


class Srgnn(CatalogueModel):
    NAME = "SRGNN"
    DEFAULTS = {"embedding_size": 64}

    def initial(self, generator):
        d = self.keys["embedding_size"]
        shapes = {"item_embedding.weight": (self.n_items, d), "gnn.w_ih": (3 * d, 2 * d), "gnn.w_hh": (3 * d, d),
                  "gnn.b_ih": (3 * d,), "gnn.b_hh": (3 * d,), "gnn.b_iah": (d,), "gnn.b_ioh": (d,),
                  "linear_three.weight": (1, d), "linear_transform.weight": (d, 2 * d), "linear_transform.bias": (d,)}
        for name in ("gnn.linear_edge_in", "gnn.linear_edge_out", "linear_one", "linear_two"):
            shapes |= {f"{name}.weight": (d, d), f"{name}.bias": (d,)}
        return {name: uniform(generator, shape, d ** -0.5) for name, shape in shapes.items()}

    known = None  # the sessions of all training rows, and their numbers by the target's place

    def know(self, histories):
        everything = histories.batch(*histories.training_rows(), self.max_length)
        row = np.zeros(len(histories.items), np.int64)
        row[everything.places] = np.arange(len(everything))
        self.known = sessions(everything, self.max_length, self.n_items), row
        return self

    @classmethod
    def of_data(cls, histories, folder, max_length, seed):
        return super().of_data(histories, folder, max_length, seed).know(histories)

    @classmethod
    def made_up(cls, histories, max_length):
        return super().made_up(histories, max_length).know(histories)

    def prepare(self, batch):
        if self.known is not None and batch.places is not None:
            of_all, row = self.known
            x = of_all.take(row[batch.places])
        else:
            x = sessions(batch, self.max_length, self.n_items)
        offsets = x.instances.offsets
        return self.tensors(
            items=x.items, incoming=x.incoming.values, incoming_offsets=x.incoming.offsets[:-1], outgoing=x.outgoing.values,
            outgoing_offsets=x.outgoing.offsets[:-1], entries=x.instances.values, offsets=offsets[:-1],
            rows=np.repeat(np.arange(len(batch)), np.diff(offsets)), last=x.instances.values[offsets[1:] - 1],
            targets=batch.targets)

    def output(self, p, x):
        nodes = self.cell(p, x)
        last = F.embedding(x["last"], nodes)
        of_rows, of_nodes = self.linear(p, "linear_one", last), self.linear(p, "linear_two", nodes)
        hidden = torch.sigmoid(F.embedding(x["rows"], of_rows) + F.embedding(x["entries"], of_nodes))
        weights = (hidden @ p["linear_three.weight"].T).squeeze(1)
        preference = F.embedding_bag(x["entries"], nodes, x["offsets"], mode="sum", per_sample_weights=weights)
        return self.linear(p, "linear_transform", torch.cat([preference, last], 1))

    def cell(self, p, x):
        items = p["item_embedding.weight"]
        neighbours = [F.embedding_bag(x[way], self.linear(p, f"gnn.linear_edge_{edge}", items), x[f"{way}_offsets"],
                                      mode="mean") + p[f"gnn.{bias}"]
                      for way, edge, bias in (("incoming", "in", "b_iah"), ("outgoing", "out", "b_ioh"))]
        of_input = F.linear(torch.cat(neighbours, 1), p["gnn.w_ih"], p["gnn.b_ih"]).chunk(3, 1)
        of_hidden = F.embedding(x["items"], F.linear(items, p["gnn.w_hh"], p["gnn.b_hh"])).chunk(3, 1)
        reset, gate = (torch.sigmoid(of_input[i] + of_hidden[i]) for i in (0, 1))
        new = torch.tanh(of_input[2] + reset * of_hidden[2])
        old = F.embedding(x["items"], items)
        return old + gate * (new - old)

    @staticmethod
    def linear(p, name, x):
        return F.linear(x, p[f"{name}.weight"], p[f"{name}.bias"])
