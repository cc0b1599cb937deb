"""Module: something with parameters that can be called, and be trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from operator import itemgetter
from types import FunctionType
from typing import Any, ClassVar

from microgradnn.drawing.sheet import shown
from microgradnn.engine import Constant, Value
from microgradnn.errors import Misuse, NotANumber, ShapeError
from microgradnn.ieee import number
from microgradnn.making import noted
from microgradnn.nest import flatten, paths
from microgradnn.nn.page import page

Observer = Callable[["Module", list[Any]], object]
_self: Callable[[Any], Any] = itemgetter(0)
observer: ContextVar[Observer | None] = ContextVar("microgradnn_observer", default=None)


@contextmanager
def observed(watch: Observer) -> Iterator[None]:
    """Within this context, every layer that is called hands itself and its list of outputs to `watch`."""
    token = observer.set(watch)
    try:
        yield
    finally:
        observer.reset(token)


class Module:
    """Something with parameters: leaf Values and Modules among its attributes, and in lists or dicts there.

    What was computed and kept in an attribute is no parameter, nor is a constant.

    A subclass writes `__init__`, which sets the attributes, and `__call__`; it need not call
    `super().__init__()`. The order of everything is that in which the attributes were first set.
    """

    training: bool = True
    part: ClassVar[str] = "model"  # what it is in a larger whole: a model, a layer or a neuron

    def __init_subclass__(cls, **settings: Any) -> None:
        """Let what an instance computes know, when it is called, whose result it is; drawings fold by it."""
        super().__init_subclass__(**settings)
        call = vars(cls).get("__call__")
        if isinstance(call, FunctionType):
            cls.__call__ = noted(call, cls.part, _self)  # type: ignore[method-assign]

    def __call__(self, x: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} needs a method __call__(self, x)")

    # ---- what it is made of ----

    def named_modules(self) -> list[tuple[str, Module]]:
        """This module, named "", and all within it, each once, parents before their children."""
        found: dict[int, tuple[str, Module]] = {}
        work: list[tuple[str, Module]] = [("", self)]
        while work:
            path, module = work.pop()
            if id(module) not in found:
                found[id(module)] = path, module
                parts = [(name, part) for name, part in module._parts(path) if isinstance(part, Module)]
                work.extend(reversed(parts))
        return list(found.values())

    def named_parameters(self) -> list[tuple[str, Value]]:
        """The parameters with their names, such as `layer0.neuron3.w[1]`; a shared one comes once.

        Two parameters of one name are a Misuse, and so is a parameter in a set, which has no order.
        """
        found: dict[Value, str] = {}
        seen: set[int] = set()
        work: list[tuple[str, Any]] = [("", self)]
        while work:
            path, part = work.pop()
            if not isinstance(part, Module):
                found.setdefault(part, path)
            elif id(part) not in seen:
                seen.add(id(part))
                work.extend(reversed(part._parts(path)))
        if len(set(found.values())) < len(found):
            names = list(found.values())
            twice = next(name for name in names if names.count(name) > 1)
            raise Misuse(f"{type(self).__name__} has two parameters called {twice!r}: rename one of the attributes")
        return [(name, value) for value, name in found.items()]

    def _parts(self, path: str) -> list[tuple[str, Any]]:
        """The modules and leaf Values that this module's attributes hold, with their names."""
        prefix = f"{path}." if path else ""
        parts: list[tuple[str, Any]] = []
        for attribute, held in vars(self).items():
            if isinstance(held, Value | Module):
                places, leaves = [attribute], [held]
            elif isinstance(held, list | tuple | dict):
                places, leaves = paths(held, attribute), flatten(held)[0]
            else:
                if isinstance(held, set | frozenset) and any(isinstance(x, Value | Module) for x in held):
                    raise Misuse(f"{type(self).__name__}.{attribute} is a set, which has no order: make it a list")
                continue
            parts += [
                (prefix + (_member(attribute, place) if isinstance(leaf, Module) else place), leaf)
                for place, leaf in zip(places, leaves, strict=True)
                if isinstance(leaf, Module) or is_parameter(leaf)
            ]
        return parts

    def own_parameters(self) -> list[Value]:
        """The parameters that this module holds itself, not within another module."""
        return [part for _, part in self._parts("") if not isinstance(part, Module)]

    def parameters(self) -> list[Value]:
        """The parameters in their order, frozen ones too; a shared one comes once."""
        return [value for _, value in self.named_parameters()]

    def label_parameters(self) -> None:
        """Give each parameter its name as its label, which drawings and reports show; layers learn theirs too."""
        for name, value in self.named_parameters():
            value.label = name
        for path, module in self.named_modules():
            if path:
                module.call_it(path)

    def call_it(self, path: str) -> None:
        """Take note of the name that this module has in a larger one; layers use it in their messages."""

    # ---- training ----

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for value in self.parameters():
            value.zero_grad()

    def freeze(self) -> Module:
        """Make all parameters constants: gradients and optimisers pass them by."""
        return self._freeze(True)

    def unfreeze(self) -> Module:
        """Let all parameters learn again."""
        return self._freeze(False)

    def _freeze(self, frozen: bool) -> Module:
        for value in self.parameters():
            value.frozen = frozen
        return self

    def train(self, mode: bool = True) -> Module:
        """Behave as in training, which concerns Dropout."""
        for _, module in self.named_modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """Behave as in use: Dropout lets everything through."""
        return self.train(False)

    # ---- keeping and restoring ----

    def state_dict(self) -> dict[str, float]:
        """The numbers of all parameters by name."""
        return {name: value.data for name, value in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set all parameters from a `state_dict`: either all of them, or none and an error that names one."""
        named = self.named_parameters()
        if not isinstance(state, Mapping):
            raise NotANumber(f"a state is a dict of names and numbers, not one {type(state).__name__}")
        for name, _ in named:
            if name not in state:
                raise ShapeError(
                    f"the state lacks {name!r}, which {type(self).__name__} has: "
                    "it was taken from another kind of model"
                )
        known = {name for name, _ in named}
        for name in state:
            if name not in known:
                raise ShapeError(f"the state has {name!r}, which {type(self).__name__} lacks")
        numbers = [number(state[name], f"state[{name!r}]") for name, _ in named]
        for (_, value), data in zip(named, numbers, strict=True):
            value.data = data

    def config(self) -> dict[str, Any]:
        """What is needed to make a module of this form again: plain data, with its `kind`."""
        raise Misuse(
            f"{type(self).__name__} is a kind of its own, which a file cannot describe: save its "
            "state_dict(), and load that into a model that your own code made"
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({count(len(self.parameters()), 'parameter')})"

    def _repr_html_(self) -> str:
        """What a notebook shows; it does not raise, whatever state the model is in."""
        return shown(self, lambda: page(self))


def is_parameter(x: Any) -> bool:
    """Whether x is a Value that learns, or one that is frozen: a leaf, but no result of detach() or no_grad()."""
    return isinstance(x, Value) and x.op is None and x.__class__ is not Constant


def count(n: int, noun: str) -> str:
    """A number of things in words."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _member(attribute: str, place: str) -> str:
    """The name of a module within a list: `layers[2]` is layer2."""
    index = place[len(attribute) + 1 : -1]
    if attribute.endswith("s") and index.isdecimal():
        return attribute[:-1] + index
    return place
