"""A nesting is a tree whose inner nodes are lists, tuples or dicts and whose leaves are everything else.

Leaves are read depth first, in insertion order. Nothing here recurses: depth costs memory, no more.
An array is a leaf: whoever calls decides whether it is welcome.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from microgradnn.errors import ShapeError

Rebuild = Callable[[Sequence[Any]], Any]


class _Inner(NamedTuple):
    """An inner node, taken apart: its children, what names each one, and how to put it together again."""

    children: list[Any]
    suffixes: list[str]
    make: Callable[[list[Any]], Any]


class _Close(NamedTuple):
    """A mark on the stack of work: all children of this inner node have been read."""

    identity: int
    size: int
    make: Callable[[list[Any]], Any]


def _key(key: object) -> str:
    """The part of a path that a dict's key adds: `.name` where that is a name, else `[key]`."""
    return f".{key}" if isinstance(key, str) and key.isidentifier() else f"[{key!r}]"


def _inner(x: Any) -> _Inner | None:
    """Take one inner node apart; None for a leaf. Kinds of dict and of list come back as plain ones."""
    if isinstance(x, dict):
        keys = list(x)
        return _Inner(list(x.values()), [_key(key) for key in keys], lambda new: dict(zip(keys, new, strict=True)))
    if isinstance(x, tuple):
        fields = getattr(type(x), "_fields", None)  # a named tuple has them, and `_make` with them
        if fields is not None:
            return _Inner(list(x), [f".{field}" for field in fields], type(x)._make)  # type: ignore[attr-defined]
        return _Inner(list(x), [f"[{i}]" for i in range(len(x))], tuple)
    if isinstance(x, list):
        return _Inner(list(x), [f"[{i}]" for i in range(len(x))], list)
    return None


def flatten(nested: Any) -> tuple[list[Any], Rebuild]:
    """A nesting is its leaves and its form: `rebuild(leaves)` gives an equal nesting back.

    `rebuild` takes any sequence of as many leaves; another number of them is a ShapeError, and so is a list
    that contains itself.
    """
    leaves: list[Any] = []
    form: list[_Close | None] = []  # in reading order: None is a leaf, a _Close gathers the children before it
    opened: set[int] = set()
    work: list[Any] = [nested]
    while work:
        x = work.pop()
        if type(x) is _Close:
            opened.discard(x.identity)
            form.append(x)
            continue
        node = _inner(x)
        if node is None:
            leaves.append(x)
            form.append(None)
            continue
        if id(x) in opened:
            raise ShapeError(f"a {type(x).__name__} contains itself; give a nesting that ends")
        opened.add(id(x))
        work.append(_Close(id(x), len(node.children), node.make))
        work.extend(reversed(node.children))
    size = len(leaves)

    def rebuild(new: Sequence[Any]) -> Any:
        if len(new) != size:
            raise ShapeError(f"this nesting has {size} leaves, and {len(new)} were given")
        stack: list[Any] = []
        following = iter(new)
        for close in form:
            if close is None:
                stack.append(next(following))
            else:
                first = len(stack) - close.size
                stack[first:] = [close.make(stack[first:])]
        return stack[0]

    return leaves, rebuild


def paths(nested: Any, name: str = "") -> list[str]:
    """The place of each leaf, in the order of `flatten`: `w[0][1]`, `b`, `model.weights[2]`."""
    found: list[str] = []
    work: list[tuple[str, Any]] = [(name, nested)]
    while work:
        path, x = work.pop()
        node = _inner(x)
        if node is None:
            found.append(path)
        else:
            # Without a name, the first key stands bare: {"w": 1.0} has the path `w`, not `.w`.
            parts = [path + suffix if path else suffix.removeprefix(".") for suffix in node.suffixes]
            work.extend(reversed(list(zip(parts, node.children, strict=True))))
    return found


def match(pattern: Any, nested: Any, name: str = "", *, expected: str = "expected") -> list[Any]:
    """The leaves of `nested`, in the order in which `pattern` has its own: where two nestings correspond.

    Lists and tuples correspond if they are equally long, dicts if they have the same keys (in any order). The
    first place where they differ is named in a ShapeError; `expected` says there whose form is asked for.
    """
    found: list[Any] = []
    work: list[tuple[str, Any, Any]] = [(name, pattern, nested)]
    while work:
        path, want, got = work.pop()
        wanted, given = _inner(want), _inner(got)
        if wanted is None and given is None:
            found.append(got)
            continue
        where = path or "the nesting"
        if wanted is None or given is None or isinstance(want, dict) is not isinstance(got, dict):
            raise ShapeError(f"{where} is {_say(got)}; {_say(want)} {expected}")
        children = given.children
        if isinstance(want, dict):
            differences = [f"lacks {key!r}" for key in want if key not in got][:1]
            differences += [f"has {key!r}" for key in got if key not in want][:1]
            if differences:
                raise ShapeError(f"{where} {' and '.join(differences)}; {_say(want)} {expected}")
            children = [got[key] for key in want]
        elif len(want) != len(got):
            raise ShapeError(f"{where} has length {len(got)}; {len(want)} {expected}")
        parts = [path + suffix if path else suffix.removeprefix(".") for suffix in wanted.suffixes]
        work.extend(reversed(list(zip(parts, wanted.children, children, strict=True))))
    return found


def same_nesting(a: Any, b: Any, name: str = "", *, expected: str = "expected") -> None:
    """Two nestings have the same form, or a ShapeError names the first place where `b` differs from `a`."""
    match(a, b, name, expected=expected)


def _say(x: Any) -> str:
    """What stands at a place, in a few words."""
    if isinstance(x, dict):
        keys = ", ".join(repr(key) for key in list(x)[:6])
        return f"a dict with the keys {keys}{', …' if len(x) > 6 else ''}" if x else "an empty dict"
    if isinstance(x, list | tuple):
        return f"a {type(x).__name__} of length {len(x)}"
    if isinstance(x, int | float):
        return "a number"
    return "nothing (None)" if x is None else f"one {type(x).__name__}"
