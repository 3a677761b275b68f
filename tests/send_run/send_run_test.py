"""send_run_test.py SEQREC: what scripts/send_run sends is what the run's folder holds, read back from MLflow and from W&B's
offline file. Needs mlflow and wandb (scripts/check_python)."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent.parent / "scripts/send_run"
SEQREC = Path(sys.argv.pop(1)).resolve()


def wandb_records(path):
    """The records of a .wandb file: seven bytes, then LevelDB's log (blocks of 32 KiB; checksum, length, kind, bytes)."""
    from wandb.proto import wandb_internal_pb2

    data, at, record = path.read_bytes(), 7, b""
    while at + 7 <= len(data):
        if 32768 - at % 32768 < 7:
            at += 32768 - at % 32768
            continue
        length, kind = int.from_bytes(data[at + 4:at + 6], "little"), data[at + 6]
        record += data[at + 7:at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # whole, or the last part
            yield wandb_internal_pb2.Record.FromString(record)
            record = b""


def items(pairs):
    return {pair.key or "/".join(pair.nested_key): json.loads(pair.value_json) for pair in pairs}


class SendRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.work.name)
        subprocess.run([SEQREC, "demo", "--users", "30", "--epochs", "3", "--out", "shop"], cwd=cls.folder, check=True,
                       capture_output=True)
        cls.run_folder = cls.folder / "shop/run"
        cls.events = [json.loads(line) for line in (cls.run_folder / "events.jsonl").read_text().splitlines()]
        cls.config = json.loads((cls.run_folder / "config.json").read_text())
        # What was killed in the middle of a line, after it had failed and gone on; and what has failed.
        failure = '{"event":"failed","error":"no\u2028room"}\n'
        for name, between, end in (("stopped", failure, '{"event":"epo'), ("failed", "", failure)):
            shutil.copytree(cls.run_folder, cls.folder / name)
            (cls.folder / name / "result.json").unlink()
            first, second = (cls.run_folder / "events.jsonl").read_text().splitlines(True)[:2]
            (cls.folder / name / "events.jsonl").write_text(first + between + second + end)

    @classmethod
    def tearDownClass(cls):
        cls.work.cleanup()

    def send(self, *arguments, code=0, python=(sys.executable,)):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "WANDB_"))}
        outcome = subprocess.run([*python, SCRIPT, *map(str, arguments)], cwd=self.folder, env=environment,
                                 capture_output=True, text=True)
        self.assertEqual(outcome.returncode, code, outcome.stderr)
        return outcome.stdout if code == 0 else outcome.stderr

    def epochs(self):
        return [event for event in self.events if event["event"] == "epoch"]

    def test_mlflow(self):
        from mlflow import MlflowClient

        said = self.send(self.run_folder, self.folder / "stopped", self.folder / "failed", "--to", "mlflow", "--project", "books",
                         "--model")
        self.assertEqual([line.split(": ")[1].split(", to")[0] for line in said.splitlines()],
                         ["finished, 3 epochs", "stopped, 2 epochs", "failed, 2 epochs"])
        client = MlflowClient(f"sqlite:///{self.folder}/mlflow.db")
        found = client.search_runs([client.get_experiment_by_name("books").experiment_id])
        runs = {run.info.run_name: run for run in found}
        self.assertEqual({name: run.info.status for name, run in runs.items()},
                         {"run": "FINISHED", "stopped": "KILLED", "failed": "FAILED"})
        self.assertEqual(runs["failed"].data.tags["seqrec.error"], "no\u2028room")
        run = runs["run"]
        self.assertEqual(run.data.params["model"], "SHAN")
        self.assertEqual(run.data.params.keys(), self.config.keys())
        self.assertEqual(json.loads(run.data.params["topk"]), self.config["topk"])
        for name, of in (("loss", lambda e: e["loss"]), ("valid/mrr_at_10", lambda e: e["valid"]["mrr@10"])):
            history = sorted((point.step, point.value) for point in client.get_metric_history(run.info.run_id, name))
            self.assertEqual(history, [(event["epoch"], of(event)) for event in self.epochs()])
        result = self.events[-1]
        self.assertEqual(run.data.metrics["test/ndcg_at_10"], result["test"]["ndcg@10"])
        self.assertEqual(run.data.metrics["baselines/markov/hit_at_10"], result["baselines"]["markov"]["hit@10"])
        self.assertEqual(run.data.metrics["best_epoch"], result["best_epoch"])
        self.assertEqual({file.path for file in client.list_artifacts(run.info.run_id)},
                         {"config.json", "data.json", "events.jsonl", "log.txt", "metrics.csv", "result.json",
                          "model.safetensors"})

    def test_wandb_offline(self):
        said = self.send(self.run_folder, "--to", "wandb", "--project", "books")
        sent = Path(said.strip().split(", to ")[1])
        (file,) = sent.glob("run-*.wandb")
        history, summary, about = [], {}, None
        for record in wandb_records(file):
            kind = record.WhichOneof("record_type")
            if kind == "history":
                history.append(items(record.history.item))
            elif kind == "summary":
                summary.update(items(record.summary.update))
            elif kind == "run":
                about = record.run
        self.assertEqual((about.project, about.display_name), ("books", "run"))
        sent_config = items(about.config.update)
        self.assertEqual({name: sent_config[name] for name in self.config}, self.config)
        self.assertEqual([(point["epoch"], point["loss"], point["valid/mrr@10"]) for point in history],
                         [(event["epoch"], event["loss"], event["valid"]["mrr@10"]) for event in self.epochs()])
        self.assertEqual(summary["test/ndcg@10"], self.events[-1]["test"]["ndcg@10"])
        self.assertEqual((sent / "files/events.jsonl").read_text(), (self.run_folder / "events.jsonl").read_text())
        self.assertFalse((sent / "files/histories.safetensors").exists())
        self.assertFalse((sent / "files/model.safetensors").exists())

    def test_what_is_no_run_is_refused_before_anything_is_sent(self):
        for name, edit, message in (
            ("none", lambda folder: (folder / "config.json").unlink(), "no config.json in it, expected the folder of a run"),
            ("torn", lambda folder: (folder / "events.jsonl").write_text('{"event":"epoch","epoch":1}\n{"ev\n'), "events.jsonl:2: "),
            ("list", lambda folder: (folder / "config.json").write_text("[1]"), "config.json: expected a JSON object"),
        ):
            shutil.copytree(self.folder / "stopped", self.folder / name)
            edit(self.folder / name)
            before = set(self.folder.glob("wandb/*"))
            said = self.send(self.run_folder, self.folder / name, "--to", "wandb", code=1)
            self.assertIn(message, said)
            self.assertEqual(len(said.splitlines()), 1)
            self.assertEqual(set(self.folder.glob("wandb/*")), before)

    def test_without_the_package_it_says_what_to_install(self):
        said = self.send(self.run_folder, "--to", "wandb", code=1, python=(sys.executable, "-S"))
        self.assertEqual(said, "send_run: No module named 'wandb': 'pip install wandb' brings it\n")


if __name__ == "__main__":
    unittest.main()
