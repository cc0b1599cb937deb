"""The notebook docs/see_it.ipynb: it is what its script writes, small, and its code runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from docs import make_notebook
from docs.make_notebook import CELLS, LIMIT, PLACE

STORED = json.loads(PLACE.read_text("utf-8"))


@pytest.fixture(scope="module")
def executed() -> dict[str, Any]:
    """The notebook, executed here with a short training."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make_notebook, "CELLS", [text.replace("epochs=100", "epochs=2") for text in CELLS])
        return make_notebook.executed()


def printed(cell: dict[str, Any]) -> str:
    return "".join(text for output in cell.get("outputs", []) for text in output.get("text", []))


def shown(cell: dict[str, Any]) -> list[str]:
    return [kind for output in cell.get("outputs", []) for kind in output.get("data", [])]


def test_the_notebook_is_that_of_the_script_and_small() -> None:
    assert ["".join(cell["source"]) for cell in STORED["cells"]] == CELLS, "run python -m docs.make_notebook"
    assert PLACE.stat().st_size < LIMIT
    assert (STORED["nbformat"], STORED["nbformat_minor"]) == (4, 5)


def test_its_cells_run_and_show_what_is_stored(executed: dict[str, Any]) -> None:
    for cell, stored in zip(executed["cells"], STORED["cells"], strict=True):
        assert cell["cell_type"] == stored["cell_type"]
        assert shown(cell) == shown(stored)
        if "epochs" not in "".join(cell["source"]):
            assert printed(cell) == printed(stored), "run python -m docs.make_notebook"
    told = printed({"outputs": [output for cell in STORED["cells"] for output in cell.get("outputs", [])]})
    assert "337 parameters" in told
    assert "True True" in told  # the script has the engine's bits
    kinds = {kind for cell in STORED["cells"] for kind in shown(cell)}
    assert kinds == {"image/svg+xml", "text/latex", "text/plain"}


def test_no_path_of_a_machine_and_no_address_stands_in_it() -> None:
    text = PLACE.read_text("utf-8").replace("http://www.w3.org/", "").replace("https://github.com/karpathy/", "")
    assert "http" not in text
    assert "/tmp" not in text
    assert "/home" not in text
