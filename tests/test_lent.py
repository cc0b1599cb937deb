"""Leaves that have lent their numbers to an array are leaves like others."""

import copy
import pickle

import numpy as np
import pytest

from microgradnn import Value
from microgradnn.errors import Misuse
from microgradnn.lent import Lent, lend


def leaves() -> list[Value]:
    return [Value(2.0, label="a"), Value(3.0, label="b")]


def test_the_number_is_in_the_array() -> None:
    a, b = leaves()
    ledger = lend([a, b], np.zeros(2))
    assert ledger.numbers.tolist() == [2.0, 3.0]
    ledger.numbers[1] = 5.0
    a.data = 7
    assert (a.data, b.data, (a * b).data) == (7.0, 5.0, 35.0)
    assert ledger.numbers.tolist() == [7.0, 5.0]
    assert repr(b) == "Value(data=5.0, label='b')"
    assert lend([a, b], np.zeros(2)) is ledger


def test_a_graph_from_before_the_numbers_moved_is_stale() -> None:
    a, b = leaves()
    ledger = lend([a, b], np.zeros(2))
    loss = a * b
    loss.backward()
    assert (a.grad, b.grad) == (3.0, 2.0)
    again = a * b
    ledger.numbers[0] = 4.0
    ledger.moved()
    with pytest.raises(Misuse, match="was changed after"):
        again.backward()
    with pytest.raises(Misuse, match="zero_grad"):
        (a * b).backward()


def test_copies_and_files_have_their_own_numbers() -> None:
    a, b = leaves()
    ledger = lend([a, b], np.zeros(2))
    for twin in (
        copy.copy(a),
        copy.deepcopy(a),
        pickle.loads(pickle.dumps(a)),
        pickle.loads(pickle.dumps(a * b)).args[0],
    ):
        assert type(twin) is Value
        assert (twin.data, twin.label) == (2.0, "a")
    ledger.numbers[0] = 9.0
    assert copy.deepcopy(a * 1.0).args[0].data == 9.0


def test_frozen_and_thawed_it_keeps_its_number_itself() -> None:
    a, b = leaves()
    ledger = lend([a, b], np.zeros(2))
    a.frozen = True
    ledger.numbers[0] = 9.0
    assert (a.data, a.frozen) == (2.0, True)
    a.frozen = False
    assert type(a) is Value
    assert type(b) is Lent
    assert lend([a, b], np.zeros(2)).numbers.tolist() == [2.0, 3.0]
