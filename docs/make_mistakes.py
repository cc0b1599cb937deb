"""Write docs/mistakes.md from the corpus, in the repository's root: `python -m docs.make_mistakes`."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from microgradnn.check import Mistake
from tests.corpus.case import PROBLEMS, Case
from tests.corpus.cases import right_cases, wrong_cases
from tests.corpus.score import examined, source

HEAD = """# Mistakes in gradients derived by hand

`diagnose(loss, by_hand, at=…)` compares a derivation with autodiff at many points, and where it is wrong it says
what went wrong: one of the kinds below, or several together. Here is one worked example of each, as the doctor
reports it, but for the lines of files that it names, and for how far rounding goes, which depends on the machine.
`diagnose_update(step, loss, params, lr, at=…)` does the same for a whole update rule. `finding.suggestion` is the
right expression as code, and `finding.suggestion_tex` in TeX, which a notebook shows typeset.

Each example runs as it stands. All are of the corpus in `tests/corpus`, which has many more. Written by
`docs/make_mistakes.py`.
"""

# For each kind: what it is, and the case that shows it.
EXAMPLES: dict[Mistake, tuple[str, str]] = {
    Mistake.SIGN: (
        "Minus the right gradient, in one number or in all. The usual cause is an error taken the other way round. "
        "In an update rule that adds what it computes, this is no mistake, and is said to be a convention.",
        "sigmoid neuron: error the other way round",
    ),
    Mistake.FACTOR: (
        "A constant too many or too few, such as the 2 of a square or the ½ that was put before it.",
        "tanh neuron: square without its two",
    ),
    Mistake.MEAN_VS_SUM: (
        "The sum over samples where the loss is their mean, or the other way round. The factor is the number of "
        "samples and changes with it, which is how it is told from a constant.",
        "line through points: summed not averaged",
    ),
    Mistake.MISSING_LOCAL_DERIVATIVE: (
        "The chain rule multiplies one local derivative for each step, and one of them is not there, or is there "
        "twice. Most often it is the slope of an activation.",
        "sigmoid neuron: bias gets the bare error",
    ),
    Mistake.WRONG_POINT: (
        "The right derivative of the right function, at the wrong number: σ′ of the activated value, say.",
        "sigmoid neuron: slope of the activated value",
    ),
    Mistake.MISSING_PATH: (
        "A number that is used more than once has a gradient that is a sum, one term for each way to the loss. "
        "One of them was forgotten, or overwritten by `=` where `+=` was meant.",
        "residual connection: the shortcut is forgotten",
    ),
    Mistake.WRONG_UPSTREAM: (
        "What arrives from above is the gradient of another node than the one that it should come from.",
        "two heads: second head takes the first error",
    ),
    Mistake.SOFTMAX_DIAGONAL: (
        "Each probability of a softmax depends on every score. The terms where they belong to different classes "
        "were left out.",
        "squared error of a softmax: each probability a sigmoid",
    ),
    Mistake.OUTPUT_NOT_LOSS: (
        "The derivative of the network's output, not of the loss.",
        "sigmoid neuron: slope of the output",
    ),
    Mistake.STALE_VALUES: (
        "An update rule reads a weight that it has changed already. The difference vanishes with the learning rate.",
        "two layers: output moved before the error goes down",
    ),
    Mistake.SWAPPED: (
        "The right number in the wrong place: rows for columns, one index for another, or the factor itself "
        "instead of the one that it is multiplied by.",
        "linear classifier: rows for columns",
    ),
    Mistake.COINCIDENCE: (
        "Right at the point that was given and wrong elsewhere: at x = 1, at 0, on one side of a kink. It is "
        "reported together with the mistake that shows elsewhere.",
        "logarithm of a square: factor of one not written",
    ),
    Mistake.SUBGRADIENT: (
        "No mistake: at a kink several derivatives are valid, and this is another one than autodiff's.",
        "absolute error: one at the kink",
    ),
    Mistake.UNKNOWN: (
        "None of these, nor any two together. What was ruled out is listed; nothing is guessed.",
        "tanh neuron: a made up slope",
    ),
}


@cache
def page() -> str:
    cases = {case.name: case for case in wrong_cases()}
    parts = [HEAD, *(section(kind, cases[name], text) for kind, (text, name) in EXAMPLES.items()), _counts()]
    return "\n".join(parts)


def section(kind: Mistake, case: Case, text: str) -> str:
    """One kind: what it is, a loss, a derivation that has the mistake, and the report."""
    name = "step" if case.step else "by_hand"
    functions = [_renamed(source(case.problem.loss), "loss"), _renamed(source(case.function), name)]
    code = "\n\n".join([*_needed(case), *functions])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = str(examined(case))
    return (
        f"## {kind.name}\n\n{textwrap.fill(text, 118)}\n\n"
        f"```python\n{code}\n{_call(case)}\n```\n\n```text\n{_shown(report)}\n```\n"
    )


def _needed(case: Case) -> list[str]:
    """The imports, and the helpers that the two functions call."""
    helpers: dict[str, Any] = {}
    ours: set[str] = set()
    modules: set[str] = set()
    waiting = [case.problem.loss, case.function]
    while waiting:
        function = waiting.pop()
        names = [node.id for node in ast.walk(ast.parse(source(function))) if isinstance(node, ast.Name)]
        for name in dict.fromkeys(names):
            thing = function.__globals__.get(name)
            if isinstance(thing, ModuleType):
                modules.add(name)
            elif getattr(thing, "__module__", "") == function.__module__ and name not in helpers:
                helpers[name] = thing
                waiting.append(thing)
            elif thing is not None:
                ours.add(name)
    lines = [f"import {name}" for name in sorted(modules)]
    lines += [""] if modules else []
    lines += [f"from microgradnn import {', '.join(sorted(ours))}"] if ours else []
    lines += [f"from microgradnn.check import {'diagnose_update' if case.step else 'diagnose'}"]
    return ["\n".join(lines) + "\n", *map(source, helpers.values())]


def _renamed(text: str, name: str) -> str:
    return re.sub(r"\Adef \w+", f"def {name}", text)


def _call(case: Case) -> str:
    if not case.step:
        return f"\nat = {_dict(case.at)}\nprint(diagnose(loss, by_hand, at))"
    weights = {name: x for name, x in case.at.items() if name in case.problem.weights}
    rest = {name: x for name, x in case.at.items() if name not in weights}
    call = f"print(diagnose_update(step, loss, params, lr={case.problem.lr}, at={_dict(rest)}))"
    return f"\nparams = {_dict(weights)}\n{call}"


def _dict(named: dict[str, Any]) -> str:
    return "{" + ", ".join(f'"{name}": {x}' for name, x in named.items()) + "}"


def _shown(report: str) -> str:
    """The report with the places in files shortened, and without residuals, which differ between machines."""
    report = re.sub(r" \(\S*\.py:\d+\)", "", report)
    report = re.sub(r"explained to \S+ on", "explained to rounding on", report)
    lines = [
        textwrap.fill(line, 118, subsequent_indent=" " * (len(line) - len(line.lstrip()) + 2), break_long_words=False)
        for line in report.splitlines()
    ]
    return "\n".join(lines)


def _counts() -> str:
    wrong, right = len(wrong_cases()), len(right_cases())
    return (
        f"## The corpus\n\n{wrong} wrong derivations and {right} right ones of {len(PROBLEMS)} losses, made by hand; "
        "more wrong ones\nare made of the right ones mechanically, and right ones by rewriting random gradients: "
        "`python -m tests.corpus`\nand `python -m tests.corpus.campaign`. Of the right ones none may be accused.\n"
    )


if __name__ == "__main__":
    Path(__file__).with_name("mistakes.md").write_text(page(), "utf-8")
