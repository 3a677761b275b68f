"""Data frames and arrays, of whoever uses them."""

from __future__ import annotations

import datetime
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

import seqrec

Frame = Callable[[dict[str, list[Any]]], Any]


@pytest.fixture(params=["pandas", "polars"])
def frame(request: pytest.FixtureRequest) -> Frame:
    make: Frame = pytest.importorskip(request.param).DataFrame
    return make


def columns(frame: Any) -> dict[str, list[Any]]:
    """What a frame holds."""
    return {name: list(frame[name].to_list()) for name in frame.columns}


def test_a_frame_is_answered_by_a_frame(shan: seqrec.Model, frame: Frame) -> None:
    data = frame({"user_id": ["u1", "u2", "u1"], "item_id": ["b3", "b2", "b1"], "timestamp": [2.0, 1.0, 1.0]})
    got = shan.recommend(data, 2)
    assert type(got) is type(data)
    expected = shan.recommend([["b1", "b3"], ["b2"]], 2, users=["u1", "u2"])
    assert columns(got) == expected.columns()
    assert list(got.columns) == ["user_id", "item_id", "score", "rank", "title"]
    unordered = shan.recommend(data[["user_id", "item_id"]], 2)
    assert columns(unordered) == shan.recommend([["b3", "b1"], ["b2"]], 2, users=["u1", "u2"]).columns()
    named = shan.recommend(frame({"who": ["u1"], "what": ["b3"]}), 2, user_id="who", item_id="what")
    assert list(named.columns)[:2] == ["who", "what"]


def test_integers_stay_integers(frame: Frame, tmp_path: Path) -> None:
    data = frame({"user_id": [1, 1, 1, 2, 2, 2], "item_id": [7, 8, 9, 8, 9, 7], "timestamp": [1, 2, 3, 1, 2, 3]})
    run = seqrec.fit(data, "Pop", out=tmp_path / "run")
    got = run.model.recommend(data, 3)
    assert set(columns(got)["item_id"]) == {7, 8, 9} and set(columns(got)["user_id"]) == {1, 2}
    users = data["user_id"].unique()
    known = run.recommend(users, 1, filter_viewed=False)
    assert len(known) == 2


def test_columns_of_users(shan: seqrec.Model, frame: Frame) -> None:
    users = frame({"user": ["u1", "u7"]})["user"]
    got = shan.recommend(users=users, k=3)
    assert columns(got) == shan.recommend(users=["u1", "u7"], k=3).columns()
    assert set(shan.recommend(users=users, k=3, candidates=frame({"x": ["b1", "b2"]})["x"])["item_id"]) == {"b1", "b2"}


def test_bad_frames(shan: seqrec.Model, frame: Frame) -> None:
    with pytest.raises(seqrec.UsageError, match=r"no column 'user_id' \(user_id=... names another one\); there are 'uid'"):
        shan.recommend(frame({"uid": ["u"], "item_id": ["b1"]}), 3)
    with pytest.raises(seqrec.UsageError, match=r"no column 'when' \(timestamp="):
        shan.recommend(frame({"user_id": ["u"], "item_id": ["b1"]}), 3, timestamp="when")
    with pytest.raises(seqrec.UsageError, match="row 1 .*timestamp is missing"):
        shan.recommend(frame({"user_id": ["u", "u"], "item_id": ["b1", "b2"], "timestamp": [1.0, None]}), 3)
    with pytest.raises(seqrec.UsageError, match="float"):
        shan.recommend(frame({"user_id": ["u", "u"], "item_id": [1.0, None]}), 3)
    with pytest.raises(seqrec.UsageError, match="users can't be given beside a frame"):
        shan.recommend(frame({"user_id": ["u"], "item_id": ["b1"]}), 3, users=["u"])
    with pytest.raises(seqrec.EmptyHistoryError, match=r"\(user 'u1'\)"):
        shan.recommend(frame({"user_id": ["u1"], "item_id": [7]}), 3)
    lenient = seqrec.load(shan.path, empty_history="model")
    with pytest.raises(seqrec.UsageError, match="holds integers, but the model's items are texts"):
        lenient.recommend(frame({"user_id": ["u1"], "item_id": [7]}), 3)


def test_answers_as_frames(shan: seqrec.Model, frame: Frame) -> None:
    got = shan.recommend([["b1"], ["b2"]], 2)
    made = got.to_pandas() if frame({}).__class__.__module__.startswith("pandas") else got.to_polars()
    assert columns(made) == got.columns()
    assert columns(made)["row"] == [0, 0, 1, 1]


def test_times_and_types_of_frames(frame: Frame, tmp_path: Path) -> None:
    when = [datetime.datetime(2020, 1, 1, 0, 0, second, microsecond) for second, microsecond in ((2, 0), (1, 500), (1, 400))]
    data = frame({"user_id": ["u"] * 3 + ["v"] * 3, "item_id": ["c", "b", "a"] * 2, "timestamp": when * 2})
    items = frame({"item_id": ["a", "b", "c"], "title": ["A\tB", '"Q" R', None], "price": [1.5, 2.0, None]})
    run = seqrec.fit(data, "Markov", out=tmp_path / "run", items=items)
    assert [run.model.title(item) for item in "abc"] == ["A\tB", '"Q" R', ""]
    own = run.model.recommend(users=["u"], k=1, candidates=["c"])
    assert own == run.model.recommend([["a", "b", "c"]], 1, candidates=["c"]) or own[0] == run.model.recommend(
        [["a", "b", "c"]], 1, candidates=["c"]
    )[0]
    atomic = (tmp_path / "run.data/data/data.inter").read_text().splitlines()
    assert atomic[0] == "user_id:token\titem_id:token\ttimestamp:float"
    assert atomic[1].startswith("u\tc\t2020-01-01T00:00:02")


def test_numpy(shan: seqrec.Model, tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    items = shan.item_vectors()
    assert isinstance(items, numpy.ndarray) and items.dtype == numpy.float32 and items.flags.c_contiguous
    vectors = shan.vectors([["b1", "b2"]])
    scores = numpy.asarray(items) @ numpy.asarray(vectors)[0]
    best = shan.recommend([["b1", "b2"]], 5)
    assert isinstance(best.ids, numpy.ndarray) and best.ids.dtype == numpy.int32 and best.scores.dtype == numpy.float64
    assert scores[numpy.asarray(best.ids)[0] - 1] == pytest.approx(numpy.asarray(best.scores)[0], rel=1e-4)
    assert best[0] == shan.recommend(numpy.array([["b1", "b2"]]), 5)[0]
    run = seqrec.fit({"user_id": numpy.repeat([1, 2], 3), "item_id": numpy.array([7, 8, 9, 8, 9, 7])}, "Pop", out=tmp_path / "r")
    assert run.model.recommend(numpy.array([[7, 8], [9, 7]]), 2)[0] == run.model.recommend([[7, 8]], 2)[0]
    assert len(run.recommend(numpy.array([1, 2]), 2)) == 2


def test_nothing_else_is_imported(shop: Path) -> None:
    """Who uses no NumPy gets memoryviews, and none of these libraries is loaded."""
    code = """
import sys, seqrec
model = seqrec.load(sys.argv[1])
answers = model.recommend([["b1"], ["b2"]], 3)
vectors = model.item_vectors()
assert type(vectors) is memoryview and vectors.shape == (model.n_items, 64) and vectors[0, 0] == vectors.tolist()[0][0]
assert answers.scores.shape == (2, 3) and model.parameters()
print(sorted({"numpy", "pandas", "polars", "pyarrow", "IPython"} & set(sys.modules)))
"""
    out = subprocess.run([sys.executable, "-c", code, str(shop / "run")], stdout=subprocess.PIPE, encoding="utf-8")
    assert (out.returncode, out.stdout) == (0, "[]\n")
