"""The tests are of the installed wheel: whatever they need is made by the program that it carries."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import seqrec

ROOT = Path(__file__).parents[2]
FILES = ROOT / "tests/models/files"  # model files of old
MODELS = ("Caser", "DIEN", "ItemKNN", "Markov", "Pop", "S3Rec", "SHAN", "SRGNN")


def pytest_configure() -> None:
    assert ROOT not in Path(seqrec.__file__).parents or "build" in Path(seqrec.__file__).relative_to(ROOT).parts, (
        f"{seqrec.__file__} is the source, expected an installed wheel"
    )


def program(*arguments: str) -> str:
    """What the command `seqrec` prints."""
    command = Path(sys.executable).with_name("seqrec")
    return subprocess.run([str(command), *arguments], check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def answers(*arguments: str) -> list[dict[str, Any]]:
    """What `seqrec recommend` answers."""
    return [json.loads(line) for line in program("recommend", *arguments, "--format", "json").splitlines()]


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up bookshop: data/books and a run of SHAN."""
    folder = tmp_path_factory.mktemp("shop")
    program("demo", "--users", "60", "--epochs", "2", "--out", str(folder))
    return folder


@pytest.fixture(scope="session")
def shan(shop: Path) -> seqrec.Model:
    return seqrec.load(shop / "run")


@pytest.fixture(scope="session")
def interactions(shop: Path) -> dict[str, list[Any]]:
    """The shop's interactions as columns."""
    lines = (shop / "data/books/books.inter").read_text(encoding="utf-8").splitlines()
    names = [name.split(":")[0] for name in lines[0].split("\t")]
    columns = dict(zip(names, map(list, zip(*(line.split("\t") for line in lines[1:])))))
    return {
        "user_id": columns["user_id"],
        "item_id": columns["item_id"],
        "timestamp": [int(float(time)) for time in columns["timestamp"]],
    }
