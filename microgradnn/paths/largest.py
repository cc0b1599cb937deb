"""The largest paths of all, found without looking at the others.

Every Value has one best step towards x, and those form a tree. A path is told by where it leaves the tree: by
its detours. Each detour costs a factor, and from a path the next ones follow by a further detour or by taking
the next cheaper one instead of the last, so that a queue yields the paths in order of size. All detours on the
way from a Value to x are kept in a heap that shares its parts with the Values before it (D. Eppstein, "Finding
the k shortest paths", SIAM Journal on Computing 28, 1998). Sizes are logarithms, since products of many local
derivatives leave the range of floats.
"""

from __future__ import annotations

import heapq
import math
from typing import Any, NamedTuple

from microgradnn.paths.steps import Between, Step

# Where a factor is no ordinary number the size of the product is no question of logarithms; these only see to
# it that nan and infinities come first and zeros last, however many ordinary factors there are.
_FIRST, _LAST = 1e18, -1e12


class _Detour(NamedTuple):
    """A node of a leftist heap (C. Crane, 1972); `cost` is what leaving the tree here takes off the size."""

    cost: float
    order: int
    step: Step
    rank: int
    left: _Detour | None
    right: _Detour | None


def _size(step: Step) -> float:
    size = abs(step.derivative)
    if not step.flows or size == 0.0:
        return _LAST
    return math.log2(size) if size < math.inf else _FIRST


def _merged(a: _Detour | None, b: _Detour | None) -> _Detour | None:
    """Both heaps in one, the cheapest on top; as many steps as there are digits in the number of detours."""
    if a is None or b is None:
        return a or b
    if (b.cost, b.order) < (a.cost, a.order):
        a, b = b, a
    left, right = a.left, _merged(a.right, b)
    if (left.rank if left else 0) < (right.rank if right else 0):
        left, right = right, left
    return _Detour(a.cost, a.order, a.step, 1 + (right.rank if right else 0), left, right)


def largest(root: Any, x: Any, steps: Between, limit: int) -> list[tuple[Step, ...]]:
    """The `limit` paths whose products are largest in size, the largest first; as the steps from `root` to `x`."""
    best: dict[Any, Step] = {}
    size: dict[Any, float] = {x: 0.0}
    detours: dict[Any, _Detour | None] = {x: None}
    order = 0
    for node, down in steps.items():
        if not down:
            continue
        ranked = [(_size(step) + size[step.operand], -k) for k, step in enumerate(down)]  # of equals the first
        if len(down) > 1:
            ranked = heapq.nlargest(limit + 1, ranked)
        size[node], k = ranked[0]
        best[node] = down[-k]
        heap = detours[best[node].operand]
        for through, k in ranked[1:]:
            order -= 1  # of equals the latest, which makes them quick to enter
            heap = _merged(_Detour(size[node] - through, order, down[-k], 1, None, None), heap)
        detours[node] = heap
    return [_walked(root, x, best, taken) for taken in _cheapest(detours, detours[root], limit)]


def _cheapest(detours: dict[Any, _Detour | None], top: _Detour | None, limit: int) -> list[tuple[_Detour, ...]]:
    """The detours of one path after another, by their cost."""
    found: list[tuple[_Detour, ...]] = [()]
    queue: list[tuple[float, int, tuple[_Detour, ...]]] = []
    pushed = 0

    def push(cost: float, before: tuple[_Detour, ...], last: _Detour | None) -> None:
        nonlocal pushed
        if last is not None:
            pushed += 1
            heapq.heappush(queue, (cost + last.cost, pushed, (*before, last)))

    push(0.0, (), top)
    while queue and len(found) < limit:
        cost, _, taken = heapq.heappop(queue)
        found.append(taken)
        *before, last = taken
        push(cost, taken, detours[last.step.operand])
        for other in (last.left, last.right):
            push(cost - last.cost, tuple(before), other)
    return found


def _walked(root: Any, x: Any, best: dict[Any, Step], taken: tuple[_Detour, ...]) -> tuple[Step, ...]:
    """The path itself: along the tree, but for the detours."""
    leave = {detour.step.value: detour.step for detour in taken}
    found: list[Step] = []
    node = root
    while node is not x:
        found.append(leave.get(node, best[node]))
        node = found[-1].operand
    return tuple(found)
