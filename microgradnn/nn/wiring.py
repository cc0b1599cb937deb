"""A model read as layers one after another: the numbers that a picture of it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from microgradnn.drawing.network import Dense
from microgradnn.engine import Value, no_grad
from microgradnn.errors import Misuse, ShapeError
from microgradnn.nest import flatten
from microgradnn.nn.activations import WHOLE
from microgradnn.nn.dense import Layer, Neuron
from microgradnn.nn.inputs import vector
from microgradnn.nn.module import Module, count, observed
from microgradnn.nn.stack import Dropout, Sequential
from microgradnn.ops import plain

Outputs = dict[int, list[float]]  # of each module that was called, by identity, in the order of the calls


class Wiring(NamedTuple):
    """The layers of a model in their order, and what a reader must know besides."""

    layers: list[Dense]
    remarks: list[str]


class _Stage(NamedTuple):
    """Neurons side by side; `holder` is their Layer, or where they stand alone the first of them."""

    name: str
    holder: Module
    neurons: list[Neuron]
    notes: list[str]


def wiring(model: Module, x: Any = None) -> Wiring:
    """The layers of a model, with what they put out for inputs x where these are given, no dropout in between.

    Without x the order is that of the attributes, with x that in which they are called. Misuse where there are no
    layers, ShapeError where one does not read what the one before gives.
    """
    stages, after = _stages(model)
    if not stages:
        raise Misuse(
            f"{type(model).__name__} has no layers to draw (a Layer, an MLP, Neurons side by side), only "
            f"{count(len(model.parameters()), 'parameter')}; microgradnn.draw(model(x)) draws what it computes"
        )
    remarks = [f"the outputs then go through {', '.join(after)}"] if after else []
    outputs: Outputs = {}
    if x is not None:
        outputs = _outputs(model, x)
        stages = _as_called(stages, outputs, remarks)
    layers = [_dense(stage, outputs) for stage in stages]
    _chained(layers)
    if x is not None:
        layers[0] = layers[0]._replace(inputs=_inputs(stages[0], layers[0], x, remarks))
    shown = {id(value) for stage in stages for neuron in stage.neurons for value in (*neuron.w, neuron.b)}
    hidden = [name for name, value in model.named_parameters() if id(value) not in shown]
    if hidden:
        names = ", ".join(hidden[:3]) + (", …" if len(hidden) > 3 else "")
        remarks.append(f"not shown: {count(len(hidden), 'parameter')} outside of these layers ({names})")
    return Wiring(layers, remarks)


def _stages(model: Module) -> tuple[list[_Stage], list[str]]:
    """The layers in the order of the attributes, and the names of functions that come after the last one."""
    stages: list[_Stage] = []
    inside: set[int] = set()
    pending: list[str] = []
    before: dict[int, list[str]] = {}
    after: list[str] = []
    for name, module in model.named_modules():
        pending += before.get(id(module), ())
        if isinstance(module, Sequential):
            ends = _functions(module, before)
            after = ends if module is model else after
        elif isinstance(module, Dropout):
            pending.append(f"dropout {module.p:g} (in training)")
        elif isinstance(module, Layer):
            stages.append(_Stage(name or "layer", module, module.neurons, pending))
            inside.update(map(id, module.neurons))
            pending = []
        elif isinstance(module, Neuron) and id(module) not in inside:
            if stages and not pending and _beside(name, module, stages[-1]):
                stages[-1].neurons.append(module)
            else:
                stages.append(_Stage(name or "neuron", module, [module], pending))
                pending = []
    return stages, pending + after


def _functions(steps: Sequential, before: dict[int, list[str]]) -> list[str]:
    """Note before each module of a Sequential the functions between it and the one before; those after the last."""
    waiting: list[str] = []
    for step in steps.steps:
        if isinstance(step, Module):
            before.setdefault(id(step), []).extend(waiting)
            waiting = []
        else:
            waiting.append(_called(step))
    return waiting


def _called(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__name__", None) or type(function).__name__)


def _beside(name: str, neuron: Neuron, stage: _Stage) -> bool:
    """Whether a lone Neuron stands in one list with those of the stage."""
    family = name.rstrip("0123456789[]'\"")
    return (
        isinstance(stage.holder, Neuron)
        and stage.name.rstrip("0123456789[]'\"") == family
        and len(neuron.w) == len(stage.neurons[0].w)
    )


def _outputs(model: Module, x: Any) -> Outputs:
    """What every layer puts out for inputs x, dropout letting everything through."""
    found: Outputs = {}
    modes = [(module, module.training) for _, module in model.named_modules()]

    def watch(module: Module, out: list[Any]) -> None:
        found.setdefault(id(module), [plain(v) for v in out])

    try:
        model.eval()
        with no_grad(), observed(watch):
            model(x)
    finally:
        for module, mode in modes:
            module.training = mode
    return found


def _as_called(stages: list[_Stage], outputs: Outputs, remarks: list[str]) -> list[_Stage]:
    """The stages that were called, in the order of their calls."""
    calls = list(outputs)
    uncalled = [stage.name for stage in stages if id(stage.holder) not in outputs]
    if len(uncalled) == len(stages):
        raise Misuse("the model called none of its layers for these inputs; without x they are drawn as they stand")
    if uncalled:
        remarks.append(f"not shown, since not called for these inputs: {', '.join(uncalled)}")
    return sorted(
        (stage for stage in stages if id(stage.holder) in outputs), key=lambda stage: calls.index(id(stage.holder))
    )


def _dense(stage: _Stage, outputs: Outputs) -> Dense:
    first = stage.neurons[0]
    holder = stage.holder
    whole = isinstance(holder, Layer) and holder.activation in WHOLE
    name = holder.activation if isinstance(holder, Layer | Neuron) else first.activation
    biases = [None if neuron.b is None else neuron.b.data for neuron in stage.neurons]
    if isinstance(holder, Layer):
        given = outputs.get(id(holder))
    else:
        lone = [outputs.get(id(neuron)) for neuron in stage.neurons]
        given = [out[0] for out in lone if out] if all(lone) else None
    return Dense(
        [[w.data for w in neuron.w] for neuron in stage.neurons],
        None if None in biases else [b for b in biases if b is not None],
        name or (_called(first._act) if first._act else "linear"),
        stage.name,
        f"after {', '.join(stage.notes)}" if stage.notes else "",
        None if whole else _curve(first),
        given,
    )


def _curve(neuron: Neuron) -> Callable[[float], float]:
    """The neuron's activation as a function of a number."""
    act = neuron._act

    def at(z: float) -> float:
        with no_grad():
            return z if act is None else plain(act(Value(z)))

    return at


def _chained(layers: Sequence[Dense]) -> None:
    for k in range(1, len(layers)):
        reads, gives = len(layers[k].weights[0]), len(layers[k - 1].weights)
        if reads != gives:
            raise ShapeError(
                f"{layers[k].name} reads {count(reads, 'number')}, but {layers[k - 1].name} before it gives {gives}: "
                "this is no chain of layers; microgradnn.draw(model(x)) draws any computation"
            )


def _inputs(stage: _Stage, layer: Dense, x: Any, remarks: list[str]) -> list[float] | None:
    """The inputs as numbers, if it is these that the first layer reads, and not something made of them."""
    given = flatten(x)[0] if isinstance(x, list | tuple) else x
    nin = len(layer.weights[0])
    try:
        read = [plain(v) for v in vector(given, nin, layer.name)]
    except ShapeError:
        read = None
    if read is not None:
        with no_grad():
            out = stage.holder(read) if isinstance(stage.holder, Layer) else [neuron(read) for neuron in stage.neurons]
        again = [plain(v) for v in (out if isinstance(out, list) else [out])]
        if repr(again) == repr(layer.outputs):
            return read
    remarks.append(f"{layer.name} reads numbers that were computed from the inputs, which are not shown")
    return None
