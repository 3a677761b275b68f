"""The notebook runs from top to bottom, in a kernel of its own."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_the_notebook(tmp_path: Path) -> None:
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("pandas")
    notebook = nbformat.read(Path(__file__).parents[1] / "shop.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    text = "".join(str(output.get("text", output.get("data", {}).get("text/plain", ""))) for output in outputs)
    assert "<seqrec.Run shan, test hit@10" in text and "epoch 10/10" in text and "b - a" in text
