"""Makes RecBole importable: with the numpy of today, and without what it imports but doesn't run here. To import before it."""
import sys
from unittest import mock

# For hyper-parameter search, plots and logs; what is installed is left alone.
for name in ("ray", "ray.tune", "ray.tune.schedulers", "hyperopt", "plotly", "plotly.graph_objs", "thop", "tensorboard",
             "torch.utils.tensorboard"):
    try:
        __import__(name)
    except Exception:
        sys.modules[name] = mock.MagicMock()

import numpy as np
import torch

for alias, type_ in (("float", float), ("int", int), ("bool", bool), ("object", object)):
    if alias not in np.__dict__:  # RecBole was written for numpy < 1.24
        setattr(np, alias, type_)
torch_load = torch.load
torch.load = lambda *args, **options: torch_load(*args, **{"weights_only": False, **options})


def trained_sequence(model, interaction):
    hidden = model.forward(interaction[model.INVERSE_ITEM_SEQ], interaction[model.USER_ID])
    return torch.matmul(hidden, model.item_embedding.weight.transpose(0, 1))


def mend(config):
    """With the key full_sort: right, SHAN ranks after the sequence that it is trained on; RecBole's own reads another one, which
    makes its metrics smaller (docs/models/shan.md)."""
    from recbole.model.sequential_recommender import SHAN

    if config["full_sort"] == "right":
        SHAN.full_sort_predict = trained_sequence
