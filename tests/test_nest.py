"""Nestings: what is taken apart comes back, and every leaf can be named."""

from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradnn.errors import ShapeError
from microgradnn.nest import flatten, match, paths, same_nesting


class Point(NamedTuple):
    x: Any
    y: Any


NESTINGS = st.recursive(
    st.floats(allow_nan=False) | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text(), inner)
        | st.builds(Point, inner, inner)
    ),
)


@given(NESTINGS)
def test_what_is_taken_apart_comes_back(nested: Any) -> None:
    leaves, rebuild = flatten(nested)
    again = rebuild(leaves)
    assert again == nested
    assert type(again) is type(nested)
    assert len(paths(nested, "x")) == len(leaves)
    assert match(nested, nested) == leaves


def test_leaves_are_read_depth_first_in_insertion_order() -> None:
    leaves, rebuild = flatten({"w": [[1, 2], (3,)], "a": 4, "empty": [], "p": Point(5, [6])})
    assert leaves == [1, 2, 3, 4, 5, 6]
    new = rebuild("uvwxyz")
    assert new == {"w": [["u", "v"], ("w",)], "a": "x", "empty": [], "p": Point("y", ["z"])}
    assert isinstance(new["p"], Point)


def test_a_leaf_is_a_nesting() -> None:
    leaves, rebuild = flatten(2.5)
    assert leaves == [2.5]
    assert rebuild([7]) == 7
    assert flatten([])[1]([]) == []


def test_a_list_that_is_used_twice_is_no_cycle() -> None:
    row = [1, 2]
    leaves, rebuild = flatten([row, row])
    assert leaves == [1, 2, 1, 2]
    assert rebuild([5, 6, 7, 8]) == [[5, 6], [7, 8]]


def test_a_list_in_itself_is_refused() -> None:
    endless: list[Any] = [1]
    endless.append({"again": endless})
    with pytest.raises(ShapeError, match="contains itself"):
        flatten(endless)


def test_depth_is_no_obstacle() -> None:
    nested: Any = 1.0
    for _ in range(100_000):
        nested = [nested]
    leaves, rebuild = flatten(nested)
    assert leaves == [1.0]
    again, depth = rebuild([2.0]), 0
    while isinstance(again, list):
        again, depth = again[0], depth + 1
    assert (again, depth) == (2.0, 100_000)
    assert match(nested, nested) == [1.0]


def test_wrong_number_of_leaves() -> None:
    _, rebuild = flatten([1, [2, 3]])
    with pytest.raises(ShapeError, match="3 leaves, and 2"):
        rebuild([1, 2])


@pytest.mark.parametrize(
    ("nested", "name", "expected"),
    [
        ([[1, 2], [3]], "w", ["w[0][0]", "w[0][1]", "w[1][0]"]),
        (1.0, "b", ["b"]),
        (
            {"weights": [1, 2], "two words": 3, 4: 5},
            "m",
            ["m.weights[0]", "m.weights[1]", "m['two words']", "m[4]"],
        ),
        ({"w": [1], "b": 2}, "", ["w[0]", "b"]),
        (Point(1, (2,)), "p", ["p.x", "p.y[0]"]),
    ],
)
def test_paths(nested: Any, name: str, expected: list[str]) -> None:
    assert paths(nested, name) == expected


def test_match_takes_lists_for_tuples_and_keys_in_any_order() -> None:
    assert match({"w": [1, 2], "b": 0}, {"b": "B", "w": ("U", "V")}) == ["U", "V", "B"]


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ([[1, 2], [3, 4]], [[1, 2], [3]], r"w\[1\] has length 1; 2 expected"),
        ([1, [2]], [1, 2], r"w\[1\] is a number; a list of length 1 expected"),
        ([1, 2], [1, (2, 3)], r"w\[1\] is a tuple of length 2; a number expected"),
        ({"a": 1}, [1], r"w is a list of length 1; a dict with the keys 'a' expected"),
        ([1], {"a": 1}, r"w is a dict with the keys 'a'; a list of length 1 expected"),
        ({"a": 1, "b": 2}, {"a": 1}, r"w lacks 'b'; a dict with the keys 'a', 'b' expected"),
        ({"a": 1}, {"a": 1, "c": 2}, r"w has 'c'; a dict with the keys 'a' expected"),
        ({"a": 1}, {"c": 1}, r"w lacks 'a' and has 'c'"),
        ({}, {"c": 1}, r"w has 'c'; an empty dict expected"),
        ([[1]], [None], r"w\[0\] is nothing \(None\); a list of length 1 expected"),
        ([[1]], ["text"], r"w\[0\] is one str; a list of length 1 expected"),
        (dict.fromkeys(range(9), 1), {}, r"lacks 0; a dict with the keys 0, 1, 2, 3, 4, 5, … expected"),
    ],
)
def test_the_first_difference_is_named(a: Any, b: Any, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        same_nesting(a, b, "w")


def test_without_a_name_the_difference_is_still_placed() -> None:
    with pytest.raises(ShapeError, match=r"^w\[0\] has length 1; 2 by the model$"):
        same_nesting({"w": [[1, 2]]}, {"w": [[1]]}, expected="by the model")
    with pytest.raises(ShapeError, match=r"^the nesting is a number"):
        same_nesting([1], 1)


def test_other_containers_are_leaves() -> None:
    # Arrays, strings and other sequences are leaves: only lists, tuples and dicts are taken apart.
    leaves, _ = flatten(["ab", b"cd", range(3), {1, 2}])
    assert leaves == ["ab", b"cd", range(3), {1, 2}]
