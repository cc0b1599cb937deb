"""microgradnn: numbers that remember how they were computed, and what stands on them.

    from microgradnn import Value, grad
    from microgradnn.nn import MLP

`import microgradnn` is fast: numpy, graphviz, rich and the like are loaded when first used.
"""

import builtins
from importlib import import_module
from typing import Any

from microgradnn.arithmetic import dot as dot
from microgradnn.arithmetic import logsumexp as logsumexp
from microgradnn.arithmetic import sum as sum
from microgradnn.births import first_nonfinite as first_nonfinite
from microgradnn.drawing import draw_dot as draw_dot
from microgradnn.drawing import trace as trace
from microgradnn.engine import Constant as Constant
from microgradnn.engine import Value as Value
from microgradnn.engine import no_grad as no_grad
from microgradnn.errors import MicrogradnnError as MicrogradnnError
from microgradnn.errors import Untraceable as Untraceable
from microgradnn.groups import group as group
from microgradnn.ops import TABLE
from microgradnn.partials import kinks as kinks
from microgradnn.primitives import primitive as primitive
from microgradnn.transforms import grad as grad
from microgradnn.transforms import hessian as hessian
from microgradnn.transforms import jacobian as jacobian
from microgradnn.transforms import jvp as jvp
from microgradnn.transforms import value_and_grad as value_and_grad
from microgradnn.transforms import vjp as vjp

# Loaded when first asked for, so that `import microgradnn` stays fast.
_LATER = {
    "save": "io",
    "load": "io",
    "explain_path": "paths",
    "compile": "train.compiled",
    "take": "compiler.take",
    "explain": "explaining",
    "draw": "drawing.picture",
    "Drawing": "drawing.picture",
    "step_through": "stepping",
    "to_python": "spelled",
    "draw_network": "plots",
    "plot_history": "plots",
    "plot_gradients": "plots",
    "plot_decision_boundary": "plots",
    "animate_boundary": "plots",
}
_MODULES = ("articles", "check", "data", "functional", "init", "io", "losses", "nn", "optim", "paths", "plots", "train")


def __getattr__(name: str) -> Any:
    """Modules and functions that are loaded when first used, and, for type checkers, the rows of the table."""
    if name in _MODULES:
        return import_module(f"microgradnn.{name}")
    if name in _LATER:
        return getattr(import_module(f"microgradnn.{_LATER[name]}"), name)
    raise AttributeError(f"module 'microgradnn' has no attribute {name!r}")


__version__ = "0.1.0"

# Every public row of the table is a function here; where a function takes lists, it stands in for its row.
globals().update({name: op for name, op in TABLE.items() if op.public and name not in globals()})

# `from microgradnn import *` hides no builtin: abs, pow, sum and compile are asked for by name. It brings what
# draws, explains and saves, without any library from outside, but neither the compiler nor the doctor.
_WITH_STAR = ("drawing.picture", "explaining", "io", "plots", "spelled", "stepping")
_PLUMBING = {"TABLE", "Any", "import_module"}
__all__ = sorted(
    name
    for name, x in {**globals(), **{name: None for name, home in _LATER.items() if home in _WITH_STAR}}.items()
    if not name.startswith("_")
    and name not in _PLUMBING
    and type(x) is not type(builtins)
    and name not in dir(builtins)
)


def __dir__() -> list[str]:
    """What there is, for `dir` and for completion: also what is loaded when first used."""
    return sorted({*globals(), *_LATER, *_MODULES})
