"""Whatever is wrong is told, as an exception that says what was expected."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import FILES

import seqrec
from seqrec import _library, _program


@pytest.mark.parametrize(
    ("histories", "text"),
    [
        (["b1", "b2"], r"histories\[0\] is the text 'b1', expected a list of tokens: \['b1'\]"),
        ("b1", "histories is the text 'b1', expected a list of histories"),
        ([[1.0]], r"histories\[0\]\[0\] is 1.0 \(float\), expected a token.*Int64"),
        ([["b1", float("nan")]], r"histories\[0\]\[1\] is nan .*missing"),
        ([["b1"], [None]], r"histories\[1\]\[0\] is None"),
        ([[True]], r"True \(bool\)"),
        ([[b"b1"]], r"\(bytes\)"),
        ([["b\0"]], "character 0"),
        ([7], r"histories\[0\] is 7 \(int\), expected a list"),
        (7, r"histories is 7 \(int\), expected a list of histories"),
        (None, "whom"),
    ],
)
def test_histories(shan: seqrec.Model, histories: Any, text: str) -> None:
    with pytest.raises(seqrec.UsageError, match=text):
        shan.recommend(histories, 3)


@pytest.mark.parametrize("k", [0, -1, 1.5, "3", True, None])
def test_k(shan: seqrec.Model, k: Any) -> None:
    with pytest.raises(seqrec.UsageError, match="k is .*expected a number of items from 1 on"):
        shan.recommend([["b1"]], k)
    with pytest.raises(seqrec.UsageError, match="k is"):
        shan.session(["b1"]).recommend(k)


def test_other_arguments(shan: seqrec.Model) -> None:
    for name in ("exclude", "candidates"):
        with pytest.raises(seqrec.UsageError, match=f"{name} is the text 'b1', expected a list"):
            shan.recommend([["b1"]], 3, **{name: "b1"})
        with pytest.raises(seqrec.UsageError, match=rf"{name}\[0\] is None"):
            shan.recommend([["b1"]], 3, **{name: [None]})
    with pytest.raises(seqrec.UsageError, match="2 histories of 1 users"):
        shan.recommend([["b1"], ["b2"]], 3, users=["u1"])
    with pytest.raises(seqrec.UsageError, match="the user of users"):
        shan.recommend(users=[1.5], k=3)
    with pytest.raises(seqrec.UsageError, match="the item is 2.5"):
        shan.knows(2.5)  # type: ignore[arg-type]
    with pytest.raises(seqrec.UnknownItemError, match="'nothing'"):
        shan.title("nothing")
    for name in ("unknown_items", "unknown_users", "empty_history"):
        with pytest.raises(seqrec.UsageError, match=f"{name} is 'maybe', expected one of 'skip'|'mean'|'error'"):
            seqrec.load(FILES / "format_1/SHAN.safetensors", **{name: "maybe"})


def test_one_of_many(shan: seqrec.Model) -> None:
    with pytest.raises(seqrec.EmptyHistoryError, match=r"^histories\[1100\]: "):
        shan.recommend([["b1"]] * 1100 + [["nothing"]], 3)
    with pytest.raises(seqrec.EmptyHistoryError, match=r"^histories\[1\]: "):
        shan.score([["b1"], []], ["b1"])


def test_files(tmp_path: Path, shop: Path) -> None:
    with pytest.raises(seqrec.FileError, match="absent"):
        seqrec.load(tmp_path / "absent")
    with pytest.raises(seqrec.FileError, match="model.safetensors"):
        seqrec.load(tmp_path)
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"no model at all")
    with pytest.raises(seqrec.FileError, match="bad.safetensors"):
        seqrec.load(bad)
    damaged = bytearray((shop / "run/model.safetensors").read_bytes())
    damaged[-1] ^= 1
    bad.write_bytes(damaged)
    with pytest.raises(OSError, match="bad.safetensors"):  # what Python has for it
        seqrec.load(bad)
    shutil.copy(shop / "run/model.safetensors", bad)
    with pytest.raises(seqrec.FileError, match="histories.safetensors is not there"):
        seqrec.load(bad, histories=True)
    model = seqrec.load(bad)
    assert not model.has_histories
    with pytest.raises(seqrec.UsageError, match="histories file"):
        model.recommend(users=["u1"], k=3)
    shutil.copy(FILES / "format_1/SHAN.safetensors", tmp_path / "other")
    (tmp_path / "other").replace(bad)
    assert len(model.recommend([["b1"]], 3)[0]) == 3
    with pytest.raises(seqrec.FileError, match="load it again"):
        model.parameters()


def test_what_a_model_has_not() -> None:
    pop = seqrec.load(FILES / "format_1/Pop.safetensors")
    with pytest.raises(seqrec.UnsupportedError, match="Pop"):
        pop.item_vectors()
    with pytest.raises(seqrec.UnsupportedError, match="Pop"):
        pop.vectors([["i1"]])
    dien = seqrec.load(FILES / "format_1/DIEN.safetensors")
    with pytest.raises(seqrec.UnsupportedError, match="DIEN"):
        dien.vectors([["i1"]])


def test_libraries(tmp_path: Path) -> None:
    with pytest.raises(seqrec.LibraryError, match="is not there.*install it again"):
        _library.Library(tmp_path / "libseqrec.so.1")
    broken = tmp_path / "broken.so"
    broken.write_bytes(b"\x7fELF")
    with pytest.raises(seqrec.LibraryError, match="can't be loaded"):
        _library.Library(broken)
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler, which makes libraries of other versions")
    for code, text in (
        ("unsigned seqrec_abi_version(void) { return 2; }", "has version 2 of the C interface, this package speaks version 1"),
        ("int other(void) { return 0; }", "is not libseqrec"),
    ):
        source = tmp_path / "library.c"
        source.write_text(code)
        library = tmp_path / f"{abs(hash(code))}.so"
        subprocess.run([compiler, "-shared", "-fPIC", str(source), "-o", str(library)], check=True)
        with pytest.raises(ImportError, match=text):
            _library.Library(library)


def test_the_program_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_program, "_FILE", tmp_path / "seqrec")
    with pytest.raises(seqrec.LibraryError, match="is not there"):
        seqrec.fit({"user_id": [1, 1, 1], "item_id": [1, 2, 3]}, "Pop", out=tmp_path / "run")
