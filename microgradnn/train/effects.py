"""Whether computing a loss leaves anything behind: what it can reach is looked at before, and again after."""

from __future__ import annotations

import random
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from microgradnn.engine import Value

MOST = 50_000  # things to look at; a loss that can reach more is not watched
SPEAKING = frozenset(("print", "input", "open", "next"))  # what calls these does more than it returns
CHANCE = "random numbers are drawn"
PLAIN = (float, int, str, bytes, bool, complex, type(None))


class Surroundings:
    """What functions and models can reach and change, as it is now.

    These are the attributes of objects, what lists and dicts hold, the variables of closures and modules, and sources
    of chance. Functions of the package, and of Python's own library, are known to keep nothing.
    """

    def __init__(self, *roots: Any, apart: Iterable[Value] = ()) -> None:
        self.trouble = ""  # why it cannot be told whether anything changes
        self.still = True  # whether there is nothing but numbers, functions and sources of chance
        self._watched: list[tuple[str, Callable[[], Any], Any]] = []
        self._watch(CHANCE, random.getstate)
        self._numpy: Any = sys.modules.get("numpy")
        if self._numpy is not None:
            self._watch(CHANCE, partial(_drawn, self._numpy.random))
        seen: dict[int, Any] = {
            id(value): value for value in apart
        }  # with the things themselves, so that no identity is given twice
        work = list(roots)
        while work and not self.trouble:
            x = work.pop()
            if type(x) not in PLAIN and id(x) not in seen:
                seen[id(x)] = x
                work += self._reached(x)
                if len(seen) > MOST:
                    self.trouble = "the loss can reach more than is watched"

    def changed(self) -> str:
        """What is not as it was; "" if everything is."""
        for what, read, before in self._watched:
            try:
                if read() != before:  # equality asks for identity first, and of Values for nothing else
                    return what
            except ValueError:  # an array took the place of another
                return what
        return self.trouble

    def _watch(self, what: str, read: Callable[[], Any]) -> Any:
        before = read()
        self._watched.append((what, read, before))
        return before

    def _reached(self, x: Any) -> Iterable[Any]:
        """What x leads to; what can change in it is watched from now on."""
        kind = type(x)
        if isinstance(x, FunctionType):
            return () if _ours(x.__module__) else self._of_function(x)
        if isinstance(x, MethodType | staticmethod | classmethod):
            return x.__func__, getattr(x, "__self__", None)
        if isinstance(x, partial):
            return x.func, *x.args, *x.keywords.values()
        if isinstance(x, tuple):
            return x
        if isinstance(x, property):
            return (x.fget,)
        if isinstance(x, ModuleType) or (isinstance(x, type) and _ours(x.__module__)):
            return ()
        if isinstance(x, Iterator) or kind.__module__.startswith("numpy.random"):
            self.trouble = f"one {kind.__name__} is within reach of the loss, and may go on"
            return ()
        return self._of_object(x, f"a {kind.__name__} changes")

    def _of_object(self, x: Any, what: str) -> Iterable[Any]:
        """What an object that may change holds."""
        found: Any = ()
        if isinstance(x, Value):
            if x.op is None:
                self._watch("the number of a leaf changes", lambda: x.time)
        elif isinstance(x, list | deque):
            found = self._watch(what, x.copy)
        elif isinstance(x, set | bytearray):
            self._watch(what, x.copy)
        elif isinstance(x, dict):
            found = self._watch(what, lambda: dict(x)).values()
        elif isinstance(x, random.Random):
            self._watch(CHANCE, x.getstate)
        elif self._numpy is not None and isinstance(x, self._numpy.ndarray):
            self._watch("an array changes", x.tobytes)
        elif isinstance(x, type):
            found = self._watch(f"an attribute of {x.__name__} changes", lambda: dict(vars(x))).values()
        elif isinstance(getattr(x, "__dict__", None), dict):
            name = type(x).__name__
            before = self._watch(f"an attribute of one {name} changes", lambda: dict(x.__dict__))
            found = *before.values(), *type(x).__mro__
        else:
            return ()
        self.still = False
        return found  # type: ignore[no-any-return]

    def _of_function(self, f: FunctionType) -> list[Any]:
        """The variables that a function uses, and what it uses of modules."""
        names, known = sorted(_names(f.__code__)), f.__globals__
        spoken = [name for name in names if name in SPEAKING and name not in known]
        if spoken:
            self.trouble = f"{f.__name__} calls {spoken[0]}()"
        cells, variables = f.__closure__ or (), [name for name in names if name in known]
        what = f"a variable of {f.__name__} changes"
        found: list[Any] = self._watch(what, lambda: [_content(cell) for cell in cells])
        found = found + self._watch(what, lambda: [known.get(name) for name in variables])
        modules = [x for x in found if isinstance(x, ModuleType) and not _ours(x.__name__)]
        for module in modules:  # the list grows by their parts
            parts = [vars(module).get(name) for name in names]
            modules += [x for x in parts if isinstance(x, ModuleType) and x not in modules and not _ours(x.__name__)]
            found += parts
        return [*found, f.__defaults__, f.__kwdefaults__, *([f.__dict__] if f.__dict__ else [])]


_OURS = {"microgradnn", *sys.stdlib_module_names} - {"__main__"}


def _ours(module: str | None) -> bool:
    """Whether a module is of this package, or of Python's own library."""
    return str(module).partition(".")[0] in _OURS


def _names(code: CodeType) -> set[str]:
    """All names that a function and those within it use."""
    found: set[str] = set()
    work = [code]
    while work:
        each = work.pop()
        found.update(each.co_names)
        work += [const for const in each.co_consts if isinstance(const, CodeType)]
    return found


def _drawn(source: Any) -> Any:
    """Where numpy's own source of chance stands."""
    state = source.get_state(legacy=False)["state"]
    return state["key"].tobytes(), state["pos"]


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it is empty yet
        return None
