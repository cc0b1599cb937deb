"""Ten thousand random right derivations, of which the doctor may accuse none.

    python -m tests.corpus.campaign --cases 10000 [--seed N]

Even seeds are random expressions whose gradient is worked out here and rewritten by algebra, odd ones the
networks of tests/derivations.py. The tests run a slice of it.
"""

from __future__ import annotations

import argparse
import linecache
import math
import random
import time
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import microgradnn as m
from microgradnn.check import Diagnosis, diagnose
from tests import derivations
from tests.corpus.expressions import gradient, loss
from tests.corpus.rewriting import rewritten, written

Function = Callable[..., Any]


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > 0 else 1 - 1 / (1 + math.exp(x))


def expression(seed: int) -> tuple[Function, Function, dict[str, Any], str]:
    """A random loss, a right derivation of its gradient, a point, and their source."""
    rng = random.Random(seed)
    names = list("abc")[: rng.randint(1, 3)]
    tree = loss(rng, names, rng.randint(2, 7))
    right = gradient(tree, names, rng)
    done: dict[Any, Any] = {}
    rate = rng.choice([0.0, 0.2, 0.5])
    changed = {name: rewritten(term, rng, rate, done) for name, term in right.items()}
    text = written({"": tree}, "loss", names, None) + "\n\n\n" + written(changed, "by_hand", names, rng) + "\n"
    file = f"<derivation {seed}>"
    space: dict[str, Any] = {"m": m, "math": math, "logistic": logistic, "__name__": __name__}
    exec(compile(text, file, "exec"), space)
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    return space["loss"], space["by_hand"], {name: derivations.coordinate(rng) for name in names}, text


def diagnosed(seed: int) -> Diagnosis | None:
    """The report on the derivation of that seed; None where it cannot be evaluated at its own point."""
    if seed % 2:
        case = derivations.Case(seed)
        function, by_hand, at = case.loss, case.by_hand, case.at
    else:
        function, by_hand, at, _ = expression(seed)
    try:
        value = function(**at)
        if not math.isfinite(float(getattr(value, "data", value))):
            return None
        by_hand(**at)
    except (ArithmeticError, ValueError, TypeError):
        return None
    try:
        return diagnose(function, by_hand, at, seed=seed)
    except m.MicrogradnnError as error:
        if any(word in str(error) for word in ("raised", " nan", " inf", "-inf", "constant", "not use")):
            return None
        raise


def accused(seed: int) -> list[str] | None:
    """The numbers that are called wrong; None where nothing could be diagnosed."""
    found = diagnosed(seed)
    return None if found is None else [finding.where for finding in found.findings if not finding.harmless]


def main() -> None:
    options = argparse.ArgumentParser(description="right derivations, of which none may be accused")
    options.add_argument("--cases", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    warnings.simplefilter("ignore")
    total: Counter[str] = Counter()
    start = time.perf_counter()
    seed = chosen.seed - 1
    while total["right"] + total["accused"] < chosen.cases:
        seed += 1
        try:
            found = accused(seed)
        except Exception as error:
            total["errors"] += 1
            print(f"seed {seed}: {type(error).__name__}: {error}", flush=True)
            continue
        total["not evaluated" if found is None else "accused" if found else "right"] += 1
        if found:
            print(f"seed {seed}: {', '.join(found)} accused", flush=True)
    print(f"{dict(total)}, seeds {chosen.seed} to {seed}, in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
