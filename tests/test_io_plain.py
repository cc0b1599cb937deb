"""Plain data come back bit for bit, and what has no place in a file is named."""

import math
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from microgradnn.errors import FileError, Misuse
from microgradnn.io import files, plain
from tests.bits import bits

KEYS = st.text() | st.integers() | st.tuples(st.integers(), st.text())
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(KEYS, inner),
    max_leaves=20,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@settings(deadline=None)
@given(PLAIN)
@example([-0.0, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, math.nan, -math.nan, 0.1, 2**53 + 1])
@example([struct.unpack(">d", bytes.fromhex("7ff8000000000123"))[0]])
@example({"$tuple": [1], "$": {"$bits": "x"}, "": ((), [], {})})
@example(["\ud800", "\x00", "\u202e", "é"])
def test_plain_data_come_back_bit_for_bit(folder: Path, x: Any) -> None:
    path = folder / "plain.json"
    files.write(path, plain.encode(x, "x"))
    assert bits(plain.decode(files.read(path))) == bits(x)


def test_numbers_of_arrays_become_plain() -> None:
    np = pytest.importorskip("numpy")
    x = plain.encode([np.float64(0.1), np.float32(0.5), np.int64(3)], "x")
    assert bits(x) == bits([0.1, 0.5, 3])


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ({"a": [1, {2}]}, r"extra\['a'\]\[1\] is one set"),
        ([object()], r"extra\[0\] is one object"),
        (2**5000, "integer of 5001 bits"),
        ({b"a": 1}, "extra is one bytes"),
        (1j, "one complex"),
    ],
)
def test_what_has_no_place_in_a_file_is_named(x: Any, words: str) -> None:
    with pytest.raises(Misuse, match=words):
        plain.encode(x, "extra")


def test_endless_data_are_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(Misuse, match="nested more than 50 deep"):
        plain.encode(endless, "extra")


@pytest.mark.parametrize(
    "x",
    [
        {"$set": [1]},
        {"$tuple": [1], "more": 1},
        {"$tuple": 1},
        {"$bits": "3ff0000000000000"},  # 1.0, which has a JSON number
        {"$bits": "7ff0"},
        {"$bits": "no bits"},
        {"$bits": 1},
        {"$dict": [[1]]},
        {"$dict": [1]},
        {"$dict": [[[1], 2]]},
        {"$dict": [[1, 2], [1, 3]]},
    ],
)
def test_marks_that_were_never_written_are_refused(x: Any) -> None:
    with pytest.raises(FileError):
        plain.decode([x])
