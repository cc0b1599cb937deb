"""Quadrants, version 2: hidden neurons between inputs and outputs, and random points to learn from.

Of the published rule only the output weights are right. The output bias lacks o (1 - o); the hidden error,
the sum of w*e, lacks o (1 - o) of the outputs and reads the output weights after they were moved; the hidden
bias lacks h (1 - h) as well. The author suspected a mistake: there are four. Three leave out a factor below
one, so they make the step longer, and for the first couple of thousand samples that even helps.
"""

from typing import Any

from microgradnn.articles import floats, reading
from microgradnn.articles.floats import Matrix, Network, Row
from microgradnn.articles.models import half_squared, two_layers
from microgradnn.articles.quadrants import TEAMS, accuracy, encode, factor, moved, settings, times, train
from microgradnn.articles.training import ByAutodiff, ByHand, Parameters, Step, Trainer, Watch

WHERE = "the quadrants_2 run"
KEYS = ("weightsInputToHidden", "biasHidden", "weightsHiddenToOutput", "biasOutput")


def loss(inputs: Any, targets: Any, **parameters: Any) -> Any:
    """E = (1/2) sum (t - o)^2 for one point, of numbers or of Values."""
    return half_squared(targets, two_layers(inputs, **parameters))


def rule(parameters: Parameters, lr: float, inputs: Row, targets: Row, corrected: bool = False) -> Step:
    """The article's `train` for one point; `corrected`, no factor is missing and no weight read too late."""
    network = Network(**parameters)
    hidden = floats.layer(inputs, network.hidden_weights, network.hidden_bias)
    outputs = floats.layer(hidden, network.output_weights, network.output_bias)
    errors = [t - o for t, o in zip(targets, outputs, strict=True)]
    deltas = times(errors, factor(outputs))
    on_output_bias = deltas if corrected else errors
    output_weights = moved(network.output_weights, errors, outputs, hidden, lr)
    read = (deltas, network.output_weights) if corrected else (errors, output_weights)
    hidden_errors = floats.back(*read)
    hidden_deltas = times(hidden_errors, factor(hidden))
    on_hidden_bias = hidden_deltas if corrected else hidden_errors
    after = Network(
        moved(network.hidden_weights, hidden_errors, hidden, inputs, lr),
        floats.shifted(network.hidden_bias, on_hidden_bias, lr),
        output_weights,
        floats.shifted(network.output_bias, on_output_bias, lr),
    )

    def gradient() -> Parameters:
        return Network(
            floats.outer(hidden_deltas, inputs),
            floats.negative(on_hidden_bias),
            floats.outer(deltas, hidden),
            floats.negative(on_output_bias),
        )._asdict()

    return Step(floats.half_square(targets, outputs), after._asdict(), gradient)


def step(parameters: Parameters, lr: float, **sample: Any) -> Parameters:
    """The parameters after the published rule has seen one point: `inputs` and `targets`."""
    return rule(parameters, lr, **sample).after


def by_hand(inputs: Row, targets: Row, lr: float = 0.1, **parameters: Any) -> Parameters:
    """The gradient the published rule amounts to on one point; being stale, it depends on `lr`."""
    return rule(parameters, lr, inputs, targets).gradient()


def by_hand_corrected(inputs: Row, targets: Row, **parameters: Any) -> Parameters:
    """The gradient with every factor in its place, all of it read from the weights of the forward pass."""
    return rule(parameters, 0.1, inputs, targets, corrected=True).gradient()


def run(golden: reading.Golden, published: bool = True, watch: Watch | None = None) -> dict[str, Any]:
    """Train from the start a golden file holds, and return the file with what came out.

    `init`, `lr`, `iterations`, `training_points` ([x, y, team]) and `sample_order` (places among the points,
    repeated when it ends) are read; `first_step`, `final` and `train_accuracy` are written.
    """
    start = _network(reading.field(golden, "init", WHERE), golden)
    lr, iterations, labels = settings(golden, WHERE)
    points = [
        _point(point, f"training_points[{i}]")
        for i, point in enumerate(reading.items(reading.field(golden, "training_points", WHERE), "training_points"))
    ]
    order = reading.order(reading.field(golden, "sample_order", WHERE), "sample_order", len(points))
    samples = [(inputs, encode(k)) for inputs, k in points]
    trainer: Trainer = ByHand(rule, start._asdict(), lr) if published else ByAutodiff(loss, start._asdict(), lr)
    first_step = train(trainer, samples, order, iterations, _written, watch)
    final = Network(**trainer.parameters)
    share = accuracy([final.outputs(inputs) for inputs, _ in points], [k for _, k in points])
    return {
        **golden,
        "first_step": first_step,
        "final": _written(final._asdict()),
        "train_accuracy": share,
        "labels": labels,
    }


def _network(init: object, golden: reading.Golden) -> Network:
    """The start, checked: a row of weights for each neuron, as wide as the layer before."""
    size = reading.natural(golden["hidden"], "hidden") if "hidden" in golden else None
    weights: list[Matrix] = []
    biases: list[Row] = []
    widths = [2, size, len(TEAMS)]
    for before, (weight, bias) in enumerate((KEYS[:2], KEYS[2:])):
        found = reading.matrix(
            reading.field(init, weight, "init"), f"init.{weight}", widths[before + 1], widths[before]
        )
        widths[before + 1] = len(found)
        weights.append(found)
        biases.append(reading.row(reading.field(init, bias, "init"), f"init.{bias}", len(found)))
    return Network(weights[0], biases[0], weights[1], biases[1])


def _point(value: object, where: str) -> tuple[Row, int]:
    """[x, y, team] as inputs and a team."""
    x, y, k = reading.items(value, where, 3)
    team = reading.order([k], f"{where}[2]", len(TEAMS))[0]
    return [reading.real(x, f"{where}[0]"), reading.real(y, f"{where}[1]")], team


def _written(parameters: Parameters) -> Parameters:
    """Matrices under the names a golden file has for them."""
    return dict(zip(KEYS, parameters.values(), strict=True))
