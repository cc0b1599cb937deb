"""A function of one sample, traced for samples of one form, as a program over arrays of samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from microgradnn.compiler.backward import differentiated
from microgradnn.compiler.layout import Layout, Making
from microgradnn.compiler.passes import optimised
from microgradnn.compiler.program import Program, bits, program
from microgradnn.compiler.trace import Fixed, Trace, Traced, Whole, name_of, tracing, twin, written
from microgradnn.compiler.unknown import Place, Unknown, at
from microgradnn.engine import Value
from microgradnn.errors import DataError, NotANumber, ShapeError, Untraceable
from microgradnn.nest import Rebuild, flatten
from microgradnn.transforms import one_deeper
from microgradnn.unhindered import unhindered

Array = Any
Leaves = Callable[[Trace, Sequence[Traced]], Sequence[Traced]]


def nothing(trace: Trace, inputs: Sequence[Traced]) -> Sequence[Traced]:
    """Nothing is differentiated by."""
    return ()


class Samples(NamedTuple):
    """Arrays of samples side by side: a row for each sample, and how its numbers are nested in the arguments."""

    rows: Array
    form: tuple[tuple[int, ...], ...]
    arguments: list[Array]

    def sample(self, i: int) -> list[Any]:
        """The arguments of one sample, as plain lists of numbers."""
        return [argument[i].tolist() for argument in self.arguments]


def samples(arrays: Sequence[Any]) -> Samples:
    """Arrays, or nested lists, with a leading axis for the samples; ShapeError where their lengths differ."""
    if tracing():
        raise Untraceable(
            f"{at()}arrays were handed to something compiled in a function that is itself being compiled: call the "
            "function that it was made of"
        )
    arguments = [_array(x, k) for k, x in enumerate(arrays)]
    if not arguments:
        raise ShapeError("a compiled step takes the arrays of its samples, and none was given")
    sizes = [len(x) for x in arguments]
    if len(set(sizes)) > 1:
        raise ShapeError(f"the arrays hold {', '.join(map(str, sizes))} samples: give as many in each")
    if not sizes[0]:
        raise ShapeError("the arrays hold no samples; a step needs at least one")
    rows = [x.reshape(sizes[0], -1) for x in arguments]
    whole = np.ascontiguousarray(np.concatenate(rows, axis=1), dtype=np.float64)
    return Samples(whole, tuple((x.dtype.kind in "iu", *x.shape[1:]) for x in arguments), arguments)


def _array(x: Any, k: int) -> Array:
    try:
        array = np.asarray(x)
    except ValueError:
        raise ShapeError(
            f"array {k} is ragged: its samples differ in length; hand samples of one length at a time"
        ) from None
    if np.ma.is_masked(x):
        raise DataError(f"array {k} is masked: numbers that are left out are no samples to learn from; fill them in")
    if array.dtype.kind not in "fiub":
        raise NotANumber(f"array {k} holds {array.dtype}; it is made of real numbers")
    if array.ndim == 0:
        raise ShapeError(f"array {k} is a single number; its first axis counts the samples")
    return array if array.dtype.kind in "iu" else array.astype(np.float64)


def traced(numbers: Any, values: bool) -> tuple[Any, list[Traced]]:
    """What stands for nested numbers, and its steps: `values`, as a gradient is taken by, or plain numbers."""
    leaves, rebuild = flatten(numbers)
    whole = [x.__class__ is int for x in leaves]
    if values:
        inputs = [(Whole if is_whole else Traced)(x) for x, is_whole in zip(leaves, whole, strict=True)]
        return rebuild(inputs), inputs
    nodes: list[Traced] = [Fixed(x) for x in leaves]
    return rebuild([(Place if is_whole else Unknown)(x) for x, is_whole in zip(nodes, whole, strict=True)]), nodes


def compiled(
    fn: Callable[..., Any],
    example: Sequence[Any],
    fixed: Sequence[Value],
    leaves: Leaves,
    before: Sequence[Any] = (),
    values: bool = False,
) -> tuple[Layout, Rebuild]:
    """The layout of fn(*before, *sample), traced at an example, and what nests its results as fn does.

    `fixed` are leaves that are held whether or not they are used, in this order, before all others; `leaves` tells
    from a trace and its inputs what to differentiate by; with `values` the numbers of the sample are handed over as
    Values. The function is traced twice: one that is random, or keeps state, does not do the same again.
    """
    began = perf_counter()
    with unhindered():
        one, wanted, rebuild = _traced(fn, example, fixed, leaves, before, values)
        again, _, _ = _traced(fn, example, fixed, leaves, before, values)
        same = one.code == again.code and one.held == again.held
        if not same or list(map(bits, one.constants)) != list(map(bits, again.constants)):
            raise Untraceable(
                f"{written(fn)}{name_of(fn)} did not do the same when it was run again: it is random, or keeps state. "
                "Give random numbers as arguments, and state as parameters"
            )
        del again
        traced = perf_counter()
        one = differentiated(one, wanted)
        size = len(one.code)
        one = optimised(one)
        return Layout(one, Making(size, traced - began, perf_counter() - traced)), rebuild


def _traced(
    fn: Callable[..., Any],
    example: Sequence[Any],
    fixed: Sequence[Value],
    leaves: Leaves,
    before: Sequence[Any],
    values: bool,
) -> tuple[Program, list[int], Rebuild]:
    """The program of what the function gives, the registers of what to differentiate by, and the nesting.

    The graph, which is large, is let go.
    """
    pairs = [traced(numbers, values) for numbers in example]
    twins = {value: twin(value) for value in fixed}
    try:
        with one_deeper() if values else nullcontext():
            trace = Trace(fn, [*before, *(nested for nested, _ in pairs)], twins)
    except DataError:
        fn(*before, *example)  # which says it of numbers
        raise
    trace.guards += trace.doubts()
    inputs = [leaf for _, each in pairs for leaf in each]
    outputs, rebuild = flatten(trace.result)
    places = {leaf: k for k, leaf in enumerate([*inputs, *trace.held.values()])}
    wanted = [places[leaf] for leaf in leaves(trace, inputs)]
    return program(trace, inputs, outputs), wanted, rebuild


def numbers(values: Sequence[Value]) -> Array:
    """What leaves hold now."""
    return np.array([value._data for value in values], dtype=np.float64)
