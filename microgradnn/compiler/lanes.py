"""The order in which sums over samples are taken, as `optim.sums` has it, for arrays of sums."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from microgradnn.optim import sums
from microgradnn.optim.sums import LANES as LANES


def added(lanes: Any) -> Any:
    """Eight lanes, the last axis of an array of two, added up: sample i is in lane i mod 8. Of one lane, that lane."""
    with np.errstate(all="ignore"):
        return sums.added(lanes.T) if lanes.shape[1] > 1 else lanes[:, 0]


def from_left(rows: Iterable[Any]) -> Any:
    """The numbers of one array added up, one after another."""
    (row,) = rows
    return 0.0 + np.add.accumulate(row)[-1]
