"""Wrong derivations made mechanically of right ones: a change in the source, and the name that it deserves.

The changes are those that learners make. Which names are right follows from what was changed, never from what
the doctor says; where two names are equally true the label has both.
"""

from __future__ import annotations

import ast
import copy
import linecache
from collections.abc import Iterator
from typing import Any

from tests.corpus.case import PROBLEMS, Case, Function, Problem
from tests.corpus.edits import Swap, changed, times, with_gradient, with_product
from tests.corpus.score import source
from tests.corpus.sites import (
    ERRORS,
    assigned,
    backward_sums,
    counts,
    gradients,
    number,
    products,
    slope_of,
)
from tests.corpus.truth import wrong_numbers

# One change: what it is called, the source changed, and a label for each argument ("" for all).
Change = tuple[str, ast.Module, dict[str, str]]

# Losses of one output and half its squared error: without the error it is the output's derivative.
HALF_SQUARES = (
    "sigmoid neuron",
    "two layers",
    "three layers in a chain",
    "softplus neuron",
    "sine fit",
    "clipped output",
)
MEANS = ("line through points", "ridge regression", "logistic regression", "Huber regression")
# A 2 that belongs to the loss itself, or comes of a sum of two equal terms, is no factor of a derivative.
OTHER_TWOS = ("quotient of polynomials", "radial basis function", "terms that cancel")
# Half or twice the gradient of a sum of two terms may be meant as their mean, or as a sum for their mean.
TWO_TERMS = ("autoencoder with tied weights", "two heads", "polar coordinates")
# p·(1 − p) and the like belong to no single node there.
NO_SLOPES = ("entropy of two logits", "squared error of a softmax", "attention", "softmax cross-entropy")


def slopes(problem: Problem, tree: ast.Module) -> Iterator[Change]:
    """A local derivative left out, put in twice, or taken at the activated value."""
    if problem.name in NO_SLOPES:
        return
    for k, node in enumerate(products(tree)):
        found = slope_of(node)
        if found is None:
            continue
        rest, slope, point, kind = found
        text = ast.unparse(slope)
        yield f"without {text}", with_product(tree, k, rest), {"": "MISSING_LOCAL_DERIVATIVE"}
        twice = ast.BinOp(copy.deepcopy(node), ast.Mult(), slope)
        yield f"{text} twice", with_product(tree, k, twice), {"": "MISSING_LOCAL_DERIVATIVE"}
        again = "logistic({0}) * (1 - logistic({0}))" if kind == "sigmoid" else "(1 - math.tanh({0}) ** 2)"
        if kind != "sigmoid" or "logistic" in problem.reference.__globals__:  # type: ignore[union-attr]
            wrong = ast.parse(again.format(ast.unparse(point)), mode="eval").body
            yield f"{text} at the output", with_product(tree, k, times(rest, wrong)), {"": "WRONG_POINT"}
        if isinstance(point, ast.Name) and assigned(tree, "z"):
            before = ast.parse(text.replace(point.id, "z"), mode="eval").body
            yield f"{text} before the activation", with_product(tree, k, times(rest, before)), {"": "WRONG_POINT"}


def signs(problem: Problem, tree: ast.Module) -> Iterator[Change]:
    """A minus before one argument's gradient, or the error the other way round."""
    for name, value in gradients(tree):
        if isinstance(value, ast.List) and not all(isinstance(x, ast.List) for x in value.elts):
            edit = lambda old: ast.List([ast.UnaryOp(ast.USub(), x) for x in old.elts], ast.Load())
        elif isinstance(value, ast.List | ast.ListComp | ast.Dict):
            continue
        else:
            edit = lambda old: ast.UnaryOp(ast.USub(), old)
        yield f"minus the gradient of {name}", with_gradient(tree, name, edit), {name: "SIGN"}
    for name in ERRORS:
        for k, statement in enumerate(assigned(tree, name)):
            if isinstance(statement.value, ast.BinOp) and isinstance(statement.value.op, ast.Sub):

                def turn(other: ast.Module, name: str = name, k: int = k) -> None:
                    difference: Any = assigned(other, name)[k].value
                    difference.left, difference.right = difference.right, difference.left

                yield f"{name} the other way round", changed(tree, turn), {"": "SIGN"}


def factors(problem: Problem, tree: ast.Module) -> Iterator[Change]:
    """A constant added to one argument's gradient, or a 2 lost."""
    label = "FACTOR|MEAN_VS_SUM" if problem.name in TWO_TERMS else "FACTOR"
    for k, (name, value) in enumerate(gradients(tree)):
        if isinstance(value, ast.BinOp | ast.Name) and not problem.at_is_list(name):
            text, times = (("half", 0.5), ("double", 2.0))[k % 2]
            edit = lambda old, times=times: ast.BinOp(ast.Constant(times), ast.Mult(), old)
            yield f"{text} the gradient of {name}", with_gradient(tree, name, edit), {name: label}
    for k, node in enumerate(products(tree)):
        if number(node.left) == 2 and isinstance(node.op, ast.Mult) and problem.name not in OTHER_TWOS:
            yield f"{ast.unparse(node)} without its 2", with_product(tree, k, node.right), {"": "FACTOR"}


def means(problem: Problem, tree: ast.Module) -> Iterator[Change]:
    """The number of samples lost."""
    places = counts(tree)
    if problem.name not in MEANS:
        return

    def all_lost(other: ast.Module) -> None:
        for place in counts(other):
            place.right = ast.Constant(1)

    yield "without 1/n", changed(tree, all_lost), {"": "MEAN_VS_SUM"}
    for k in range(len(places)):

        def lost(other: ast.Module, k: int = k) -> None:
            counts(other)[k].right = ast.Constant(1)

        yield f"without 1/n in place {k}", changed(tree, lost), {"": "MEAN_VS_SUM"}


def paths(problem: Problem, tree: ast.Module) -> Iterator[Change]:
    """`=` for `+=`, and a term of a sum of paths forgotten."""
    if problem.name == "recurrence of three steps":  # what is left there is the first step's, and often 0
        return
    pluses = [node for node in ast.walk(tree) if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add)]
    for k, node in enumerate(pluses):

        def assign(other: ast.Module, k: int = k) -> None:
            old = [n for n in ast.walk(other) if isinstance(n, ast.AugAssign) and isinstance(n.op, ast.Add)][k]
            Swap(old, ast.Assign([old.target], old.value)).visit(other)

        yield f"= for += at {ast.unparse(node.target)}", changed(tree, assign), {"": "MISSING_PATH"}
    for k, total in enumerate(backward_sums(tree)):
        for side in ("left", "right"):
            kept = getattr(total, side)
            if isinstance(total.op, ast.Sub) and side == "right":
                kept = ast.UnaryOp(ast.USub(), kept)

            def keep(other: ast.Module, k: int = k, kept: ast.expr = kept) -> None:
                Swap(backward_sums(other)[k], copy.deepcopy(kept)).visit(other)

            yield f"only {ast.unparse(kept)} of a sum", changed(tree, keep), {"": "MISSING_PATH"}


def swaps(problem: Problem, tree: ast.Module) -> Iterator[Change]:
    """Entries exchanged, one index wrong, the weight's own value for what it is multiplied by."""
    for name, value in gradients(tree):
        if isinstance(value, ast.List) and len(value.elts) > 1 and not isinstance(value.elts[0], ast.List):
            turned = lambda old: ast.List([*old.elts[1:], old.elts[0]], ast.Load())
            yield f"entries of {name} moved on", with_gradient(tree, name, turned), {name: "SWAPPED"}
            first = lambda old: ast.List([old.elts[-1], *old.elts[1:]], ast.Load())
            yield f"{name}[0] as the last one", with_gradient(tree, name, first), {name: "SWAPPED"}
        if isinstance(value, ast.List) and all(isinstance(row, ast.List) and len(row.elts) == 2 for row in value.elts):
            rows = lambda old: ast.List([ast.List(row.elts[::-1], ast.Load()) for row in old.elts], ast.Load())
            yield f"columns of {name} exchanged", with_gradient(tree, name, rows), {name: "SWAPPED"}
        match value:
            case ast.BinOp(op=ast.Mult(), right=ast.Name(id="x" | "h" | "h1" | "h2" | "u" | "t" as by)):
                own = lambda old, name=name: ast.BinOp(old.left, ast.Mult(), ast.Name(name, ast.Load()))
                yield f"{name} itself for {by}", with_gradient(tree, name, own), {name: "SWAPPED"}
                # The same number is the gradient of the sum before, and of a bias that is added there.
                bare = "MISSING_LOCAL_DERIVATIVE|SWAPPED|WRONG_UPSTREAM"
                yield f"{name} without {by}", with_gradient(tree, name, lambda old: old.left), {name: bare}


def outputs(problem: Problem, tree: ast.Module) -> Iterator[Change]:
    """The error left out: the derivative of the output."""
    if problem.name in HALF_SQUARES:
        for k, _ in enumerate(assigned(tree, "err")):

            def one(other: ast.Module, k: int = k) -> None:
                assigned(other, "err")[k].value = ast.Constant(1.0)

            yield "with 1 for the error", changed(tree, one), {"": "OUTPUT_NOT_LOSS"}


SINGLE = (slopes, signs, factors, means, paths, swaps, outputs)


def pairs(problem: Problem, function: Function, tree: ast.Module) -> Iterator[Case]:
    """A mistake that reaches some numbers, and a sign wrong in one argument, or in all of them, besides."""
    for make in (slopes, means, paths):
        for what, once, label in list(make(problem, tree))[:2]:
            reached = _numbers(_case(problem, function, what, once, label, "pairs"))
            for also, twice, sign in list(signs(problem, once))[:1]:
                kinds = label[""]
                both = "|".join(f"{kind}+SIGN" for kind in kinds.split("|"))
                turned = [where for where in reached if "" in sign or where.partition("[")[0] in sign]
                labels = {"": kinds} | sign | dict.fromkeys(turned, both)
                yield _case(problem, function, f"{what}; {also}", twice, labels, "pairs")


def mutants(every: int = 1) -> list[Case]:
    """What the changes above make of the plain derivations, as far as it has the wrong gradient somewhere: all
    of it, or each one of `every`."""
    found: dict[tuple[str, str], Case] = {}
    for problem in PROBLEMS.values():
        for function in problem.mutable:
            tree = ast.parse(source(function))
            cases = [
                _case(problem, function, what, other, labels, make.__name__)
                for make in SINGLE
                for what, other, labels in make(problem, tree)
            ]
            for case in [*cases, *pairs(problem, function, tree)]:
                found.setdefault((problem.name, source(case.function)), case)
    return [case for case in list(found.values())[::every] if _numbers(case)]


def _case(problem: Problem, function: Function, what: str, tree: ast.Module, labels: dict[str, str], made: str) -> Case:
    name, text = f"{problem.name}: {what}", ast.unparse(tree)
    file = f"<{name}>"
    space = dict(function.__globals__)
    exec(compile(text, file, "exec"), space)
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    return Case(name, problem, space[function.__name__], problem.at, labels, made=f"mutation, {made}")


def _numbers(case: Case) -> dict[str, bool]:
    """The numbers that are wrong; none where the change left nothing that can be evaluated."""
    try:
        return wrong_numbers(case)
    except (ValueError, NameError):
        return {}
