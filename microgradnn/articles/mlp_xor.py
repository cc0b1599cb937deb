"""The XOR MLP: two matrices and no bias learn XOR from all four rows at once.

Source: the article on a simple neural network in JavaScript with math.js, and the readers below it. Its
rule reduces E = (1/2) sum (t - o)^2 by delta = error * f'(..), and takes f' of the *activated* value: it
multiplies by sigmoid(o) (1 - sigmoid(o)) where o is sigmoid(z) already, instead of by o (1 - o). A reader
called the derivative wrong, and it is. The factor stays positive, and near 1/4, so the network learns all
the same: far more slowly at first, and in the end to the smaller error, since the true factor vanishes as
o nears 0 or 1.
"""

from itertools import pairwise
from typing import Any

from microgradnn.articles import floats, reading
from microgradnn.articles.floats import Matrix, Row
from microgradnn.articles.models import half_squared, layer
from microgradnn.articles.training import ByAutodiff, ByHand, Parameters, Step, Trainer, Watch
from microgradnn.errors import SettingError

WHERE = "the mlp_xor run"
VARIANTS = ("as_published", "corrected")
EVERY = 1000  # the golden files keep the error of every 1,000th epoch, and of the last

ROWS: Matrix = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
XOR = [(x, [float(x[0] != x[1])]) for x in ROWS]


def loss(inputs: Any, targets: Any, synapse0: Any, synapse1: Any, bias0: Any = None, bias1: Any = None) -> Any:
    """E = (1/2) sum (t - o)^2 over all rows, of numbers or of Values; without biases, as in the article."""
    columns0, columns1 = list(zip(*synapse0, strict=True)), list(zip(*synapse1, strict=True))
    bias0 = [0.0] * len(columns0) if bias0 is None else bias0
    bias1 = [0.0] * len(columns1) if bias1 is None else bias1
    outputs = [y for x in inputs for y in layer(layer(x, columns0, bias0), columns1, bias1)]
    return half_squared([t for row in targets for t in row], outputs)


def rule(parameters: Parameters, lr: float, inputs: Matrix, targets: Matrix, corrected: bool = False) -> Step:
    """The article's `train` for one epoch; `corrected`, the slope is o (1 - o). A bias weighs a 1."""
    synapse0, synapse1 = parameters["synapse0"], parameters["synapse1"]
    columns0, columns1, bias0, bias1 = _layers(parameters)
    hidden = [floats.layer(x, columns0, bias0) for x in inputs]
    outputs = [floats.layer(h, columns1, bias1) for h in hidden]
    slope = _slope if corrected else _slope_as_published
    output_delta = [
        [(t - o) * slope(o) for t, o in zip(*rows, strict=True)] for rows in zip(targets, outputs, strict=True)
    ]
    hidden_delta = [
        [e * slope(h) for e, h in zip(floats.back(delta, columns1), row, strict=True)]
        for delta, row in zip(output_delta, hidden, strict=True)
    ]
    after: Parameters = {
        "synapse0": _plus(synapse0, _product(inputs, hidden_delta, lr)),
        "synapse1": _plus(synapse1, _product(hidden, output_delta, lr)),
    }
    for name, delta in (("bias0", hidden_delta), ("bias1", output_delta)):
        if name in parameters:
            after[name] = _plus([parameters[name]], _product([[1.0]] * len(inputs), delta, lr))[0]

    def gradient() -> Parameters:
        found: Parameters = {
            "synapse0": _product(inputs, hidden_delta, -1.0),
            "synapse1": _product(hidden, output_delta, -1.0),
        }
        for name, delta in (("bias0", hidden_delta), ("bias1", output_delta)):
            if name in parameters:
                found[name] = _product([[1.0]] * len(inputs), delta, -1.0)[0]
        return found

    total = 0.0
    for t, o in zip(targets, outputs, strict=True):
        total += floats.half_square(t, o)
    return Step(total, after, gradient)


def rule_corrected(parameters: Parameters, lr: float, **sample: Any) -> Step:
    """The rule as readers put it right."""
    return rule(parameters, lr, **sample, corrected=True)


def step(parameters: Parameters, lr: float, **sample: Any) -> Parameters:
    """The parameters after one epoch of the published rule: `inputs` and `targets` are all rows."""
    return rule(parameters, lr, **sample).after


def by_hand(inputs: Matrix, targets: Matrix, **parameters: Any) -> Parameters:
    """The gradient as published, with the slope taken at the activated value."""
    return rule(parameters, 0.0, inputs, targets).gradient()


def by_hand_corrected(inputs: Matrix, targets: Matrix, **parameters: Any) -> Parameters:
    """The gradient with the slope o (1 - o)."""
    return rule(parameters, 0.0, inputs, targets, corrected=True).gradient()


def run(golden: reading.Golden, published: bool = True, watch: Watch | None = None) -> dict[str, Any]:
    """Train from the start a golden file holds, and return the file with what came out.

    `init`, `lr`, `epochs` and, if there, `variant`, `hidden` and `data` are read; `init` may hold `bias0` and
    `bias1` too. `first_step` (the deltas -dE/dz, row by row), `mean_abs_error`, `final` and `predictions` are
    written. By hand, the rule is that of `variant`; by autodiff there is only the right one.
    """
    init = reading.field(golden, "init", WHERE)
    variant = golden.get("variant", VARIANTS[0])
    if variant not in VARIANTS:
        raise SettingError(f"variant is {variant!r}; choose one of {', '.join(VARIANTS)}")
    parameters = _parameters(init, golden)
    lr = reading.real(reading.field(golden, "lr", WHERE), "lr")
    epochs = reading.natural(reading.field(golden, "epochs", WHERE), "epochs")
    widths = len(parameters["synapse0"]), len(parameters["synapse1"][0])
    data = reading.pairs(golden.get("data", XOR), "data", *widths)
    sample = {"inputs": [x for x, _ in data], "targets": [t for _, t in data]}
    written = set(reading.recorded_at(golden.get("mean_abs_error"), epochs, EVERY))
    by_variant = rule if variant == VARIANTS[0] else rule_corrected

    def trainer_of(start: Parameters, rate: float) -> Trainer:
        return ByHand(by_variant, start, rate) if published else ByAutodiff(loss, start, rate)

    first_step = _deltas(trainer_of({**_no_bias(parameters), **parameters}, 0.0), **sample)
    trainer = trainer_of(parameters, lr)

    record: list[list[float]] = []
    for begin, end in pairwise(sorted({0, 1, *written, epochs})):
        if begin in written:
            record.append([begin, mean_abs_error(trainer.parameters, **sample)])
        losses = trainer.rounds(end - begin, [sample])
        if begin == 0:
            first_step["after"] = trainer.parameters
        if watch is not None:
            for epoch, before in enumerate(losses, begin):
                watch(epoch + 1, epochs, before)
    final = trainer.parameters
    predictions = _flat(predict(final, sample["inputs"]))
    found = {"first_step": first_step, "mean_abs_error": record, "final": final, "predictions": predictions}
    if "variant" in golden and not published:
        found["variant"] = VARIANTS[1]
    return {**golden, **found}


def predict(parameters: Parameters, inputs: Matrix) -> Matrix:
    """What the network says to each row."""
    columns0, columns1, bias0, bias1 = _layers(parameters)
    return [floats.layer(floats.layer(x, columns0, bias0), columns1, bias1) for x in inputs]


def mean_abs_error(parameters: Parameters, inputs: Matrix, targets: Matrix) -> float:
    """The number the article prints as training goes: the mean of |t - o|."""
    total, count = 0.0, 0
    for row, outputs in zip(targets, predict(parameters, inputs), strict=True):
        for t, o in zip(row, outputs, strict=True):
            total += abs(t - o)
            count += 1
    return total / count


def _deltas(trainer: Trainer, inputs: Matrix, targets: Matrix) -> dict[str, Any]:
    """-dE/dz, row by row: what a bias feels that sees this row alone. The trainer has biases and lr = 0."""
    output_delta, hidden_delta = [], []
    for x, t in zip(inputs, targets, strict=True):
        trainer.step(inputs=[x], targets=[t])
        gradient = trainer.gradient
        output_delta.append(floats.negative(gradient["bias1"]))
        hidden_delta.append(floats.negative(gradient["bias0"]))
    return {"output_delta": _flat(output_delta), "hidden_delta": hidden_delta}


def _parameters(init: object, golden: reading.Golden) -> Parameters:
    """The start, checked: as many columns of the first matrix as rows of the second."""
    hidden = reading.natural(golden["hidden"], "hidden") if "hidden" in golden else None
    first = reading.matrix(reading.field(init, "synapse0", "init"), "init.synapse0", columns=hidden)
    second = reading.matrix(reading.field(init, "synapse1", "init"), "init.synapse1", rows=len(first[0]))
    found: Parameters = {"synapse0": first, "synapse1": second}
    table = reading.table(init, "init")
    for name, size in (("bias0", len(second)), ("bias1", len(second[0]))):
        if name in table:
            found[name] = reading.row(table[name], f"init.{name}", size)
    return found


def _no_bias(parameters: Parameters) -> Parameters:
    return {"bias0": [0.0] * len(parameters["synapse1"]), "bias1": [0.0] * len(parameters["synapse1"][0])}


def _layers(parameters: Parameters) -> tuple[Matrix, Matrix, Row, Row]:
    """Both matrices with a row per neuron, and their biases, which are 0 where there are none."""
    biases = {**_no_bias(parameters), **parameters}
    columns = ([list(c) for c in zip(*parameters[name], strict=True)] for name in ("synapse0", "synapse1"))
    return *columns, biases["bias0"], biases["bias1"]


def _slope(activated: float) -> float:
    return activated * (1 - activated)


def _slope_as_published(activated: float) -> float:
    return floats.sigmoid(activated) * (1 - floats.sigmoid(activated))


def _product(left: Matrix, right: Matrix, factor: float) -> Matrix:
    """leftᵀ·(factor·right), rows added in their order."""
    found = [[0.0] * len(right[0]) for _ in left[0]]
    for xs, ds in zip(left, right, strict=True):
        scaled = [factor * d for d in ds]
        for line, x in zip(found, xs, strict=True):
            for k, d in enumerate(scaled):
                line[k] += x * d
    return found


def _plus(a: Matrix, b: Matrix) -> Matrix:
    return [[x + y for x, y in zip(p, q, strict=True)] for p, q in zip(a, b, strict=True)]


def _flat(rows: Matrix) -> list[Any]:
    """Rows of one number each as one list; wider rows stay as they are."""
    return [row[0] if len(row) == 1 else row for row in rows]
