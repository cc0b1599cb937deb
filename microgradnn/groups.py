"""What the Values of a graph belong to: the neuron, layer, model or loss that made them, or a user's own group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from microgradnn.engine import Value, watching
from microgradnn.errors import SettingError
from microgradnn.making import Call, results

LEVELS = {"model": 1, "layer": 2, "neuron": 3}
DEEPEST = 3
PLAIN = ("loss", "group")  # what is no module


class Part(NamedTuple):
    """Something that a Value belongs to.

    `level` is 1 for a model, 2 for a layer, 3 for a neuron; a loss or a group is one deeper than what it
    stands in. `call` tells the calls of one `owner` apart, in their order; parameters, which belong to all of
    them, have 0.
    """

    name: str
    kind: str
    level: int
    call: int
    owner: Any


@contextmanager
def group(name: str) -> Iterator[None]:
    """Within this context, and this thread, all that is computed belongs to the group of that name.

    Drawings fold it to one box. Groups may stand within groups; a group that is entered again, as in a loop,
    is another call of the same.
    """
    if not isinstance(name, str) or not name.strip():
        raise SettingError(f"a group's name is text that can be seen, not {name!r:.40}")
    call = Call(name, "group")
    with watching(lambda out, *_: results(call, out)):
        yield


def parts(nodes: Sequence[Value]) -> dict[Value, tuple[Part, ...]]:
    """What each of these Values belongs to, the outermost first; what belongs to nothing is left out.

    `nodes` is a whole graph in the order of creation, as `chain.graph` gives it. A parameter belongs to the
    module that holds it, if that, or one that it is part of, was called.
    """
    calls: dict[Call, list[Value]] = {}
    for node in nodes:
        if node.made is not None:
            for call in node.made.calls:
                calls.setdefault(call, []).append(node)
    within: dict[Value, tuple[Part, ...]] = {}
    holders: dict[Value, tuple[Part, ...]] = {}
    trees: dict[int, dict[int, str]] = {}
    for call in sorted(calls, key=lambda call: call.since):  # a call begins before those that it makes
        around = within.get(calls[call][-1], ())
        if around and around[-1].owner is call.owner and call.kind not in PLAIN:
            continue  # super().__call__(…): the same once more
        part = _deeper(around, _name(call, around, trees), call.kind, call.since, call.owner)
        for node in calls[call] if call.kind == "group" else _computed(calls[call], call.since):
            within[node] = (*within.get(node, ()), part)
        if call.kind not in PLAIN and id(call.owner) not in trees:
            trees[id(call.owner)] = {id(module): name for name, module in call.owner.named_modules()}
            for value, path in _held(call.owner).items():
                holders.setdefault(value, path)
    return _by_parameters(nodes, within, holders)


def _computed(outputs: list[Value], since: int) -> list[Value]:
    """What a call computed: all that its results stand on and that is younger than its beginning."""
    seen = set(outputs)
    work = list(outputs)
    while work:
        for arg in work.pop().args:
            if isinstance(arg, Value) and arg not in seen and arg.op is not None and arg.time > since:
                seen.add(arg)
                work.append(arg)
    return list(seen)


def _name(call: Call, around: tuple[Part, ...], trees: dict[int, dict[int, str]]) -> str:
    """The name that a module has in the nearest one that it is part of, or else that of its kind."""
    if isinstance(call.owner, str):
        return call.owner
    for outer in reversed(around):
        name = trees.get(id(outer.owner), {}).get(id(call.owner))
        if name:
            return name
    return type(call.owner).__name__


def _deeper(path: tuple[Part, ...], name: str, kind: str, call: int, owner: Any) -> Part:
    level = max(LEVELS.get(kind, 1), path[-1].level + 1 if path else 1)
    return Part(name, kind, min(level, DEEPEST), call, owner)


def _held(module: Any) -> dict[Value, tuple[Part, ...]]:
    """The parameters of a module, each with the parts of the module that it lies in."""
    paths: dict[str, tuple[Part, ...]] = {}
    held: dict[Value, tuple[Part, ...]] = {}
    for name, each in module.named_modules():
        above, _, short = name.rpartition(".")
        while above not in paths and above:  # a module may lie in a dict, whose name is no module's
            above = above.rpartition(".")[0]
        path = paths.get(above, ()) if name else ()
        paths[name] = (*path, _deeper(path, short or type(each).__name__, each.part, 0, each))
        for value in each.own_parameters():
            held.setdefault(value, paths[name])
    return held


def _by_parameters(
    nodes: Sequence[Value], within: dict[Value, tuple[Part, ...]], holders: dict[Value, tuple[Part, ...]]
) -> dict[Value, tuple[Part, ...]]:
    """The same, in which what a layer computes for one of its neurons belongs to that neuron.

    A layer asks its neurons without calling them. What reads the parameters of one neuron, and what goes on
    from there and from no other, is that neuron's.
    """
    found: dict[Value, tuple[Part, ...]] = {}
    for node in nodes:
        path = within.get(node, ())
        if node.op is None:
            path = holders.get(node, ())
        elif path and path[-1].kind not in PLAIN:
            inner = {_beyond(path, arg, within, holders, found) for arg in node.args if isinstance(arg, Value)}
            inner.discard(None)
            if len(inner) == 1:
                path += tuple(part._replace(call=path[-1].call) for part in inner.pop() or ())
        if path:
            found[node] = path
    return found


def _beyond(
    path: tuple[Part, ...],
    arg: Value,
    within: dict[Value, tuple[Part, ...]],
    holders: dict[Value, tuple[Part, ...]],
    found: dict[Value, tuple[Part, ...]],
) -> tuple[Part, ...] | None:
    """To which part of the module called last an operand belongs; None where it comes from outside that call."""
    if arg.op is not None:
        return found[arg][len(path) :] if within.get(arg) == path else None
    held = holders.get(arg, ())
    places = [k for k, part in enumerate(held) if part.owner is path[-1].owner]
    return held[places[0] + 1 :] if places else None
