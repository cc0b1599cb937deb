"""What a function reads besides its arguments, and whether that is still what it was.

Numbers that a function finds in global names, closures, lists and objects are constants of what was traced.
They are found in its code, and compared at every call, so that no program outlives them.
"""

from __future__ import annotations

import dis
import sys
import threading
from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from functools import lru_cache, partial
from operator import eq
from types import CodeType, FunctionType, MappingProxyType, MemberDescriptorType, MethodType, ModuleType
from typing import Any
from weakref import ReferenceType

from microgradnn.engine import Value
from microgradnn.nn.module import Module
from microgradnn.ops import Op

MOST = 100_000  # things looked at; data that lies further away is taken for what does not change
OURS = frozenset({__package__.split(".")[0], *sys.stdlib_module_names}) - {"__main__"}
INSTALLED = ("site-packages", "dist-packages")
HOLDERS = frozenset({"argparse", "collections", "types"})  # whose objects hold what users put there
# What holds things that nobody can compare: other threads have others, or they are gone tomorrow.
UNSEEN = (threading.local, ContextVar, ReferenceType, memoryview)
DYNAMIC = frozenset({"eval", "exec", "globals", "locals"})  # what code reads by these, its names do not tell
_GONE = object()


class Reads:
    """Names, cells and containers that functions and models read, and what was in them."""

    def __init__(self, roots: Sequence[Any]) -> None:
        self._names: list[tuple[Any, str, Any]] = []
        self._cells: list[tuple[Any, Any]] = []
        self._containers: list[Any] = []
        self._contents: list[Any] = []
        self._arrays: list[tuple[Any, bytes]] = []
        self._attributes: list[tuple[Any, str, Any]] = []  # that no dict has
        self._numpy: Any = sys.modules.get("numpy")  # which may not be loaded yet
        self.values: dict[Value, None] = {}
        self.reached: list[Any] = []  # what else was looked at, numbers and words apart
        self.unseen = ""  # what was found whose changes cannot be seen
        seen: dict[int, Any] = {}
        work: list[tuple[Any, frozenset[str]]] = [(root, frozenset()) for root in roots]
        while work and len(seen) < MOST:
            x, names = work.pop()
            if isinstance(x, Value):
                self.values[x] = None
                continue
            if isinstance(x, float | int | str) or (id(x) in seen and not isinstance(x, ModuleType)):
                continue
            seen[id(x)] = x
            self.reached.append(x)
            if isinstance(x, UNSEEN):
                self.unseen = f"a {type(x).__name__}"
            work += self._within(x, names)

    def changed(self) -> bool:
        """Whether anything is another thing now."""
        for space, name, value in self._names:
            now = space.get(name, _GONE)
            if now is not value and not _same(now, value):
                return True
        for x, name, value in self._attributes:
            now = getattr(x, name, _GONE)
            if now is not value and not _same(now, value):
                return True
        try:
            for cell, value in self._cells:
                if cell.cell_contents is not value and not _same(cell.cell_contents, value):
                    return True
            # Equality asks for identity first, and of Values and Modules for nothing else.
            if not all(map(eq, self._containers, self._contents)):
                return True
        except ValueError:  # an array was exchanged for another, or a cell emptied
            return True
        return any(array.tobytes() != before for array, before in self._arrays)

    def _within(self, x: Any, names: frozenset[str]) -> Iterator[tuple[Any, frozenset[str]]]:
        """Note what x is made of, and give it with the names by which it may be read."""
        if isinstance(x, FunctionType):
            yield from self._function(x)
        elif isinstance(x, MethodType):
            yield from ((x.__func__, names), (x.__self__, names))
        elif isinstance(x, partial):
            yield from ((y, names) for y in (x.func, x.args, x.keywords))
        elif isinstance(x, Op):
            ways = (x.value, x.partials, x.gradient, x.taken, x.kink and (x.kink.at, x.kink.sides))
            yield from ((y, names) for y in ways if hasattr(x.value, "__wrapped__"))
        elif isinstance(x, ModuleType):
            if _foreign(x.__name__):
                yield from self._named(vars(x), names)
        elif self._numpy is not None and isinstance(x, self._numpy.ndarray):
            if x.size <= MOST and x.dtype != object:
                self._arrays.append((x, x.tobytes()))
        elif isinstance(x, list | tuple | dict | deque | set | bytearray | MappingProxyType):
            self._keep(x, x if isinstance(x, tuple) else x.copy())
            yield from ((y, names) for y in (x.values() if isinstance(x, dict | MappingProxyType) else x))
            if _foreign(type(x).__module__):  # of the user's own kind, with more in it perhaps
                yield from self._object(x, names)
        elif isinstance(x, array):
            self._arrays.append((x, x.tobytes()))
        elif isinstance(x, type):
            if _foreign(x.__module__):
                self._keep(vars(x), dict(vars(x)))
                yield from ((y, names) for y in (*vars(x).values(), *x.__bases__))
        elif isinstance(x, Module) or type(x).__module__ in HOLDERS or _foreign(type(x).__module__):
            yield from self._object(x, names)

    def _object(self, x: Any, names: frozenset[str]) -> Iterator[tuple[Any, frozenset[str]]]:
        """What an object holds, in its dict and in slots, and its class."""
        if hasattr(x, "__dict__"):
            yield vars(x), names
        for kind in type(x).__mro__:
            for name, slot in vars(kind).items():
                if isinstance(slot, MemberDescriptorType):
                    yield self._attribute(x, name), names
        yield type(x), names

    def _attribute(self, x: Any, name: str) -> Any:
        self._attributes.append((x, name, getattr(x, name, _GONE)))
        return self._attributes[-1][2]

    def _function(self, x: FunctionType) -> Iterator[tuple[Any, frozenset[str]]]:
        read, attributes, modules = names_in(x.__code__)
        if _foreign(x.__globals__.get("__name__", "")):
            self.unseen = next((f"{name}()" for name in sorted(read & DYNAMIC - x.__globals__.keys())), self.unseen)
        self._attribute(x, "__code__")
        self._keep(vars(x), vars(x).copy())
        yield from ((y, attributes) for y in vars(x).values())
        yield from ((sys.modules[name], attributes) for name in sorted(modules & sys.modules.keys()))
        if _foreign(x.__globals__.get("__name__", "")):
            yield from self._named(x.__globals__, read, attributes)
        for cell in x.__closure__ or ():
            try:
                self._cells.append((cell, cell.cell_contents))
            except ValueError:  # nothing is in it yet
                continue
            yield cell.cell_contents, attributes
        yield from ((y, attributes) for y in (x.__defaults__, x.__kwdefaults__, getattr(x, "__wrapped__", None)))

    def _named(
        self, space: dict[str, Any], names: frozenset[str], attributes: frozenset[str] | None = None
    ) -> Iterator[tuple[Any, frozenset[str]]]:
        for name in sorted(names):
            self._names.append((space, name, space.get(name, _GONE)))  # what is not there may come
            if name in space:
                yield space[name], names if attributes is None else attributes

    def _keep(self, container: Any, contents: Any) -> None:
        self._containers.append(container)
        self._contents.append(contents)


def _same(a: Any, b: Any) -> bool:
    """Whether two numbers or words are one, to the bit; whatever else there is, is one only with itself."""
    return type(a) is type(b) and isinstance(a, float | int | str) and repr(a) == repr(b)


def _foreign(module: str | None) -> bool:
    """Whether code of that module may read what a user changes, and is no library's."""
    top = (module or "").split(".")[0]
    where = getattr(sys.modules.get(top), "__file__", None) or ""
    return top not in OURS and not any(place in where for place in INSTALLED)


@lru_cache(1000)
def names_in(code: CodeType) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The global names that code reads, the names of attributes, and modules; with the code inside it."""
    read, attributes, modules = set(), set(), set()
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            read.add(instruction.argval)
        elif instruction.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            attributes.add(instruction.argval)
        elif instruction.opname == "IMPORT_NAME":
            modules.add(instruction.argval)
        elif isinstance(instruction.argval, CodeType):
            for mine, inner in zip((read, attributes, modules), names_in(instruction.argval), strict=True):
                mine |= inner
    return frozenset(read), frozenset(attributes), frozenset(modules)
