"""The derivative of one Value with respect to another as one formula."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from microgradnn.chain import graph, sweep
from microgradnn.engine import Value
from microgradnn.errors import Misuse
from microgradnn.explaining.plan import is_number
from microgradnn.explaining.shares import on_the_way
from microgradnn.explaining.simplify import simplify
from microgradnn.explaining.term import Term, applied, slopes, symbol, term

MOST = 1000  # Values of a graph of which a formula can still be of use


def formulas(nodes: Sequence[Value], name: Callable[[Value], str]) -> dict[Any, Term]:
    """What every Value was computed as, down to the leaves."""
    found: dict[Any, Term] = {}
    for node in nodes:
        if node.op is None:
            found[node] = term(node.data) if is_number(node) else symbol(name(node), node.data)
        else:
            args = [found[arg] if isinstance(arg, Value) else term(arg) for arg in node.args]
            found[node] = applied(node.op, args, node.data)
    return found


def derivatives(root: Value, wanted: Sequence[Value], name: Callable[[Value], str]) -> list[Term]:
    """∂root/∂x for each of the wanted, simplified: one sweep of the chain rule with formulas for numbers.

    Misuse where the graph has more than 1000 Values.
    """
    nodes: list[Any] = graph(root)
    if len(nodes) > MOST:
        raise Misuse(
            f"{len(nodes):,} Values make no formula that could be read (at most {MOST:,}): "
            "take the gradient of a part, such as the loss of one sample, or call backward() for the numbers"
        )
    found = formulas(nodes, name)
    way = on_the_way(nodes, wanted)

    def local(node: Any) -> Iterable[tuple[Any, Term]]:
        if node.op is None or node not in way:
            return ()
        live = [k for k, arg in enumerate(node.args) if isinstance(arg, Value) and arg.live]
        args = [found[arg] if isinstance(arg, Value) else term(arg) for arg in node.args]
        every = zip(live, slopes(node.op, args, found[node], live), strict=True)
        return [(node.args[k], slope) for k, slope in every if node.args[k] in way]

    earlier_first: Callable[[Any, Any], Any] = lambda old, new: new + old  # in the order in which one reads
    adjoints = sweep([(root, term(1.0))], local, operator.mul, earlier_first)
    return simplify(*(term(adjoints.get(x, 0.0)) for x in wanted))
