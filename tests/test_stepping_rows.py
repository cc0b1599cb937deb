"""The table as JavaScript computes what the table computes in Python."""

import json
import math
import random
import shutil
import subprocess
from collections.abc import Sequence
from importlib import resources
from itertools import product
from typing import Any

import pytest

from microgradnn import Value, dot, exp, primitive
from microgradnn.errors import TableError
from microgradnn.ops import TABLE, Op
from microgradnn.partials import local
from microgradnn.primitives import BUILT_IN
from microgradnn.stepping.facts import Facts
from microgradnn.stepping.javascript import function
from microgradnn.stepping.rebound import rebound
from microgradnn.stepping.rows import Rows
from microgradnn.stepping.tracing import Tracing
from tests.points import NOTABLE, point

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no node here to run JavaScript outside a page")
IEEE = resources.files("microgradnn.stepping").joinpath("ieee.js").read_text("utf-8")
ODD = (0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -1.0, 0.5, -2.0, 1e300, -1e-300, 5e-324)


def sent(x: Any) -> Any:
    """Numbers as JSON can hold them: those that are not finite, and -0, as text."""
    if isinstance(x, list | tuple):
        return [sent(each) for each in x]
    if isinstance(x, dict):
        return {name: sent(each) for name, each in x.items()}
    return repr(x).replace("inf", "Infinity").replace("nan", "NaN")


def run(script: str, calls: Sequence[Any]) -> Any:
    """What the script's function `answer` gives for each call, numbers as floats."""
    program = f"""{IEEE}{script}
const numbers = (x) => Array.isArray(x) ? x.map(numbers) : Number(x);
const texts = (x) => Array.isArray(x) ? x.map(texts) : Object.is(x, -0) ? "-0.0" : String(x);
console.log(JSON.stringify({json.dumps(sent(calls))}.map((call) => texts(answer(...numbers(call))))));"""
    done = subprocess.run(["node", "-"], input=program, capture_output=True, text=True, check=True)
    return floats(json.loads(done.stdout))


def floats(x: Any) -> Any:
    return [floats(each) for each in x] if isinstance(x, list) else float(x.replace("Infinity", "inf"))


def close(x: float, y: float, most: float = 1e-12) -> bool:
    # Products of numbers below 2**-1022 have lost digits on the way, in Python as in JavaScript.
    return x == y or (x != x and y != y) or abs(x - y) <= most * abs(y) + 1e-300


def by_count(points: Sequence[tuple[float, ...]]) -> dict[int, list[tuple[float, ...]]]:
    found: dict[int, list[tuple[float, ...]]] = {}
    for each in points:
        found.setdefault(len(each), []).append(each)
    return found


def tried(op: Op) -> list[tuple[float, ...]]:
    seed = sum(map(ord, op.name))
    print(f"seed {seed}")
    rng = random.Random(seed)
    found = [point(op, rng) for _ in range(300)]
    if op.arity:
        found += [tuple(rng.choice((*ODD, *NOTABLE)) for _ in range(op.arity)) for _ in range(60)]
        found += list(product(ODD, repeat=op.arity)) if op.arity < 3 else []
    return found


@needs_node
@pytest.mark.parametrize("op", [TABLE[name] for name in sorted(BUILT_IN)], ids=lambda op: op.name)
def test_values_and_partials_are_those_of_the_table(op: Op) -> None:
    for count, points in by_count(tried(op)).items():
        script = Rows()
        name = script.add(op, count)
        outs = [op.value(*args) for args in points]
        answer = (
            f"const answer = (...args) => [rows.{name}.value(...args.slice(0, -1)), ...rows.{name}.partials(...args)];"
        )
        found = run(script.script() + answer, [(*args, out) for args, out in zip(points, outs, strict=True)])
        for args, out, (value, *partials) in zip(points, outs, found, strict=True):
            assert close(value, out), f"{op.name}{args}: {value!r} in JavaScript, {out!r} in the table"
            if op.kink is None or not op.kink.at(*args):
                taken = op.taken(*args) if op.taken else range(count)
                right = dict(local(op, args, out, list(range(count))))
                for k in taken:
                    expected = right.get(k, 0.0)
                    assert close(partials[k], expected), f"{op.name}{args}, ∂{k}: {partials[k]!r}, not {expected!r}"


@needs_node
@pytest.mark.parametrize("name", [name for name in sorted(BUILT_IN) if TABLE[name].kink])
def test_kinks_are_those_of_the_table(name: str) -> None:
    op = TABLE[name]
    assert op.kink is not None
    rng = random.Random(1)
    points = [tuple(rng.choice((0.0, -0.0, 1.0, 2.0, math.nan)) for _ in range(op.arity or 0)) for _ in range(40)]
    script = Rows()
    row = f"rows.{script.add(op, op.arity or 0)}"
    answer = f"const answer = (...args) => [+{row}.at(...args), {row}.sides(...args)];"
    for args, (at, sides) in zip(points, run(script.script() + answer, points), strict=True):
        assert bool(at) == op.kink.at(*args)
        assert not at or repr(floats(sent(op.kink.sides(*args)))) == repr(sides)


@needs_node
def test_the_error_function_is_that_of_the_c_library() -> None:
    points = [(k / 64,) for k in range(-30 * 64, 30 * 64)]
    found = run("const answer = (x) => [ieee.erf(x), ieee.erfc(x)];", points)
    for (x,), (erf, erfc) in zip(points, found, strict=True):
        assert close(erf, math.erf(x), 1e-14)
        assert close(erfc, math.erfc(x), 1e-13)


def test_a_function_that_branches_is_followed_on_every_way() -> None:
    def sawtooth(x: Any) -> Any:
        if x > 0 and x < 1:
            return x
        return 1.0 if x == 1 or not x < 5 else -x

    asked = [[answer for _, answer in way.asked] for way in Tracing(["x"]).branches(sawtooth)]
    yes, no = True, False
    assert asked == [
        [yes, yes], [yes, no, yes], [yes, no, no, yes], [yes, no, no, no], [no, yes], [no, no, yes], [no, no, no]
    ]  # fmt: skip


def test_a_loop_that_a_number_ends_cannot_be_followed() -> None:
    def halvings(x: Any) -> Any:
        while x > 1:
            x = x / 2
        return x

    with pytest.raises(TableError, match="more than 300"):
        Tracing(["x"]).branches(halvings)


def test_functions_rebound_compute_the_same_bits() -> None:
    for op in TABLE.values():
        for args in tried(op)[:40]:
            assert repr(rebound(op.value)(*args)) == repr(op.value(*args)), op.name


def _swish(x: float) -> float:
    return x / (1 + math.exp(-x))


@needs_node
def test_a_users_primitive_may_call_math_and_branch() -> None:
    op = primitive("swish_test", _swish, lambda x, out: out + (1 - out) / (1 + exp(-x)) * (x == x), check=False)
    try:
        script = Rows()
        name = script.add(op, 1)
        assert "exp" in script.script()
        points = [(k / 8,) for k in range(-80, 80)]
        found = run(script.script() + f"const answer = (x) => [rows.{name}.value(x)];", points)
        assert all(close(y, _swish(x)) for (x,), (y,) in zip(points, found, strict=True))
    finally:
        del TABLE["swish_test"]


@needs_node
def test_where_a_users_primitive_raises_it_is_nan() -> None:
    op = primitive("steep_test", lambda x: math.exp(x) / x + math.log(x + 1) + x**-1, lambda x, out: 1.0, check=False)
    try:
        script = Rows()
        name = script.add(op, 1)
        points = [(x,) for x in (1.0, 0.0, 800.0, math.inf, -0.5, 1e-200)]
        found = run(script.script() + f"const answer = (x) => [rows.{name}.value(x)];", points)
        assert all(close(y, op.value(*args)) for args, (y,) in zip(points, found, strict=True)), found
    finally:
        del TABLE["steep_test"]


def test_what_cannot_be_traced_leaves_the_script_as_it_was() -> None:
    op = primitive("opaque_test", lambda x: float(f"{x:.2f}"), lambda x, out: 1.0, check=False)
    try:
        script = Rows()
        script.add(TABLE["tanh"], 1)
        before = script.script()
        with pytest.raises(Exception):  # noqa: B017  # whatever a user's function says to a formula
            script.add(op, 1)
        assert script.script() == before
    finally:
        del TABLE["opaque_test"]


def test_of_what_cannot_be_followed_the_numbers_are_held() -> None:
    partial: Any = lambda x, out: float(f"{x:.1f}")  # takes no formulas either
    op = primitive("opaque_test", lambda x: float(f"{x:.2f}"), partial, check=False)
    try:
        x = Value(math.nan, label="x")
        facts = Facts(op(x) * dot([x], [2.0])).data
        held = next(node for node in facts["nodes"] if "held" in node)
        assert (held["data"], held["held"], "row" in held) == ("NaN", ["NaN"], False)
        assert held["why"].startswith("opaque_test cannot be followed: ")
        assert facts["forms"][held["form"]]["formula"] == ["opaque_test(", 0, ")"]
        # A bias that nobody gave is no part of the formula.
        assert {"formula": [1, "·", 2], "slopes": [["2"]]} in facts["forms"]
    finally:
        del TABLE["opaque_test"]


def test_long_expressions_are_cut_and_shared_ones_computed_once() -> None:
    text = function("f", lambda x: exp(x) * exp(x), ["x"], lambda op, count: op.name)
    assert text == "f(x) {\n  const t1 = exp(x);\n  return t1 * t1;\n}"
