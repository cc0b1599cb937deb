"""A slice of the soak (python -m tests.soak has the whole): memory stays flat, and where it does not that is seen."""

from typing import Any

import pytest

from microgradnn import compile
from microgradnn.compiler.installed import installed
from tests.soak import ARRAYS, PYTHON, Graphs, Training, soak

MOST = {"numpy": ARRAYS, "native": PYTHON}
COUNTS = {"numpy": (200, 10)} | ({"native": (1200, 25)} if installed() else {})


@pytest.mark.parametrize("backend", COUNTS)
def test_steps_of_training(backend: str) -> None:
    assert soak(Training(backend).go, COUNTS[backend][0], f"steps of training ({backend})", MOST[backend])


@pytest.mark.parametrize("backend", COUNTS)
def test_different_graphs(backend: str) -> None:
    graphs = Graphs(backend)
    assert soak(lambda k: graphs.go(k % 5), COUNTS[backend][1], f"graphs ({backend})", MOST[backend])


def test_what_is_kept_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    kept: list[Any] = []

    def leaking(k: int) -> None:
        f = compile(lambda x: x * k, backend="numpy")
        f(1.0)
        kept.append((f, bytes(PYTHON // 10)))

    assert not soak(leaking, 20, "functions that are kept")
    assert "IT GROWS" in capsys.readouterr().out
