"""One RecBole run, for bench/compare_recbole: trains a sequential model and prints a JSON object a line, an `epoch` each
and one `result`, in the words of `seqrec train --log-format json`.

usage: recbole_driver.py MODEL DATASET DATA_PATH THREADS CONFIG_JSON
"""
import json
import sys
import tempfile
import time
from unittest import mock

# RecBole imports these for hyper-parameter search and plots; nothing of them runs here.
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

from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.utils import get_model, get_trainer, init_seed


def emit(**event):
    print(json.dumps(event), flush=True)


def plain(metrics):
    return {name: float(value) for name, value in (metrics or {}).items()}


def main():
    model_name, dataset_name, data_path, threads, settings = sys.argv[1:]
    sys.argv = sys.argv[:1]  # RecBole reads the command line
    torch.set_num_threads(int(threads))
    with tempfile.TemporaryDirectory() as checkpoints:
        config = Config(model=model_name, dataset=dataset_name, config_dict={
            "data_path": data_path, "checkpoint_dir": checkpoints, "use_gpu": False, "gpu_id": "", "show_progress": False,
            "state": "ERROR", **json.loads(settings)})
        init_seed(config["seed"], True)
        train, valid, test = data_preparation(config, create_dataset(config))
        init_seed(config["seed"], True)
        model = get_model(config["model"])(config, train.dataset).to("cpu")
        trainer = get_trainer(config["MODEL_TYPE"], config["model"])(config, model)
        run_epoch = trainer._train_epoch

        def timed_epoch(data, epoch, *args, **options):
            begin = time.perf_counter()
            loss = run_epoch(data, epoch, *args, **options)
            seconds = time.perf_counter() - begin
            # RecBole sums the batches' losses.
            emit(event="epoch", epoch=epoch + 1, train_seconds=seconds, loss=float(loss) / len(data))
            return loss

        trainer._train_epoch = timed_epoch
        _, valid_metrics = trainer.fit(train, valid, saved=True, show_progress=False)
        test_metrics = trainer.evaluate(test, load_best_model=True, show_progress=False)
        emit(event="result", valid=plain(valid_metrics), test=plain(test_metrics), torch=torch.__version__)


main()
