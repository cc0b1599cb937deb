"""The digits are scikit-learn's, and their absence names the extra that brings them."""

import sys
import types

import pytest

from microgradnn import data
from microgradnn.errors import MissingLibrary


def test_digits_are_scikit_learns() -> None:
    pytest.importorskip("sklearn")
    X, Y = data.digits()
    assert (len(X), len(X[0]), len(Y[0])) == (1797, 64, 10)  # the data set's own description
    assert (min(map(min, X)), max(map(max, X))) == (0.0, 1.0)


def test_digits_become_rows_and_unit_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    bunch = types.SimpleNamespace(data=[[0.0, 4.0, 16.0], [8.0, 0.0, 0.0]], target=[3, 0])
    package, module = types.ModuleType("sklearn"), types.ModuleType("sklearn.datasets")
    module.load_digits = lambda: bunch  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sklearn", package)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", module)
    X, Y = data.digits()
    assert X == [[0.0, 0.25, 1.0], [0.5, 0.0, 0.0]]
    assert [[float(j == 3) for j in range(10)], [float(j == 0) for j in range(10)]] == Y


def test_digits_without_scikit_learn_name_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingLibrary, match=r"pip install 'microgradnn\[digits\]'"):
        data.digits()
