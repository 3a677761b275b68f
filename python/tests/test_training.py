"""fit, resume, evaluate and compare: the program's, driven from Python."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from conftest import program

import seqrec

Columns = dict[str, list[Any]]


def test_fit_is_the_program(shop: Path, interactions: Columns, tmp_path: Path) -> None:
    """A frame and the files that it came from, Python and the command line: one model, to the bit."""
    keys: dict[str, Any] = {"epochs": 2, "embedding_size": 16, "learning_rate": 1e-2, "metrics": ["Hit", "NDCG"], "topk": [5]}
    keys["valid_metric"] = "NDCG@5"
    events: list[dict[str, Any]] = []
    run = seqrec.fit(interactions, "SHAN", out=tmp_path / "frame", callback=events.append, threads=1, **keys)
    (tmp_path / "data/books").mkdir(parents=True)  # the interactions alone
    data = Path(shutil.copy(shop / "data/books/books.inter", tmp_path / "data/books"))
    files = seqrec.fit(data, "SHAN", out=tmp_path / "files", load_col=None, **keys)
    program("train", "--model", "SHAN", "--data-path", str(tmp_path / "data"), "--dataset", "books", "--out",
            str(tmp_path / "program"), "--epochs", "2", "--set", "embedding_size=16", "--set", "learning_rate=0.01",
            "--set", "metrics=[Hit,NDCG]", "--set", "topk=[5]", "--set", "load_col=~", "--set", "valid_metric=NDCG@5")  # fmt: skip
    assert (files.folder / "model.safetensors").read_bytes() == (tmp_path / "program/model.safetensors").read_bytes()
    assert run.test == files.test and list(run.test) == ["hit@5", "ndcg@5"]
    assert run.model.recommend([["b1", "b2"]], 5).columns()["score"] == files.model.recommend([["b1", "b2"]], 5).columns()["score"]
    assert [event["event"] for event in events if event["event"] in ("epoch", "result")] == ["epoch", "epoch", "result"]
    assert [event["epoch"] for event in run.events if event["event"] == "epoch"] == [1, 2]
    assert run.valid and run.protocol["split"] and "pop" in run.baselines and run.config["embedding_size"] == 16
    assert "hit@5" in repr(run)


def test_runs_without_out(interactions: Columns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folders = [seqrec.fit(interactions, "Pop").folder for _ in range(2)] + [seqrec.fit(interactions, "Pop", overwrite=True).folder]
    assert [folder.name for folder in folders] == ["Pop", "Pop-2", "Pop"]


def test_recommend_to_users(interactions: Columns, tmp_path: Path) -> None:
    run = seqrec.fit(interactions, "ItemKNN", out=tmp_path / "run")
    users = sorted(set(interactions["user_id"]))[:5]
    got = run.recommend(users, 4, filter_viewed=True)
    seen = {(u, i) for u, i in zip(interactions["user_id"], interactions["item_id"])}
    rows = got.columns()
    assert rows["user_id"] == [user for user in users for _ in range(4)] and rows["rank"] == [1, 2, 3, 4] * 5
    assert not seen & set(zip(rows["user_id"], rows["item_id"]))


def test_evaluate(shop: Path, interactions: Columns, tmp_path: Path) -> None:
    run = seqrec.fit(shop / "data/books", "Markov", out=tmp_path / "run", metrics=["NDCG", "MRR"])
    assert seqrec.evaluate(run)["test"] == run.test
    assert seqrec.evaluate(tmp_path / "run")["test"] == run.test == seqrec.evaluate(run.model)["test"]
    assert seqrec.evaluate(run, interactions)["test"] == run.test
    assert seqrec.evaluate(run.model.path, shop / "data/books/books.inter", metrics=["NDCG"], topk=[1, 7])["test"].keys() == {
        "ndcg@1", "ndcg@7"
    }
    with pytest.raises(seqrec.UsageError, match="on which data"):
        seqrec.evaluate(Path(__file__).parents[2] / "tests/models/files/format_1/Pop.safetensors")


def test_compare(shop: Path, tmp_path: Path) -> None:
    data = shop / "data/books"
    pop, knn = (seqrec.fit(data, name, out=tmp_path / name) for name in ("Pop", "ItemKNN"))
    comparison = seqrec.compare(pop, knn.folder, metrics=["NDCG"], topk=[10], resamples=500)
    assert comparison["configurations"][1]["model"] == "ItemKNN"
    assert comparison["strata"][0]["differences"][0]["metric"] == "ndcg@10"
    assert "ItemKNN" in str(comparison) and "b - a" in str(comparison)
    with pytest.raises(seqrec.UsageError, match="two"):
        seqrec.compare(pop)


def test_resume_and_more_epochs(interactions: Columns, tmp_path: Path) -> None:
    whole = seqrec.fit(interactions, "SHAN", out=tmp_path / "whole", epochs=3)
    seqrec.fit(interactions, "SHAN", out=tmp_path / "short", epochs=1)
    longer = seqrec.resume(tmp_path / "short", epochs=3)
    assert (longer.folder / "model.safetensors").read_bytes() == (whole.folder / "model.safetensors").read_bytes()
    assert seqrec.resume(longer.folder).test == whole.test


def test_init_and_overwrite(interactions: Columns, tmp_path: Path) -> None:
    first = seqrec.fit(interactions, "SHAN", out=tmp_path / "run", epochs=1)
    again = seqrec.fit(interactions, "SHAN", out=tmp_path / "run", epochs=1, init=first, overwrite=True)
    assert again.config["init_model"]
    before = (tmp_path / "run.data/data/data.inter").read_bytes()
    fewer = {name: values[:-1] for name, values in interactions.items()}
    with pytest.raises(seqrec.UsageError, match="not empty: seqrec.resume"):
        seqrec.fit(fewer, "SHAN", out=tmp_path / "run", epochs=1)
    assert (tmp_path / "run.data/data/data.inter").read_bytes() == before


def test_the_programs_errors(shop: Path, interactions: Columns, tmp_path: Path) -> None:
    out, data = tmp_path / "run", shop / "data/books"
    with pytest.raises(seqrec.UsageError, match="learning_rat.*learning_rate"):
        seqrec.fit(data, "SHAN", out=out, learning_rat=0.1)
    with pytest.raises(seqrec.UsageError, match="SHAM.*SHAN"):
        seqrec.fit(data, "SHAM", out=out)
    with pytest.raises(seqrec.UsageError, match="epochs.*-1"):
        seqrec.fit(data, "SHAN", out=out, epochs=-1)
    with pytest.raises(seqrec.SeqrecError, match="absent"):
        seqrec.resume(tmp_path / "absent")
    with pytest.raises(seqrec.FileError, match="no finished run"):
        seqrec.Run(tmp_path)
    assert not out.exists()


def test_arguments(shop: Path, interactions: Columns, tmp_path: Path) -> None:
    out = tmp_path / "run"
    for data, text in (
        (tmp_path / "absent", "no dataset"),
        (shop / "data/books/books.item", "expected a folder NAME with the file NAME.inter"),
        (42, "the data are a int"),
        ([["b1"]], "the data are a list"),
    ):
        with pytest.raises(seqrec.SeqrecError, match=text):
            seqrec.fit(data, "SHAN", out=out)
    with pytest.raises(seqrec.UsageError, match="go with a frame"):
        seqrec.fit(shop / "data/books", "SHAN", out=out, user_id="uid")
    with pytest.raises(seqrec.UsageError, match="USER_ID_FIELD is about files"):
        seqrec.fit(interactions, "SHAN", out=out, USER_ID_FIELD="uid")
    with pytest.raises(seqrec.UsageError, match="items is a list"):
        seqrec.fit(interactions, "SHAN", out=out, items=["b1"])
    with pytest.raises(seqrec.UsageError, match="model is 7"):
        seqrec.fit(interactions, 7, out=out)  # type: ignore[arg-type]
    with pytest.raises(seqrec.UsageError, match="give the model's name"):
        seqrec.fit(interactions)
    with pytest.raises(seqrec.UsageError, match="learning_rate.*can't have the value"):
        seqrec.fit(interactions, "SHAN", out=out, learning_rate=object())
    assert not out.exists()


def test_notes_are_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = {"user_id": [1, 1, 1, 2, 2, 2], "item_id": [7, 8, 9, 8, 9, 7], "timestamp": [1, 1, 3, 1, 2, 3]}
    with caplog.at_level(logging.WARNING, "seqrec"):
        seqrec.fit(data, "Pop", out=tmp_path / "run")
    assert any("equal" in record.getMessage() for record in caplog.records)


def test_a_callback_that_fails_leaves_a_run_that_goes_on(interactions: Columns, tmp_path: Path) -> None:
    def fail(event: dict[str, Any]) -> None:
        if event.get("epoch") == 2:
            raise ZeroDivisionError("enough")

    with pytest.raises(ZeroDivisionError, match="enough"):
        seqrec.fit(interactions, "SHAN", out=tmp_path / "run", epochs=500, stopping_step=1000, callback=fail)
    assert seqrec.resume(tmp_path / "run", epochs=2 + _done(tmp_path / "run")).result["epochs"] > 2


def _done(run: Path) -> int:
    """Epochs that a stopped run has."""
    return sum(json.loads(line)["event"] == "epoch" for line in (run / "events.jsonl").read_text().splitlines())


def test_ctrl_c(shop: Path, tmp_path: Path) -> None:
    """As in a terminal: the signal goes to Python; the run is saved, and goes on to the bits of one that nothing stopped."""
    keys = "epochs=200, stopping_step=1000, eval_step=2, threads=1"
    code = f"""
import os, signal, sys, seqrec
def stop(event):
    if event.get("epoch") == 2: os.kill(os.getpid(), signal.SIGINT)
try:
    seqrec.fit(sys.argv[1], "SHAN", out=sys.argv[2], callback=stop, {keys})
except KeyboardInterrupt as interrupted:
    assert isinstance(interrupted, seqrec.Interrupted) and interrupted.folder == sys.argv[2]
    print(interrupted)
"""
    out = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-c", code, str(shop / "data/books"), str(out)], stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert (done.returncode, done.stdout) == (0, f"interrupted; seqrec.resume({str(out)!r}) goes on with the run\n")
    assert not (out / "result.json").exists()
    stopped = seqrec.load(out)  # the best model so far
    assert len(stopped.recommend([["b1"]], 3)[0]) == 3
    run = seqrec.resume(out)
    whole = seqrec.fit(shop / "data/books", "SHAN", out=tmp_path / "whole", epochs=200, stopping_step=1000, eval_step=2)
    assert (run.folder / "model.safetensors").read_bytes() == (whole.folder / "model.safetensors").read_bytes()


def test_a_program_that_is_killed(interactions: Columns, tmp_path: Path) -> None:
    def kill(event: dict[str, Any]) -> None:
        children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)

    with pytest.raises(seqrec.SeqrecError, match="SIGKILL"):
        seqrec.fit(interactions, "SHAN", out=tmp_path / "run", epochs=500, stopping_step=1000, callback=kill)


def test_progress(interactions: Columns, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = {name: values + values[:1] for name, values in interactions.items()}  # which seqrec notes
    seqrec.fit(again, "SHAN", out=tmp_path / "run", epochs=2, progress=True)
    shown = capsys.readouterr().err
    assert "epoch 1/2  loss " in shown and "epoch 2/2" in shown and shown.endswith("\n") and "test " in shown
    assert "\rreading the data\r" + " " * len("reading the data") + "\r" in shown
    seqrec.fit(interactions, "Pop", out=tmp_path / "pop")  # no terminal
    assert capsys.readouterr().err == ""
