"""The functions of networks as floats: at their ends, and at any float; `test_rules` measures their digits."""

import math
import random

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradnn import kernels
from tests.oracle import bits

inf, nan = math.inf, math.nan
ANY = st.floats() | st.sampled_from((0.0, -0.0, 1.0, -1.0, inf, -inf, nan, 5e-324, -5e-324, 1.7e308))
KERNELS = ("sigmoid", "sigmoid_slope", "softplus", "silu", "silu_slope", "gelu", "gelu_slope", "normal_cdf")
LIMITS = {"sigmoid": (0.0, 1.0), "sigmoid_slope": (0.0, 0.0), "normal_cdf": (0.0, 1.0), "softplus": (0.0, inf),
          "silu": (-0.0, inf), "gelu": (-0.0, inf), "silu_slope": (-0.0, 1.0), "gelu_slope": (-0.0, 1.0)}  # fmt: skip


@pytest.mark.parametrize("name", KERNELS)
def test_kernels_at_their_ends(name: str) -> None:
    f = getattr(kernels, name)
    assert (bits(f(-inf)), bits(f(inf))) == tuple(map(bits, LIMITS[name]))
    assert bits(f(nan)) == "nan"
    assert bits(f(-1.7e308)) == bits(LIMITS[name][0])


@pytest.mark.parametrize("name", KERNELS)
@given(x=ANY)
def test_kernels_never_raise(name: str, x: float) -> None:
    found = getattr(kernels, name)(x)
    assert (found != found) == (x != x)


@given(x=ANY, k=ANY | st.sampled_from((0.25, 0.5, 1.0)))
def test_the_bell_curve_never_raises(x: float, k: float) -> None:
    found = kernels.gauss(x, k)
    if math.isfinite(x) and math.isfinite(k) and -700 < -k * x * x < 700:
        assert found == pytest.approx(math.exp(-k * x * x), rel=1e-12)


def test_a_square_in_the_exponent_loses_no_digits() -> None:
    rng = random.Random(5)
    lost = 0.0
    for _ in range(300):
        x = rng.uniform(20, 26)
        with mpmath.workprec(200):
            truth = mpmath.exp(-(mpmath.mpf(x) ** 2))
            error = float(abs(kernels.gauss(x, 1.0) - truth)) / math.ulp(float(truth))
            lost = max(lost, float(abs(math.exp(-x * x) - truth)) / math.ulp(float(truth)))
        assert error <= 1.0
    assert lost > 100  # what the plain formula loses on the same points
