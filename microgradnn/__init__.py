"""microgradnn: numbers that remember how they were computed, and what stands on them.

    from microgradnn import Value, grad
    from microgradnn.nn import MLP

`import microgradnn` is fast: numpy, graphviz, rich and the like are loaded when first used.
"""

from microgradnn.arithmetic import dot as dot
from microgradnn.arithmetic import logsumexp as logsumexp
from microgradnn.arithmetic import sum as sum
from microgradnn.drawing import draw_dot as draw_dot
from microgradnn.drawing import trace as trace
from microgradnn.engine import Constant as Constant
from microgradnn.engine import Value as Value
from microgradnn.engine import no_grad as no_grad
from microgradnn.errors import MicrogradnnError as MicrogradnnError
from microgradnn.partials import kinks as kinks
from microgradnn.primitives import primitive as primitive
from microgradnn.rules import absolute as abs  # noqa: F401
from microgradnn.rules import acos as acos
from microgradnn.rules import add as add
from microgradnn.rules import asin as asin
from microgradnn.rules import atan as atan
from microgradnn.rules import atan2 as atan2
from microgradnn.rules import clip as clip
from microgradnn.rules import cos as cos
from microgradnn.rules import cosh as cosh
from microgradnn.rules import div as div
from microgradnn.rules import elu as elu
from microgradnn.rules import erf as erf
from microgradnn.rules import exp as exp
from microgradnn.rules import expm1 as expm1
from microgradnn.rules import gelu as gelu
from microgradnn.rules import leaky_relu as leaky_relu
from microgradnn.rules import log as log
from microgradnn.rules import log1p as log1p
from microgradnn.rules import maximum as maximum
from microgradnn.rules import minimum as minimum
from microgradnn.rules import mul as mul
from microgradnn.rules import neg as neg
from microgradnn.rules import normal_cdf as normal_cdf
from microgradnn.rules import power as pow  # noqa: F401
from microgradnn.rules import relu as relu
from microgradnn.rules import sigmoid as sigmoid
from microgradnn.rules import sign as sign
from microgradnn.rules import silu as silu
from microgradnn.rules import sin as sin
from microgradnn.rules import sinh as sinh
from microgradnn.rules import softplus as softplus
from microgradnn.rules import sqrt as sqrt
from microgradnn.rules import square as square
from microgradnn.rules import step as step
from microgradnn.rules import sub as sub
from microgradnn.rules import tan as tan
from microgradnn.rules import tanh as tanh
from microgradnn.rules import where as where
from microgradnn.transforms import grad as grad
from microgradnn.transforms import hessian as hessian
from microgradnn.transforms import jacobian as jacobian
from microgradnn.transforms import jvp as jvp
from microgradnn.transforms import value_and_grad as value_and_grad
from microgradnn.transforms import vjp as vjp

__version__ = "0.1.0"

# `from microgradnn import *` hides no builtin: abs, pow and sum are asked for by name.
__all__ = [
    "Constant",
    "MicrogradnnError",
    "Value",
    "acos",
    "add",
    "asin",
    "atan",
    "atan2",
    "clip",
    "cos",
    "cosh",
    "div",
    "dot",
    "draw_dot",
    "elu",
    "erf",
    "exp",
    "expm1",
    "gelu",
    "grad",
    "hessian",
    "jacobian",
    "jvp",
    "kinks",
    "leaky_relu",
    "log",
    "log1p",
    "logsumexp",
    "maximum",
    "minimum",
    "mul",
    "neg",
    "no_grad",
    "normal_cdf",
    "primitive",
    "relu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "square",
    "step",
    "sub",
    "tan",
    "tanh",
    "trace",
    "value_and_grad",
    "vjp",
    "where",
]
