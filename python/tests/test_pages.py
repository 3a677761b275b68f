"""The code of the pages runs, from top to bottom, on a made-up shop."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT


def code(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_the_code_of_the_pages_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interactions: dict[str, list[Any]]) -> None:
    pandas = pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    # Items of the shop under the tokens that the pages name.
    known = dict(zip(sorted(set(interactions["item_id"])), ["50", "181", "172"]))
    frame = pandas.DataFrame(interactions).replace({"item_id": known})
    frame.to_csv("clicks.csv", index=False)
    names: dict[str, Any] = {}
    first, second = code("docs/python.md")
    exec(first, names)
    assert names["run"].test.keys() >= {"recall@10", "mrr@10"}

    names["interactions"] = frame.rename(columns={"user_id": "visitor", "item_id": "product"})
    products = list(dict.fromkeys(frame.item_id))
    names["products"] = pandas.DataFrame({"product": products, "title": [f"title of {product}" for product in products]})
    exec(second, names)
    assert names["run"].folder == Path("runs/shan")

    readme = tmp_path / "readme"
    readme.mkdir()
    (readme / "runs").symlink_to(tmp_path / "runs")
    monkeypatch.chdir(readme)
    names["interactions"], names["users"] = frame, frame.user_id.unique()[:3]
    (block,) = code("README.md")
    exec(block, names)
