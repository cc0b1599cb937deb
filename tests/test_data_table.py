"""Tables of numbers are read to the last bit, and what is wrong with one is said by line and column."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradnn import data
from microgradnn.errors import DataError, SettingError


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Any]:
    def write(text: str | bytes) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write  # type: ignore[return-value]


def test_a_table_with_and_without_a_header(table: Any) -> None:
    expected = ([[1.0, -2.5], [0.5, 3000.0]], [0.0, 1.0])
    assert data.read_csv(table("1,-2.5,0\n.5,3e3,1\n")) == expected
    assert data.read_csv(table("a,b,label\r\n1, -2.5 ,0\r\n\r\n.5,3e3,1")) == expected
    assert data.read_csv(table("\ufeffa,b,label\n1,-2.5,0\n.5,3e3,1")) == expected
    assert data.read_csv(table('1;"-2.5";0\n.5;3e3;1\n'), delimiter=";", header=False) == expected
    assert data.read_csv(table("2020,2021,2022\n1,-2.5,0\n.5,3e3,1\n"), header=True) == expected


def test_the_target_has_a_place_or_a_name(table: Any) -> None:
    path = table("x,y,z\n1,2,3\n4,5,6\n")
    assert data.read_csv(path, target="y") == ([[1.0, 3.0], [4.0, 6.0]], [2.0, 5.0])
    assert data.read_csv(path, target=0) == ([[2.0, 3.0], [5.0, 6.0]], [1.0, 4.0])
    assert data.read_csv(path, target=["z", 0]) == ([[2.0], [5.0]], [[3.0, 1.0], [6.0, 4.0]])


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("1,2\n3,nan\n", {}, "line 2, column 2: 'nan'; a finite number is expected"),
        ("1,2\n3,inf\n", {}, "line 2, column 2: 'inf'"),
        ("1,2\n3,1e999\n", {}, "line 2, column 2: '1e999'"),
        ("a,b\n\n1,2\n3,\n", {}, r"line 4, column 2 \(b\): nothing; a finite"),
        ("1,2\n3,four\n", {}, "line 2, column 2: 'four'"),
        ("1,2\n3,1_000\n", {}, "'1_000'"),
        ("1,2\n3,\u0664\n", {}, "column 2: '\u0664'"),
        ("1,2\n3," + "4." * 50 + "\n", {}, "'4.4.*…'"),
        (
            "1,two\n3,4\n",
            {},
            "line 1, column 2: 'two'",
        ),  # half a header is none: nothing is dropped in silence
        ("nan,nan\n3,4\n", {}, "line 1, column 1: 'nan'"),
        ("a,b\n1,2\n", {"header": False}, "line 1, column 1: 'a'"),
        ("1,2\n3,4,5\n", {}, "line 2 has 3 columns; the first line has 2"),
        ("1,2\n3\n", {}, "line 2 has 1 columns"),
        ("", {}, "is empty"),
        ("\n \n", {}, "is empty"),
        ("a,b\n", {}, "header and no rows"),
        ("1\n2\n", {}, "no column left"),
        ("1;2\n3;4\n", {}, "divided by ','.*delimiter=';'"),
        ("1,2\n", {"target": 2}, "no column 2; it has 2"),
        ("1,2\n", {"target": "b"}, "no header, so there is no column 'b'"),
        ("a,b\n1,2\n", {"target": "c"}, "no column 'c'; it has 'a', 'b'"),
        ("a,a,b\n1,2,3\n", {"target": "a"}, "several columns 'a'"),
        ('1,2\n3,"4\n', {}, "line 2: .*; repair the quoting"),
        (b"1,2\n3,\xff\n", {}, "no UTF-8"),
    ],
)
def test_wrong_tables_say_where(table: Any, text: str | bytes, options: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        data.read_csv(table(text), **options)


@pytest.mark.parametrize(
    "options",
    [{"delimiter": ""}, {"delimiter": ", "}, {"delimiter": '"'}, {"delimiter": 3}]
    + [{"target": target} for target in ([], [0, 0], [0, -2], [1.0], True)],
)
def test_wrong_settings_of_a_table(table: Any, options: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        data.read_csv(table("1,2\n3,4\n"), **options)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.csv", tmp_path, "with\0nul"):
        with pytest.raises(DataError, match="cannot be read"):
            data.read_csv(path)


@settings(deadline=None)
@given(st.lists(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2), min_size=1))
def test_numbers_come_back_to_the_last_bit(tmp_path_factory: pytest.TempPathFactory, rows: list[list[float]]) -> None:
    path = tmp_path_factory.mktemp("csv") / "table.csv"
    path.write_text("\n".join(f"{a!r},{b!r}" for a, b in rows))
    X, Y = data.read_csv(path)
    assert json.dumps([X, Y]) == json.dumps([[[a] for a, _ in rows], [b for _, b in rows]])
