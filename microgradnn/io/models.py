"""Models as plain data and back: the form of a network, its numbers, and what else it needs to go on.

The kinds of modules form a closed set: a file can name one of them, and nothing else. Before anything is
made, the numbers that a form asks for are counted against those that are there.
"""

from itertools import pairwise
from random import Random
from typing import Any

from microgradnn.engine import Value
from microgradnn.errors import FileError, Misuse
from microgradnn.io.plain import decode, encode
from microgradnn.nest import flatten, paths
from microgradnn.nn import MLP, Dropout, Layer, Module, Neuron, Sequential, from_config

KINDS = (Neuron, Layer, MLP, Sequential, Dropout)
Generators = list[Random]


def pack(model: Any, generators: Generators) -> dict[str, Any]:
    """A model as JSON data: a Module of a known kind, a nesting of Values, or plain data such as a state.

    The sources of chance that its parts draw from are gathered in `generators`, each once.
    """
    if isinstance(model, Module):
        return _pack_module(model, generators)
    leaves, rebuild = flatten(model)
    values = list(dict.fromkeys(leaf for leaf in leaves if isinstance(leaf, Value)))
    if not values:
        return {"kind": "plain", "data": encode(model, "the model")}
    place = {value: k for k, value in enumerate(values)}
    for leaf, where in zip(leaves, paths(model, "model"), strict=True):
        if not isinstance(leaf, Value) or leaf.op is not None:
            what = "was computed" if isinstance(leaf, Value) else f"is one {type(leaf).__name__}"
            raise Misuse(f"{where} {what}; beside parameters, a model holds nothing but parameters")
    form = encode(rebuild([place[leaf] for leaf in leaves]), "the model")
    return {"kind": "nesting", "form": form, **_numbers([(str(k), value) for k, value in enumerate(values)])}


def unpack(data: dict[str, Any], generators: Generators) -> Any:
    """The model that `pack` was given: new objects of the same kinds, with every number as it was."""
    match data:
        case {"kind": "module", "form": dict(form), "resting": list(resting), "drawing": dict(drawing)}:
            if _size(form) != len(data["parameters"]):
                raise FileError(f"its form asks for {_size(form)} numbers, and {len(data['parameters'])} are there")
            module = _build(form, [])
            _restore(data, module.named_parameters())
            modules = dict(module.named_modules())
            for name in resting:
                modules[name].training = False
            for name, index in drawing.items():
                dropout = modules[name]
                if not isinstance(dropout, Dropout):
                    raise FileError(f"{name} is no Dropout, so it draws nothing")
                dropout.rng = generators[index]
            return module
        case {"kind": "nesting", "form": form}:
            values = [Value(0.0) for _ in data["parameters"]]
            _restore(data, [(str(k), value) for k, value in enumerate(values)])
            places, rebuild = flatten(decode(form))
            return rebuild([values[k] for k in places])
        case {"kind": "plain", "data": plain}:
            return decode(plain)
    raise FileError("its model is of no known kind")


def _pack_module(model: Module, generators: Generators) -> dict[str, Any]:
    form = _form(model, [], "the model")
    twin = _build(form, [])
    modules, names = model.named_modules(), [name for name, _ in model.named_parameters()]
    if names != [name for name, _ in twin.named_parameters()] or [
        (name, type(module), module.config()) for name, module in modules
    ] != [(name, type(module), module.config()) for name, module in twin.named_modules()]:
        raise Misuse(
            "the model was changed after it was made (parameters added or shared, parts exchanged), and a file "
            "cannot describe that: save its state_dict(), and load that into a model that your own code made"
        )
    drawing = {}
    for name, module in modules:
        if isinstance(module, Dropout) and isinstance(module.rng, Random):  # else it draws from module random
            drawing[name] = share(module.rng, generators)
    return {
        "kind": "module",
        "form": form,
        "resting": [name for name, module in modules if not module.training],
        "drawing": drawing,
        **_numbers(model.named_parameters(), twin),
    }


def share(rng: Random, generators: Generators) -> int:
    """The place of a source of chance among those to be saved, where it comes once however many use it."""
    for k, known in enumerate(generators):
        if known is rng:
            return k
    generators.append(rng)
    return len(generators) - 1


def _numbers(named: list[tuple[str, Value]], twin: Module | None = None) -> dict[str, Any]:
    """The numbers of parameters by name, which of them are frozen, and labels that do not follow from names."""
    for name, value in named:
        if not isinstance(value.label, str):
            raise Misuse(f"the label of {name} is one {type(value.label).__name__}; labels are text")
    usual = {name: value.label for name, value in twin.named_parameters()} if twin else {}
    return {
        "parameters": {name: encode(value.data, name) for name, value in named},
        "frozen": [name for name, value in named if value.frozen],
        "labels": {name: value.label for name, value in named if value.label != usual.get(name, "")},
    }


def _restore(data: dict[str, Any], named: list[tuple[str, Value]]) -> None:
    numbers, labels, values = data["parameters"], data["labels"], dict(named)
    if not isinstance(labels, dict) or not isinstance(data["frozen"], list):
        raise FileError("its labels or the list of what is frozen are damaged")
    if list(numbers) != list(values):
        raise FileError("its numbers have other names than the parameters of its form")
    for name, value in values.items():
        value.data = decode(numbers[name])
    for name, label in labels.items():
        if not isinstance(label, str):
            raise FileError(f"the label of {name} is no text")
        values[name].label = label
    for name in data["frozen"]:
        values[name].frozen = True


def _form(module: Any, seen: list[Any], where: str, above: tuple[Any, ...] = ()) -> dict[str, Any]:
    """What a module is made of; one that comes again is named by its place among those that came before."""
    if not isinstance(module, Module):
        raise Misuse(f"{where} is a function of your own, which a file cannot describe; make it a Module's part")
    if type(module) not in KINDS:
        raise Misuse(
            f"{where} is one {type(module).__name__}, a kind of its own, which a file cannot describe: save its "
            "state_dict(), and load that into a model that your own code made"
        )
    if any(module is outer for outer in above):
        raise Misuse(f"{where} is a part of itself, so the model has no end; take that step out")
    for k, known in enumerate(seen):
        if known is module:
            return {"kind": "again", "of": k}
    seen.append(module)
    if type(module) is not Sequential:
        return module.config()
    return {
        "kind": "Sequential",
        "steps": [_form(step, seen, f"step {k} of {where}", (*above, module)) for k, step in enumerate(module.steps)],
    }


def _build(form: dict[str, Any], made: list[Module | None]) -> Module:
    """A module of that form, all its numbers 0."""
    match form:
        case {"kind": "again", "of": int(k)} if 0 <= k < len(made) and (known := made[k]) is not None:
            return known
        case {"kind": "Sequential", "steps": list(steps)}:
            place = len(made)
            made.append(None)  # not there yet, should one of its own steps name it
            module: Module = Sequential(*(_build(step, made) for step in steps))
            made[place] = module
        case {"kind": "again"}:
            raise FileError("its form has a step that comes again before it came")
        case _:
            module = from_config(form)
            made.append(module)
    return module


def _size(form: dict[str, Any]) -> int:
    """How many numbers a form asks for; a FileError where that cannot be said."""
    match form:
        case {"kind": "Sequential", "steps": list(steps)}:
            return sum(map(_size, steps))
        case {"kind": "Neuron", "nin": int(nin), "bias": bool(bias)}:
            sizes = [nin, 1]
        case {"kind": "Layer", "nin": int(nin), "nout": int(nout), "bias": bool(bias)}:
            sizes = [nin, nout]
        case {"kind": "MLP", "nin": int(nin), "nouts": list(nouts), "bias": bool(bias)}:
            sizes = [nin, *nouts]
        case {"kind": "Dropout" | "again"}:
            return 0
        case _:
            raise FileError("its form has a kind that there is not, or lacks a setting of its kind")
    if any(type(size) is not int or size < 1 for size in sizes):
        raise FileError("its form has a size that is no integer of at least 1")
    return sum((a + bias) * b for a, b in pairwise(sizes))
