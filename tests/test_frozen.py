"""Another engine's results for random graphs, frozen as data (`tests/frozen/make_random_graphs.py`)."""

import json
from pathlib import Path
from typing import Any

import pytest

from microgradnn import Value, jvp
from tests.graphs import run

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("frozen").joinpath("random_graphs.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"seed{case['seed']}")
def test_both_modes_agree_with_pytorch(case: dict[str, Any]) -> None:
    leaves = [Value(x) for x in case["leaves"]]
    root = run(case["program"], leaves)
    root.backward()
    # Both engines round at every step; the graphs amplify that by up to some thousands.
    scale = max(1.0, *(abs(x) for x in case["grads"] if x == x))
    close = lambda x: pytest.approx(x, rel=1e-9, abs=1e-12 * scale, nan_ok=True)
    assert root.data == close(case["value"])
    assert [leaf.grad for leaf in leaves] == close(case["grads"])
    for k, expected in enumerate(case["grads"]):
        before, x, after = case["leaves"][:k], case["leaves"][k], case["leaves"][k + 1 :]
        _, slope = jvp(lambda t, b=before, a=after: run(case["program"], [*b, t, *a]), (x,), (1.0,))
        assert slope == close(expected)
