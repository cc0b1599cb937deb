"""Quadrants, version 1: two inputs, four sigmoid neurons, and the centres of the quadrants to learn from.

The published weights move by lr*e*o*(1 - o)*x, which is right; the biases by lr*e, which lacks o (1 - o). A
factor below one left out is a longer step: the biases run ahead, and the network learns nevertheless.
"""

from typing import Any

from microgradnn.articles import floats, reading
from microgradnn.articles.floats import Row
from microgradnn.articles.models import half_squared, layer
from microgradnn.articles.quadrants import CENTRES, encode, factor, moved, settings, times, train
from microgradnn.articles.training import ByAutodiff, ByHand, Parameters, Step, Trainer, Watch

WHERE = "the quadrants_1 run"


def loss(inputs: Any, targets: Any, weights: Any, bias: Any) -> Any:
    """E = (1/2) sum (t - o)^2 for one point, of numbers or of Values."""
    return half_squared(targets, layer(inputs, weights, bias))


def rule(parameters: Parameters, lr: float, inputs: Row, targets: Row, corrected: bool = False) -> Step:
    """The article's `train` for one point; `corrected`, the bias takes the factor o (1 - o) too."""
    weights, bias = parameters["weights"], parameters["bias"]
    outputs = floats.layer(inputs, weights, bias)
    errors = [t - o for t, o in zip(targets, outputs, strict=True)]
    deltas = times(errors, factor(outputs))
    on_bias = deltas if corrected else errors
    after = {
        "weights": moved(weights, errors, outputs, inputs, lr),
        "bias": floats.shifted(bias, on_bias, lr),
    }
    return Step(
        floats.half_square(targets, outputs),
        after,
        lambda: {"weights": floats.outer(deltas, inputs), "bias": floats.negative(on_bias)},
    )


def step(parameters: Parameters, lr: float, **sample: Any) -> Parameters:
    """The parameters after the published rule has seen one point: `inputs` and `targets`."""
    return rule(parameters, lr, **sample).after


def by_hand(inputs: Row, targets: Row, **parameters: Any) -> Parameters:
    """The gradient that the published rule amounts to on one point."""
    return rule(parameters, 0.0, inputs, targets).gradient()


def by_hand_corrected(inputs: Row, targets: Row, **parameters: Any) -> Parameters:
    """The gradient with the factor o (1 - o) on the bias as well."""
    return rule(parameters, 0.0, inputs, targets, corrected=True).gradient()


def run(golden: reading.Golden, published: bool = True, watch: Watch | None = None) -> dict[str, Any]:
    """Train from the start a golden file holds, and return the file with what came out.

    `init`, `lr`, `iterations` and `sample_order` (places among the centres, repeated when it ends) are read;
    `first_step`, `final` and `outputs` (what the network says to each centre) are written.
    """
    init = reading.field(golden, "init", WHERE)
    weights = reading.matrix(reading.field(init, "weights", "init"), "init.weights", len(CENTRES), 2)
    bias = reading.row(reading.field(init, "bias", "init"), "init.bias", len(weights))
    lr, iterations, labels = settings(golden, WHERE)
    order = reading.order(reading.field(golden, "sample_order", WHERE), "sample_order", len(CENTRES))
    samples = [(centre, encode(k)) for k, centre in enumerate(CENTRES)]
    start = {"weights": weights, "bias": bias}
    trainer: Trainer = ByHand(rule, start, lr) if published else ByAutodiff(loss, start, lr)
    first_step = train(trainer, samples, order, iterations, dict, watch)
    final = trainer.parameters
    outputs = [floats.layer(centre, final["weights"], final["bias"]) for centre in CENTRES]
    return {**golden, "first_step": first_step, "final": final, "outputs": outputs, "labels": labels}
