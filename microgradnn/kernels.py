"""The functions that one call of the C library does not give to all their digits, tails included.

Two ideas carry this file. A square in an exponent is split, so that its rounding error is not magnified by
the exponential; and a factor too small for a normal float is kept as two halves until the last product, so
that it arrives among the subnormal numbers with one rounding. Every function here is good to 4 units in the
last place (glibc's exp, expm1, log1p and erfc below; measured against mpmath, subnormal results included).
"""

import math

# 1/sqrt(2 pi) to twice the digits, as the sum of two floats.
ROOT_TWO_PI_INVERSE, ROOT_TWO_PI_INVERSE_REST = 0.3989422804014327, -2.49232720227773e-17
# sqrt 2 as a sum, the first term so short (27 bits) that its product with another short number is exact.
ROOT_TWO_HEAD, ROOT_TWO_REST = float.fromhex("0x1.6a09e64p+0"), 9.302073015110283e-09
# Where the derivative of silu and of gelu vanishes, as the sum of two floats: 1 + x + exp x = 0, and
# x times the normal density plus its integral = 0.
SILU_ZERO, SILU_ZERO_REST = -1.2784645427610737, -1.0946994183093437e-16
GELU_ZERO, GELU_ZERO_REST = -0.7517915246935645, 1.4956759177009883e-17
GELU_SLOPE_BEYOND_MINIMUM = -0.09857790540978593  # at -1.875


def _head(x: float) -> float:
    """x to the nearest multiple of 2**-20, for |x| up to 64: at most 26 bits, so that its square is exact."""
    return (x + 6442450944.0) - 6442450944.0


def sigmoid(x: float) -> float:
    """The logistic function 1/(1 + exp(-x)), from the side on which the exponential is small."""
    if x > 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    small = math.exp(x)
    return small / (1.0 + small)


def sigmoid_slope(x: float) -> float:
    """The derivative of sigmoid, sigmoid(x)*sigmoid(-x), which is even."""
    small = math.exp(-abs(x))
    return small / (1.0 + small * (2.0 + small))


def softplus(x: float) -> float:
    """log(1 + exp x), from the side on which the exponential is small."""
    return x + math.log1p(math.exp(-x)) if x > 0.0 else math.log1p(math.exp(x))


def elu(x: float, alpha: float) -> float:
    """x where it is positive, alpha*(exp(x) - 1) elsewhere."""
    return x if x > 0.0 else alpha * math.expm1(x)


def gauss(x: float, k: float) -> float:
    """exp(-k*x*x), with all digits in the tails where k is 1, 1/2 or 1/4."""
    if k not in (1.0, 0.5, 0.25) or x > 64.0 or x < -64.0:
        power = -k * x * x
        return math.inf if power > 709.0 else math.exp(power)
    head = _head(x)
    main = math.exp(-k * head * head)
    return main + main * math.expm1(-k * (x - head) * (x + head))


def _density(x: float) -> float:
    """The normal density, exp(-x*x/2)/sqrt(2 pi), for |x| up to 64."""
    head = _head(x)
    main = math.exp(-0.5 * head * head)
    scaled = ROOT_TWO_PI_INVERSE * main
    return scaled + (ROOT_TWO_PI_INVERSE_REST * main + scaled * math.expm1(-0.5 * (x - head) * (x + head)))


def normal_cdf(x: float) -> float:
    """The probability that a standard normal variable is at most x.

    It is erfc(t)/2 at t = -x/sqrt(2); what t lost by rounding is an error in x, and that times the density is
    put back.
    """
    if x < -40.0:
        return 0.0
    if x > 10.0:
        return 1.0
    t = -x * math.sqrt(0.5)
    head = _head(t)
    lost = ((x + ROOT_TWO_HEAD * head) + ROOT_TWO_HEAD * (t - head)) + ROOT_TWO_REST * t
    return 0.5 * math.erfc(t) + lost * _density(x)


def _mills(x: float) -> float:
    """1 - 1/x**2 + 1*3/x**4 - 1*3*5/x**6 + ...: normal_cdf(x) over density(x)/-x, for x below -30."""
    q, s = 1.0 / (x * x), 1.0
    for odd in (13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0):
        s = 1.0 - odd * q * s
    return s


def silu(x: float) -> float:
    """x*sigmoid(x)."""
    if x > -40.0:
        return x * sigmoid(x)
    if x < -800.0:
        return -0.0
    half = math.exp(0.5 * x)
    return (x * half) * half


def silu_slope(x: float) -> float:
    """The derivative of silu, sigmoid(x)*(1 + x*sigmoid(-x)), its digits kept at the zero and in the tail.

    1 + x + exp x, the factor that vanishes, is written from its zero z on: (x - z) + exp(z)*(exp(x - z) - 1).
    """
    if x > -0.8:
        return sigmoid(x) * (1.0 + x * sigmoid(-x)) if x < 50.0 else 1.0
    if x > -40.0:
        away = (x - SILU_ZERO) - SILU_ZERO_REST
        factor = away - (1.0 + SILU_ZERO) * math.expm1(away) if x > -2.0 else (1.0 + x) + math.exp(x)
        return 0.5 * factor / (1.0 + math.cosh(x))
    if x < -800.0:
        return -0.0
    half = math.exp(0.5 * x)
    return ((1.0 + x) * half) * half


def gelu(x: float) -> float:
    """x*normal_cdf(x)."""
    if x < -64.0:
        return -0.0
    if x < -30.0:
        return -_density(x) * _mills(x)
    return x * normal_cdf(x)


def _gelu_slope_about(centre: float, at_centre: float) -> list[float]:
    """The Taylor coefficients of gelu' about a point, the highest first.

    The density d has d' = -x*d, which gives its coefficients one from the other; gelu'' is (2 - x*x)*d.
    """
    density, result = [0.0, 0.0, ROOT_TWO_PI_INVERSE * math.exp(-0.5 * centre * centre)], [at_centre]
    for n in range(1, 30):
        before, last, this = density[-3:]
        result.append(((2.0 - centre * centre) * this - 2.0 * centre * last - before) / n)
        density.append(-(centre * this + last) / n)
    return result[::-1]


_FROM_ZERO = _gelu_slope_about(GELU_ZERO, 0.0)
_FROM_MINIMUM = _gelu_slope_about(-1.875, GELU_SLOPE_BEYOND_MINIMUM)


def gelu_slope(x: float) -> float:
    """The derivative of gelu, normal_cdf(x) + x*density(x), all digits kept.

    The terms cancel around the zero and, by half, beyond the minimum at -sqrt(2): there Taylor series serve.
    """
    if -2.45 < x < -0.3:
        near_zero = x > -1.2
        away = (x - GELU_ZERO) - GELU_ZERO_REST if near_zero else x + 1.875
        result = 0.0
        for coefficient in _FROM_ZERO if near_zero else _FROM_MINIMUM:
            result = result * away + coefficient
        return result
    if x < -64.0 or x > 40.0:
        return -0.0 if x < 0.0 else 1.0
    if x < -36.0:
        head = _head(x)
        half, rest = math.exp(-0.25 * head * head), math.exp(-0.5 * (x - head) * (x + head))
        return (ROOT_TWO_PI_INVERSE * x * (1.0 - _mills(x) / (x * x)) * rest * half) * half
    return normal_cdf(x) + x * _density(x)
