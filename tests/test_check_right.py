"""Right derivations are never accused, and a millionth is: a slice of the campaign in derivations.py."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from microgradnn.check import Verdict, compare
from microgradnn.errors import MicrogradnnError
from microgradnn.nest import flatten
from tests.derivations import Case, verdicts

GOOD = {Verdict.AGREES, Verdict.AT_KINK, Verdict.ROUNDED}
SEEDS = range(250)


def test_right_derivations_in_any_form_are_never_accused() -> None:
    total: Counter[Verdict] = Counter()
    for seed in SEEDS:
        found = verdicts(seed) or Counter()
        assert set(found) <= GOOD, f"seed {seed}"
        total.update(found)
    assert total[Verdict.AGREES] > 0.95 * sum(total.values())


# Found by the campaign: guards that compare with 0 what rounding made 0, underflow, forms that lose everything.
@pytest.mark.parametrize("seed", [22, 115, 258, 268, 284, 582, 586, 11020, 203954])
def test_cases_that_were_accused_once(seed: int) -> None:
    assert set(verdicts(seed) or ()) <= GOOD


def spoiled(case: Case, name: str, error: float) -> Any:
    def by_hand(**named: Any) -> Any:
        found = case.by_hand(**named)
        numbers, rebuild = flatten(found[name])
        return found | {name: rebuild([x * (1 + error) for x in numbers])}

    return by_hand


@pytest.mark.parametrize("error", [1e-6, -0.5, 1.0])
def test_wrong_derivations_are_seen_and_nothing_else_is_accused(error: float) -> None:
    seen = hidden = 0
    for seed in SEEDS[:150]:
        case = Case(seed)
        name = random.Random(seed).choice("wbvc")
        try:
            report = compare(case.loss, spoiled(case, name, error), case.at, numeric=False)
        except MicrogradnnError:
            continue
        for row in report.rows:
            if row.where[0] != name:
                assert row.verdict in GOOD, f"seed {seed}"
            elif row.by_hand != 0.0:
                # what is not seen must at least be said to be lost
                assert row.verdict in (Verdict.DIFFERS, Verdict.ROUNDED, Verdict.MINUS), f"seed {seed}"
                seen += row.verdict is Verdict.DIFFERS
                hidden += row.verdict is Verdict.ROUNDED
    assert seen > 20 * hidden
