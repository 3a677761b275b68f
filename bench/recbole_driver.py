"""One RecBole run, for bench/compare_recbole and bench/compare_torch: trains a sequential model and prints a JSON object per
line, an `epoch` each and one `result`, in the words of `seqrec train --log-format json`.

usage: recbole_driver.py MODEL DATASET DATA_PATH THREADS FOLDER CONFIG_JSON [CONFIG_FILE]

The checkpoint of the best epoch stays in FOLDER, which must be empty before. The key full_sort is recbole_setup's.
"""
import json
import sys
import time

import recbole_setup  # before RecBole
import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.utils import get_model, get_trainer, init_seed


events, sys.stdout = sys.stdout, sys.stderr  # whatever RecBole prints is no event


def emit(**event):
    print(json.dumps(event), file=events, flush=True)


def plain(metrics):
    return {name: float(value) for name, value in (metrics or {}).items()}


def make_model(config, dataset):
    return get_model(config["model"])(config, dataset).to("cpu")


def untrained_model(config, dataset, path):
    """A pre-trained S3Rec for RecBole, which can't fine-tune without one, that was not trained at all."""
    config["train_stage"] = "pretrain"
    torch.save({"state_dict": make_model(config, dataset).state_dict()}, path)
    config["train_stage"] = "finetune"
    return path


def main():
    model_name, dataset_name, data_path, threads, folder, settings, *files = sys.argv[1:]
    sys.argv = sys.argv[:1]  # RecBole reads the command line
    settings = json.loads(settings)
    if model_name != "DIEN" and settings.get("loss_type") != "BPR":
        settings.setdefault("train_neg_sample_args", None)  # RecBole refuses its own default with CE
    torch.set_num_threads(int(threads))
    config = Config(model=model_name, dataset=dataset_name, config_file_list=files, config_dict={
        "data_path": data_path, "checkpoint_dir": folder, "use_gpu": False, "gpu_id": "", "show_progress": False,
        "state": "ERROR", **settings})
    recbole_setup.mend(config)
    init_seed(config["seed"], True)
    train, valid, test = data_preparation(config, create_dataset(config))
    init_seed(config["seed"], True)
    if config["train_stage"] == "finetune" and not config["pre_model_path"]:
        config["pre_model_path"] = untrained_model(config, train.dataset, folder + "/untrained.pth")
    trainer = get_trainer(config["MODEL_TYPE"], config["model"])(config, make_model(config, train.dataset))
    run_epoch = trainer._train_epoch

    def timed_epoch(data, epoch, *args, **options):
        begin = time.perf_counter()
        loss = run_epoch(data, epoch, *args, **options)
        seconds = time.perf_counter() - begin
        # RecBole sums the batches' losses.
        emit(event="epoch", epoch=epoch + 1, train_seconds=seconds, loss=float(loss) / len(data))
        return loss

    validate = trainer._valid_epoch

    def told_validation(*args, **options):
        score, metrics = validate(*args, **options)
        emit(event="valid", valid=plain(metrics))
        return score, metrics

    trainer._train_epoch, trainer._valid_epoch = timed_epoch, told_validation
    _, valid_metrics = trainer.fit(train, valid, saved=True, show_progress=False)
    # Pre-training is neither validated nor tested.
    tested = config["train_stage"] != "pretrain"
    test_metrics = trainer.evaluate(test, load_best_model=True, show_progress=False) if tested else None
    emit(event="result", valid=plain(valid_metrics), test=plain(test_metrics), torch=torch.__version__,
         checkpoint=trainer.saved_model_file)


main()
