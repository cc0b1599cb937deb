"""What was differentiated in place of the loss: an output, a layer of them, an intermediate result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from microgradnn.check.doctor.bench import Bench, State, constant_kind, near, simple, tidy
from microgradnn.check.doctor.hypothesis import Hypothesis
from microgradnn.check.doctor.mistakes import Mistake
from microgradnn.check.doctor.relations import is_function
from microgradnn.check.doctor.tape import sum_of as total

ACTIVATIONS = frozenset("log sigmoid tanh relu leaky_relu elu silu gelu softplus exp sin cos sqrt atan erf".split())  # noqa: SIM905


def outputs(
    bench: Bench,
    state: State,
    above: Sequence[int],
    t: tuple[list[float], list[float]],
    numbers: tuple[tuple[float, float], tuple[float, float]],
) -> Iterator[Hypothesis]:
    """Hypotheses by which something else than the loss was differentiated. `above` are the nodes that the number flows
    to, `t` their tangents, `numbers` what is given by hand at the two points and what the state gives."""
    hand, got = numbers
    met: dict[int, list[int]] = {}  # of each output the nodes that the number flows to
    for n in above:
        for k in bench.outputs_with.get(n, ()):
            met.setdefault(k, []).append(n)
    for k, own in sorted(met.items()):
        nodes = bench.outputs[k]
        n = nodes[0]
        sums = [total([x[n] for n in own]) for x in t]
        if not sums[0] or not sums[1]:
            continue
        ratio = [h / s for h, s in zip(hand, sums, strict=True)]
        if not near(ratio[0], ratio[1]):  # first, as it is rarely so
            continue
        through = [total([adjoint[n] * x[n] for n in own]) for adjoint, x in zip(state.adjoints, t, strict=True)]
        # where the loss is a mere multiple of the nodes there is nothing to forget
        if not all(map(near, through, got)) or near(*(adjoints[n] for adjoints in state.adjoints)):
            continue
        if len(nodes) == 1 and any(t[0][m] and m != n for m in bench.beside(n)):  # nobody differentiates one of them
            continue
        c, base = tidy(ratio[0]), state.hypothesis
        found = base.and_also(Mistake.OUTPUT_NOT_LOSS, _cost(bench, nodes), seeds=nodes)
        if c == 1.0:
            yield found
        elif len(nodes) > 1 and c == 1.0 / len(nodes):
            yield found._replace(factor=c)
        elif simple(c):
            yield found.and_also(*constant_kind(c), factor=c)


def _cost(bench: Bench, nodes: tuple[int, ...]) -> float:
    """Where all that is left out is an activation, one would rather say that its derivative is missing."""
    tape = bench.pair[0].tape
    above, left_out = {*nodes}, []
    for n in range(nodes[0] + 1, len(tape.data)):
        if any(e.to in above for e in tape.edges[n]):
            above.add(n)
            if is_function(tape.ops[n]):
                left_out.append(tape.ops[n].name)  # type: ignore[union-attr]
    return 2.4 if left_out and ACTIVATIONS.issuperset(left_out) else 2.0
