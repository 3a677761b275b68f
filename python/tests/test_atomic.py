"""Frames as atomic files: what is written is what was there, or an error says which value of which row isn't."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import seqrec
from seqrec import _atomic, _frames


def written(columns: dict[str, Any], tmp_path: Path, **options: Any) -> list[str]:
    file = tmp_path / "data/data.inter"
    _atomic.write_atomic(_frames.Table(columns, "the frame"), file, **options)
    assert [path.name for path in file.parent.iterdir()] == ["data.inter"]
    return file.read_text(encoding="utf-8").split("\n")[:-1]


def test_types_are_what_values_say(tmp_path: Path) -> None:
    lines = written(
        {
            "user_id": ["a", 2, "c"],
            "rating": [1, True, 2.5],
            "age": [None, 30, 31],
            "weight": [0.1, float("nan"), 1e300],
            "words": [["x", "y"], [], None],
            "vector": [[0.5, 1], None, [2.0]],
            "title": ["A B", "", None],
            "nothing": [None, None, None],
        },
        tmp_path,
        required={"user_id"},
    )
    assert lines[0] == "\t".join(
        ["user_id:token", "rating:float", "age:token", "weight:float", "words:token_seq", "vector:float_seq", "title:token"]
        + ["nothing:token"]
    )
    assert lines[1:] == ["a\t1\t\t0.1\tx y\t0.5 1\tA B\t", "2\t1\t30\t\t\t\t\t", "c\t2.5\t31\t1e+300\t\t2.0\t\t"]


def test_names_and_types_that_are_given(tmp_path: Path) -> None:
    lines = written({"who": [1], "age": [30]}, tmp_path, required={"who"}, names={"who": "user_id"}, types={"age": "float"})
    assert lines == ["user_id:token\tage:float", "1\t30"]


def test_texts_that_look_like_something_else(tmp_path: Path) -> None:
    """The program reads what was written: tabs, quotes, spaces, words for what is missing."""
    odd = ['"', '""', 'a"b', '"a', "\t", "a\tb", " a ", "NA", "nan", "-", "0", "\\", "ä", "a:b", "\u2028", "#"]
    data = {"user_id": [f"u{i}" for i in range(3) for _ in odd], "item_id": odd * 3}
    run = seqrec.fit(data, "Pop", out=tmp_path / "run")
    assert sorted(run.model.items) == sorted(odd)


@pytest.mark.parametrize(
    ("columns", "options", "text"),
    [
        ({"a": ["x", None]}, {"required": {"a"}}, "row 1 of the frame: a is missing"),
        ({"a": ["x", ""]}, {"required": {"a"}}, "row 1 of the frame: a is missing"),
        ({"a": [1.0]}, {"required": {"a"}}, "row 0 of the frame: a is 1.0 .*Int64"),
        ({"a": ["x\ny"]}, {}, "row 0 .*line end"),
        ({"a": ["x\0y"]}, {}, "character 0"),
        ({"a": ["x", object()]}, {}, "row 1 .*expected a token"),
        ({"a": [{"x": 1}]}, {}, "expected a token"),
        ({"a": [1.5, "x"]}, {}, "row 1 .*'x', expected a finite number"),
        ({"a": [1.5, float("inf")]}, {}, "row 1 .*inf, expected a finite number"),
        ({"a": [["x y"]]}, {}, "can't be empty nor hold a space"),
        ({"a": [[1.5], 2.0]}, {}, "row 1 .*expected a list of numbers"),
        ({"a:b": [1]}, {}, "'a:b' can't be a column"),
        ({"": [1]}, {}, "can't be a column"),
        ({3: [1]}, {}, "the column 3 has no text for a name"),
        ({"a": []}, {}, "has no rows"),
        ({}, {}, "has no rows"),
        ({"a": [1], "b": [1, 2]}, {}, "different lengths: 1, 2"),
        ({"a": [1], "b": [1]}, {"names": {"a": "b"}}, "two columns would be called 'b'"),
        ({"a": [1]}, {"types": {"a": "int"}}, "types: 'a' is 'int', expected one of token, "),
        ({"a": [1]}, {"types": {"a": "float"}, "required": {"a"}}, "types: 'a' holds ids"),
    ],
)
def test_what_is_refused(columns: dict[Any, Any], options: dict[str, Any], text: str, tmp_path: Path) -> None:
    with pytest.raises(seqrec.UsageError, match=text):
        written(columns, tmp_path, **options)
    assert not list(tmp_path.rglob("data.inter*"))


def test_a_type_without_a_column(tmp_path: Path) -> None:
    with pytest.raises(seqrec.UsageError, match="types: there is no column 'agee'"):
        seqrec.fit({"user_id": [1], "item_id": [2]}, "Pop", out=tmp_path / "run", types={"agee": "float"})
