"""Functions of floats: the C library's bits inside, limits at the edges, never an exception; and what a number is."""

import math
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradnn import ieee
from microgradnn.errors import NotANumber
from microgradnn.ieee import inf, nan, number
from tests.oracle import bits

LIBRARY = ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh",
           "erf", "erfc")  # fmt: skip
ANY = st.floats() | st.sampled_from((0.0, -0.0, 1.0, -1.0, inf, -inf, nan, 5e-324, -5e-324, 1.7e308))


# ---- the C library's functions ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", LIBRARY)
@given(x=ANY)
def test_inside_the_domain_the_bits_are_the_c_librarys(name: str, x: float) -> None:
    found = getattr(ieee, name)(x)
    try:
        assert bits(found) == bits(getattr(math, name)(x))
    except (ValueError, OverflowError):
        assert not math.isfinite(found)


@pytest.mark.parametrize(
    ("name", "x", "expected"),
    [
        ("exp", 1000.0, inf), ("exp", -1000.0, 0.0), ("expm1", 800.0, inf), ("expm1", -800.0, -1.0),
        ("log", 0.0, -inf), ("log", -0.0, -inf), ("log", -1.0, nan), ("log", inf, inf), ("log", -inf, nan),
        ("log1p", -1.0, -inf), ("log1p", -2.0, nan), ("sqrt", -1.0, nan), ("sqrt", -0.0, -0.0), ("sqrt", inf, inf),
        ("sin", inf, nan), ("cos", -inf, nan), ("tan", inf, nan), ("asin", 2.0, nan), ("acos", -2.0, nan),
        ("atan", inf, math.pi / 2), ("sinh", 1000.0, inf), ("sinh", -1000.0, -inf), ("cosh", -1000.0, inf),
        ("tanh", -inf, -1.0), ("erf", inf, 1.0), ("erfc", 40.0, 0.0), ("erfc", -inf, 2.0),
    ],
)  # fmt: skip
def test_where_python_raises_there_is_the_limit(name: str, x: float, expected: float) -> None:
    assert bits(getattr(ieee, name)(x)) == bits(expected)


@given(y=ANY, x=ANY)
def test_atan2_is_the_c_librarys(y: float, x: float) -> None:
    assert bits(ieee.atan2(y, x)) == bits(math.atan2(y, x))


# ---- arithmetic ------------------------------------------------------------------------------------------


@given(a=ANY, b=ANY)
def test_division_is_that_of_the_processor(a: float, b: float) -> None:
    with np.errstate(all="ignore"):
        assert bits(ieee.divide(a, b)) == bits(float(np.float64(a) / np.float64(b)))


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (0.0, 0.0, 1.0), (nan, 0.0, 1.0), (1.0, nan, 1.0), (-2.0, 0.5, nan), (-8.0, 1 / 3, nan), (-2.0, 3.0, -8.0),
        (0.0, -1.0, inf), (-0.0, -1.0, -inf), (-0.0, -2.0, inf), (-0.0, -0.5, inf), (-0.0, -1.5, inf), (0.0, -inf, inf),
        (1e200, 3.0, inf), (-1e200, 3.0, -inf), (-1e200, 2.0, inf), (-1e300, 1.5, nan), (-1e300, 1e300, inf),
        (1e-200, 3.0, 0.0), (-1e-200, 3.0, -0.0), (inf, -1.0, 0.0), (-inf, 3.0, -inf), (-inf, 0.5, inf),
        (0.5, inf, 0.0),
    ],
)  # fmt: skip
def test_powers_at_the_edges(x: float, y: float, expected: float) -> None:
    assert bits(ieee.power(x, y)) == bits(expected)


@given(x=ANY, y=ANY)
def test_powers_are_those_of_the_c_library(x: float, y: float) -> None:
    found = ieee.power(x, y)
    try:
        assert bits(found) == bits(math.pow(x, y))
    except (ValueError, OverflowError):
        with np.errstate(all="ignore"):
            assert bits(found) == bits(float(np.power(np.float64(x), np.float64(y))))


@given(x=ANY, y=ANY)
def test_the_larger_and_the_smaller(x: float, y: float) -> None:
    larger, smaller = ieee.maximum(x, y), ieee.minimum(x, y)
    if x != x or y != y:
        assert bits(larger) == bits(smaller) == "nan"
    else:
        assert {bits(larger), bits(smaller)} == {bits(x), bits(y)}
        assert larger >= smaller
        assert math.copysign(1.0, larger) >= math.copysign(1.0, smaller)  # +0 counts as larger than -0
    assert bits(larger) == bits(ieee.maximum(y, x))
    assert bits(smaller) == bits(ieee.minimum(y, x))


@given(x=ANY, low=st.floats(-9, 0), high=st.floats(0, 9))
def test_clip_is_the_nearest_point(x: float, low: float, high: float) -> None:
    found = ieee.clip(x, low, high)
    assert found == min(max(x, low), high) if x == x else found != found
    assert ieee.clip(x, 1.0, -1.0) == -1.0 if x == x else True  # an empty interval gives its upper end, as in NumPy


@pytest.mark.parametrize(
    ("f", "at_nan", "below", "at_zero", "above"),
    [
        (ieee.relu, nan, 0.0, 0.0, 2.0),
        (ieee.sign, nan, -1.0, 0.0, 1.0),
        (ieee.step, nan, 0.0, 0.0, 1.0),
        (lambda x: ieee.leaky_relu(x, 0.5), nan, -1.0, 0.0, 2.0),
        (lambda x: ieee.elu(x, 0.5), nan, 0.5 * math.expm1(-2.0), 0.0, 2.0),
    ],
)
def test_pieces(f: Callable[[float], float], at_nan: float, below: float, at_zero: float, above: float) -> None:
    assert [bits(f(x)) for x in (nan, -2.0, 0.0, 2.0)] == [bits(y) for y in (at_nan, below, at_zero, above)]
    assert f(-0.0) == 0.0


# ---- sums ------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=8))
def test_sums_are_taken_from_the_left(xs: list[float]) -> None:
    expected = 0.0
    for x in xs:
        expected = expected + x
    assert bits(ieee.total(*xs)) == bits(expected)
    # All the ones are lost, one by one; a compensated sum would keep them.
    assert ieee.total(1.0, *[2.0**-53] * 8) == 1.0


def test_a_product_of_vectors_is_added_to_the_bias_from_the_left() -> None:
    assert ieee.dot(1.0) == 1.0
    assert ieee.dot(1.0, 2.0, 3.0, 5.0, 7.0) == 32.0
    assert ieee.dot(1e16, 1.0, 1.0, 1.0, 1.0) == 1e16  # from the right it would be 1e16 + 2
    assert bits(ieee.dot(inf, 0.0, 1.0)) == bits(inf)
    assert bits(ieee.dot(0.0, 0.0, inf)) == "nan"


@pytest.mark.parametrize(
    ("xs", "expected"),
    [
        ((1e3, 1e3), 1e3 + math.log(2)), ((-1e3, -1e3), -1e3 + math.log(2)), ((), -inf), ((7.0,), 7.0),
        ((inf, 1.0), inf), ((-inf, -inf), -inf), ((-inf, 3.0), 3.0), ((inf, nan), nan), ((nan, inf), nan),
        ((0.0, nan), nan), ((nan,), nan),
    ],
)  # fmt: skip
def test_the_logarithm_of_a_sum_of_exponentials(xs: tuple[float, ...], expected: float) -> None:
    assert bits(ieee.logsumexp(*xs)) == bits(expected)


def test_the_largest_of_all() -> None:
    assert bits(ieee.peak()) == bits(-inf)
    assert ieee.peak(1.0, 3.0, 2.0) == 3.0
    assert bits(ieee.peak(3.0, nan)) == bits(ieee.peak(nan, 3.0)) == "nan"


# ---- numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "expected"),
    [(1.5, 1.5), (2, 2.0), (True, 1.0), (2**60, 2.0**60), (-(2**53) - 2, -(2.0**53) - 2), (-0.0, -0.0), (nan, nan),
     (np.float64(0.1), 0.1), (np.float32(0.1), float(np.float32(0.1))), (np.float16(2), 2.0), (np.int8(-3), -3.0),
     (np.uint64(2**63), 2.0**63), (np.bool_(True), 1.0)],
)  # fmt: skip
def test_numbers_are_taken(x: Any, expected: float) -> None:
    found = number(x)
    assert type(found) is float
    assert bits(found) == bits(expected)


class Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ("1.5", "str '1.5' came; convert it first: float"), (None, "return statement"),
        (1j, "complex 1j came; take .real"), (2**60 + 1, "61 bits"), (10**6000, "19932 bits"),
        (np.int64(2**60 + 1), "61 bits"), (Decimal(1), "rounds"), (Fraction(1, 3), "rounds"),
        (np.array(1.0), "tolist"), (np.array([1.0]), "tolist"), (np.complex64(1), "complex64"),
        (np.datetime64(1, "s"), "datetime64"), (np.longdouble(1), "longdouble came; give a float"),
        ([1.0], "each element"), ((1.0,), "each element"), (Unspeakable(), "Unspeakable came"),
        (object, "type came"), (b"1", "bytes came"),
    ],
    ids=lambda x: None if isinstance(x, str) else type(x).__name__,
)  # fmt: skip
def test_anything_else_is_refused_with_a_way_out(x: Any, words: str) -> None:
    with pytest.raises(NotANumber) as caught:
        number(x, "the weight")
    assert str(caught.value).startswith("the weight")
    assert words in str(caught.value)
    assert isinstance(caught.value, TypeError)


def test_numbers_are_known_without_numpy() -> None:
    program = "import sys; from microgradnn.ieee import number; print(number(3), 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "3.0 False\n"
