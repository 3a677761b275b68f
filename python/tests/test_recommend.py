"""Models that answer: the same as the program's, whatever the histories come as."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from conftest import FILES, MODELS, answers

import seqrec


@pytest.mark.parametrize("name", MODELS)
def test_answers_are_the_programs(name: str, tmp_path: Path) -> None:
    file = FILES / "format_1" / f"{name}.safetensors"
    model = seqrec.load(file)
    histories = [["i1", "i2"], ["i1"], ["i2", "i20", "i2", "i1"]]
    (tmp_path / "requests").write_text("".join(json.dumps({"history": history}) + "\n" for history in histories))
    expected = answers(str(file), "--input", str(tmp_path / "requests"), "-k", "7")
    got = model.recommend(histories, 7)
    assert [[{"item": one.item, "score": one.score} for one in answer] for answer in got] == [
        [{"item": one["item"], "score": one["score"]} for one in answer["items"]] for answer in expected
    ]
    assert got.items == [[one["item"] for one in answer["items"]] for answer in expected]


@pytest.mark.parametrize("name", ["S3Rec", "SRGNN"])  # without users
@pytest.mark.parametrize("version", ["format_1", "format_2"])
def test_scores_are_those_of_old(name: str, version: str) -> None:
    file = f"{version}/{name}.safetensors"
    expected = json.loads((FILES / "scores.json").read_text())[file][1:]
    model = seqrec.load(FILES / file)
    (scores,) = model.score([model.items[:2]], model.items).tolist()
    assert scores == pytest.approx(expected, abs=1e-5 * max(map(abs, expected)))


def test_a_run_and_its_users(shop: Path, shan: seqrec.Model) -> None:
    assert (shan.name, shan.has_histories, shan.has_titles) == ("SHAN", True, True)
    expected = answers(str(shop / "run"), "--all-users", "-k", "5", "--exclude-seen")
    got = shan.recommend(users=[answer["user"] for answer in expected], k=5, filter_viewed=True)
    assert [[one._asdict() for one in answer] for answer in got] == [answer["items"] for answer in expected]
    assert got.users == [answer["user"] for answer in expected]
    assert got.unknown_items == [0] * len(expected) and not any(got.unknown_users)


def test_many_histories_and_one_are_the_same(shan: seqrec.Model) -> None:
    items = shan.items
    histories = [items[i % 400 : i % 400 + 1 + i % 7] for i in range(500)] * 3
    got = shan.recommend(histories, 3)
    assert len(got) == 1500
    assert got[17] == shan.recommend(histories[17:18], 3)[0] == got[517] == got[-983]
    assert list(got[16:18]) == [got[16], got[17]]
    with pytest.raises(IndexError):
        got[1500]


def test_options(shan: seqrec.Model) -> None:
    history = list(shan.items[:5])
    all_of_it = shan.recommend([history], shan.n_items)[0]
    assert len(all_of_it) == shan.n_items
    best = [one.item for one in all_of_it]
    assert shan.recommend([history], 3, exclude=best[:2]).items == [best[2:5]]
    assert set(shan.recommend([history], shan.n_items, filter_viewed=True).items[0]) == set(best) - set(history)
    among = shan.recommend([history], 10, candidates=best[10:14])
    assert set(among.items[0]) == set(best[10:14])
    assert among.ids.shape == (1, 10) and among.ids.tolist()[0][4:] == [0] * 6
    assert all(math.isnan(score) for score in among.scores.tolist()[0][4:])
    assert shan.recommend([history], 10, candidates=[]).items == [[]]
    assert shan.recommend([history], 10**30)[0] == all_of_it
    assert shan.recommend([], 10).items == [] and len(shan.recommend([], 10)) == 0


def test_unknown_items_are_counted(shan: seqrec.Model) -> None:
    got = shan.recommend([["b1", "nothing", "b2"], ["b1"]], 3, exclude=["no"], candidates=["b3", "none", "neither"])
    assert (got.unknown_items, got.unknown_excluded, got.unknown_candidates) == ([1, 0], 1, 2)
    assert got[0] == shan.recommend([["b1", "b2"]], 3, candidates=["b3"])[0]
    assert shan.recommend([["b1"]], 1, users=["nobody"]).unknown_users == [True]


def test_policies(shop: Path) -> None:
    file = shop / "run/model.safetensors"
    with seqrec.load(file, unknown_items="error") as strict:
        with pytest.raises(seqrec.UnknownItemError, match=r"histories\[1\].*: 2 \('x', 'y'\)"):
            strict.recommend([["b1"], ["x", "b1", "y"]], 3)
        with pytest.raises(seqrec.UnknownItemError, match=r"candidates.*'z'"):
            strict.recommend([["b1"]], 3, candidates=["z"])
        with pytest.raises(seqrec.UnknownItemError, match="the item.*'z'"):
            strict.session(["b1"]).append("z")
    with seqrec.load(file, unknown_users="error") as strict:
        with pytest.raises(seqrec.UnknownUserError, match=r'histories\[0\] \(user .nobody.\): unknown user "nobody"'):
            strict.recommend([["b1"]], 3, users=["nobody"])
        assert len(strict.recommend([["b1"]], 3)) == 1
    with seqrec.load(file, empty_history="none") as lenient:
        assert list(map(len, lenient.recommend([["b1"], [], ["?"]], 3))) == [3, 0, 0]
        assert lenient.session().recommend(3) == []
    with seqrec.load(file, empty_history="model") as lenient:
        assert list(map(len, lenient.recommend([["b1"], [], ["?"]], 3))) == [3, 3, 3]


def test_integers_are_tokens(shan: seqrec.Model, tmp_path: Path) -> None:
    data = {"user_id": [1, 1, 1, 2, 2, 2], "item_id": [7, 8, 9, 8, 9, 7]}
    run = seqrec.fit(data, "Pop", out=tmp_path / "run")
    assert sorted(run.model.items) == ["7", "8", "9"]
    assert run.model.recommend([[7, "8"]], 3)[0] == run.model.recommend([["7", "8"]], 3)[0]
    assert run.model.knows(7) and not run.model.knows(1)


def test_sessions(shan: seqrec.Model) -> None:
    history = list(shan.items[:6])
    session = shan.session(history[:3])
    for item in history[3:]:
        session.append(item)
    assert session.recommend(5) == shan.recommend([history], 5)[0]
    assert session.score(history).tolist() == shan.score([history], history).tolist()[0]
    assert session.vector().tolist() == shan.vectors([history]).tolist()[0]
    own = shan.session(None, user="u7")
    assert own.recommend(5) == shan.recommend(users=["u7"], k=5)[0]
    with own:
        pass
    with pytest.raises(seqrec.ClosedError, match="session"):
        own.recommend(5)
    with pytest.raises(seqrec.EmptyHistoryError):
        shan.session().recommend(5)


def test_vectors_make_the_scores(shan: seqrec.Model) -> None:
    vectors, items = shan.vectors([["b1", "b2"]]), shan.item_vectors()
    assert vectors.shape == (1, items.shape[1]) and items.shape == (shan.n_items, 64)
    (vector,), rows = vectors.tolist(), items.tolist()
    one = shan.recommend([["b1", "b2"]], 1)[0][0]
    row = rows[shan.item_id(one.item) - 1]
    assert math.fsum(a * b for a, b in zip(vector, row)) == pytest.approx(one.score, rel=1e-4)


def test_scores(shan: seqrec.Model) -> None:
    scores: Any = shan.score([["b1"], ["b2", "b3"]], ["b4", "nothing", "b5"])
    assert scores.shape == (2, 3) and math.isnan(scores.tolist()[0][1])
    best = {one.item: one.score for one in shan.recommend([["b2", "b3"]], shan.n_items)[0]}
    assert scores.tolist()[1][2] == pytest.approx(best["b5"])
    assert shan.score([["b1"]], []).tolist() in ([], [[]])  # a memoryview of no number has one dimension


def test_parameters(shan: seqrec.Model) -> None:
    parameters = shan.parameters()
    table = parameters["item_embedding.weight"]
    assert table.shape == (shan.n_items + 1, 64)
    assert table.tolist()[1:] == shan.item_vectors().tolist()
    assert not any(name.startswith("vocabulary") for name in parameters)
    assert shan.config["embedding_size"] == 64


def test_narrow_tables() -> None:
    def table(file: str) -> tuple[list[list[float]], list[float]]:
        parameters = seqrec.load(FILES / file).parameters()
        scale = parameters.get("item_embedding.weight.scale")
        return parameters["item_embedding.weight"].tolist(), scale.tolist() if scale is not None else []

    rows, scales = table("format_2/SHAN.safetensors")  # int8
    whole, _ = table("format_1/SHAN.safetensors")
    for row, scale, expected in zip(rows, scales, whole):
        assert [value * scale for value in row] == pytest.approx(expected, abs=0.51 * scale)
    for name in ("Caser", "SRGNN"):  # halves
        rows, scales = table(f"format_2/{name}.safetensors")
        whole, _ = table(f"format_1/{name}.safetensors")
        assert not scales and rows != whole
        for row, expected in zip(rows, whole):
            assert row == pytest.approx(expected, rel=1 / 256)


def test_other_bytes_than_utf8(tmp_path: Path) -> None:
    odd = b"caf\xe9".decode("utf-8", "surrogateescape")
    data = {"user_id": ["u", "u", "u", "v", "v", "v"], "item_id": [odd, "ü", "🎈", "ü", odd, "🎈"]}
    model = seqrec.fit(data, "Pop", out=tmp_path / "run").model
    assert set(model.items) == {odd, "ü", "🎈"}
    assert model.recommend([[odd]], 3).unknown_items == [0]


def test_answers_outlive_the_model(shop: Path) -> None:
    with seqrec.load(shop / "run") as model:
        got = model.recommend([["b1"]], 2)
        session = model.session(["b1"])
    assert len(got[0]) == 2 and got[0][0].title
    for ask in (
        lambda: model.recommend([["b1"]], 2),
        lambda: model.items,
        lambda: model.item_vectors(),
        lambda: model.score([["b1"]], ["b1"]),
        lambda: model.parameters(),
        lambda: model.session(["b1"]),
        lambda: session.recommend(2),
        lambda: session.append("b2"),
    ):
        with pytest.raises(seqrec.ClosedError, match="closed"):
            ask()
    model.close()
    assert repr(model).endswith("closed>") and model.name == "SHAN"
