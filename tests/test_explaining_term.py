"""Formulas from the table: the textbook's forms are the partials, and branches are taken or kept."""

from __future__ import annotations

import random
from typing import Any

import pytest

from microgradnn import rules
from microgradnn.errors import MicrogradnnError, Misuse, NotANumber
from microgradnn.explaining.term import Term, applied, evaluate, parts, slopes, symbol
from microgradnn.ops import TABLE, Op
from tests.graphs import arity
from tests.points import point

ROWS = [op for op in TABLE.values() if op.name != "peak"]
WITH_A_FORM = [op for op in ROWS if op.textbook is not None]


def name(op: Op) -> str:
    return op.name


def partials(op: Op, args: list[float]) -> list[float]:
    out = op.value(*args)
    return list(op.gradient(args, out)) if op.gradient else [partial(*args, out) for partial in op.partials]


def points(op: Op, seed: int, count: int) -> list[list[float]]:
    """Points of the domain, away from kinks, where numbers are neither huge nor tiny."""
    rng = random.Random(f"{op.name} {seed}")
    found: list[list[float]] = []
    while len(found) < count:
        args = [rng.uniform(-3, 3) for _ in range(arity(op, rng))]
        if op.name == "where":
            args[0] = float(rng.random() < 0.5)
        if op.domain.holds(*args) and not (op.kink and op.kink.at(*args)):
            found.append(args)
    return found


def close(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-9 * (1 + abs(a) + abs(b))


@pytest.mark.parametrize("op", WITH_A_FORM, ids=name)
def test_the_textbooks_form_is_the_partial(op: Op) -> None:
    assert op.textbook is not None
    for args in points(op, 1, 200):
        out = op.value(*args)
        shown = op.textbook(*args, out) if op.partials else op.textbook(args, out)
        for k, (form, partial) in enumerate(zip(shown, partials(op, args), strict=True)):
            if op.taken is None or k in op.taken(*args):
                assert close(form, partial), f"{op.name}{args}, operand {k}: {form} is not {partial}"


@pytest.mark.parametrize("as_computed", [False, True])
@pytest.mark.parametrize("op", ROWS, ids=name)
def test_formulas_of_a_row_are_its_partials_at_every_point(op: Op, as_computed: bool) -> None:
    for args in points(op, 2, 20):
        names = [f"x{k}" for k in range(len(args))]
        terms = [symbol(x) for x in names]
        found = slopes(op, terms, applied(op, terms), range(len(args)), as_computed)
        for other in [args, *points(op, 3, 5)]:
            if len(other) == len(args):
                numbers = dict(zip(names, other, strict=True))
                for k, (mine, partial) in enumerate(zip(evaluate(found, numbers), partials(op, other), strict=True)):
                    if op.taken is None or k in op.taken(*other):
                        assert close(mine, partial), f"{op.name}{other}, operand {k}: {mine} is not {partial}"


@pytest.mark.parametrize("op", [op for op in ROWS if op.kink is None and op.taken is None], ids=name)
def test_the_branch_in_use_gives_the_rows_own_bits(op: Op) -> None:
    rng = random.Random(op.name)
    for _ in range(50):
        args = list(point(op, rng))
        terms = [symbol(f"x{k}", x) for k, x in enumerate(args)]
        found = slopes(op, terms, applied(op, terms), range(len(args)), as_computed=True)
        try:
            expected = partials(op, args)
        except ArithmeticError:  # Python's floats raise where formulas follow IEEE
            continue
        assert not [x for x in parts(*found) if x.op and x.op.name == "where"]
        assert [x.value for x in found] == expected or expected != expected or any(x != x for x in expected)


def test_a_function_made_of_pieces_keeps_its_condition() -> None:
    x = symbol("x", 2.0)
    (slope,) = slopes(rules.relu, [x], applied(rules.relu, [x]), [0])
    assert evaluate([slope], {"x": 2.0}) == [1.0]
    assert evaluate([slope], {"x": -2.0}) == [0.0]


def test_a_tie_of_two_is_halved() -> None:
    x, y = symbol("x"), symbol("y")
    found = slopes(rules.maximum, [x, y], applied(rules.maximum, [x, y]), [0, 1])
    assert evaluate(found, {"x": 1.0, "y": 1.0}) == [0.5, 0.5]


def test_a_deep_formula_is_read_without_recursion() -> None:
    x: Any = symbol("x")
    for _ in range(50_000):
        x = x + 1.0
    assert evaluate([x], {"x": 0.5}) == [50000.5]


def test_what_is_no_formula_is_refused() -> None:
    from microgradnn import Value

    with pytest.raises(NotANumber, match="Value"):
        rules.exp(symbol("x") + Value(1.0))
    with pytest.raises(NotANumber):
        symbol("x") + "y"  # type: ignore[operator]
    with pytest.raises(Misuse, match="no number"):
        evaluate([symbol("x") * 2.0], {"y": 1.0})
    with pytest.raises(Misuse, match="stands for no number"):
        symbol("x").plain()
    with pytest.raises(MicrogradnnError):
        bool(symbol("x"))
    assert isinstance(symbol("x") < 1.0, Term)
    assert (symbol("x", 0.5) < 1.0) is True
