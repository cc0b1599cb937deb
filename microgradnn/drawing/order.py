"""Things in an order in which each comes after those it depends on; where there is none, nearly so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from heapq import heapify, heappop, heappush

Loops = set[tuple[int, int]]


def topological(args: Sequence[Sequence[int]]) -> tuple[list[int], Loops]:
    """The numbers 0, 1, …, each after its `args`, smaller ones first, and the pairs (arg, i) that lead back.

    An arg that occurs twice counts twice. This is Kahn's algorithm with a heap ("Topological sorting of large
    networks", 1962); where it is stuck, in a cycle, the smallest number goes on without those it waits for.
    """
    users: list[list[int]] = [[] for _ in args]
    for i, operands in enumerate(args):
        for arg in operands:
            users[arg].append(i)
    waits = [len(operands) for operands in args]
    ready = [i for i, count in enumerate(waits) if not count]
    heapify(ready)
    done = bytearray(len(args))
    order: list[int] = []
    loops: Loops = set()
    smallest = 0
    while len(order) < len(args):
        if not ready:
            while done[smallest]:
                smallest += 1
            loops.update((arg, smallest) for arg in args[smallest] if not done[arg])
            ready.append(smallest)
        i = heappop(ready)
        if done[i]:
            continue
        done[i] = 1
        order.append(i)
        for user in users[i]:
            waits[user] -= 1
            if not waits[user] and not done[user]:
                heappush(ready, user)
    return order, loops


def length(args: Sequence[Sequence[int]], order: Sequence[int], loops: Collection[tuple[int, int]] = ()) -> int:
    """How many ranks the arrows of a layered picture cross together, which is what drawing it costs.

    Things stand as far to the left as what they depend on lets them; what depends on nothing stands just before
    the first that uses it. `order` is topological but for the pairs in `loops`.
    """
    rank = [0] * len(args)
    for i in order:
        rank[i] = max([rank[arg] + 1 for arg in args[i] if (arg, i) not in loops], default=0)
    last = max(rank, default=0)
    first = [last] * len(args)
    for i, operands in enumerate(args):
        for arg in operands:
            first[arg] = min(first[arg], rank[i] - 1)
    for i, operands in enumerate(args):
        if not operands:
            rank[i] = max(first[i], 0)
    return sum(abs(rank[i] - rank[arg]) for i, operands in enumerate(args) for arg in operands)
