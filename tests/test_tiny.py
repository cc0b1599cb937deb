"""The whole public interface on one screen."""

import builtins
import math
import subprocess
import sys

import pytest

import microgradnn as mg
from microgradnn import Value, grad, hessian, jacobian, jvp, value_and_grad, vjp


def test_a_value_remembers() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    c = a * b + a.tanh() ** 2
    c.backward()
    assert math.isclose(a.grad, -3 + 2 * math.tanh(2) * (1 - math.tanh(2) ** 2), rel_tol=1e-12)
    assert b.grad == 2.0
    assert (c.item(), f"{b:.1f}") == (c.data, "-3.0")


def test_transforms() -> None:
    cube = lambda x: x**3
    assert grad(cube)(2.0) == 12.0
    assert grad(grad(cube))(2.0) == 12.0
    assert value_and_grad(cube)(2.0) == (8.0, 12.0)
    assert jvp(cube, (2.0,), (0.5,)) == (8.0, 6.0)
    out, pullback = vjp(lambda x, y: [x * y, x + y], 2.0, 5.0)
    assert (out, pullback([1.0, 10.0])) == ([10.0, 7.0], (15.0, 12.0))
    assert jacobian(lambda v: [v[0] * v[1], v[0]])([2.0, 5.0]) == [[5.0, 2.0], [1.0, 0.0]]
    assert hessian(lambda v: v[0] ** 2 * v[1])([2.0, 5.0]) == [[10.0, 4.0], [4.0, 0.0]]


def test_a_primitive_of_ones_own() -> None:
    cube = mg.primitive("tiny_cube", lambda x: x**3, lambda x, out: 3 * x**2)
    assert grad(cube)(2.0) == 12.0
    assert grad(grad(cube))(2.0) == 12.0


def test_the_functions_take_plain_numbers() -> None:
    assert mg.sigmoid(0) == 0.5
    assert mg.maximum(1, 2.5) == 2.5
    assert mg.sum([1, 2, 3]) == 6.0
    assert mg.dot([1, 2], [3, 4], bias=5) == 16.0
    assert mg.where(1 < 2, 3, 4) == 3.0
    assert mg.leaky_relu(-1, slope=0.5) == -0.5


def test_star_import_hides_no_builtin() -> None:
    assert not set(mg.__all__) & set(dir(builtins))
    assert all(getattr(mg, name) is not None for name in mg.__all__)


def test_what_is_loaded_later() -> None:
    assert mg.load is mg.io.load
    assert mg.nn.MLP(1, [1]).parameters()
    with pytest.raises(AttributeError, match="no attribute"):
        _ = mg.no_such_thing


def test_what_is_loaded_later_is_listed_and_imported_with_the_star() -> None:
    later = {"draw", "explain", "step_through", "to_python", "draw_network", "plot_history", "animate_boundary"}
    assert later <= set(mg.__all__)
    assert later | {"nn", "plots", "compile", "Value", "exp"} <= set(dir(mg))  # what completion offers


def test_neither_listing_nor_star_import_loads_a_library_from_outside() -> None:
    for program, loaded in (("import microgradnn; dir(microgradnn)", False), ("from microgradnn import *; draw", True)):
        heavy = [
            "microgradnn.compiler.trace",
            "microgradnn.check.doctor",
            "numpy",
            "matplotlib",
            "graphviz",
            "rich",
            "click",
        ]
        code = f"import sys\n{program}\nprint([x for x in {heavy} if x in sys.modules])\n"
        code += "print('microgradnn.drawing.picture' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["[]", str(loaded)]
