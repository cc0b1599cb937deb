"""mikir: a network of 2-3-1 sigmoid neurons learns XOR, one sample at a time.

Source: the article on building the NodeJS library mikir. Its rule reduces E = (1/2) sum (t - o)^2 by
delta = (t - o) o (1 - o) at the output, which is right, and by delta = (sum of delta*w) h (1 - h) at the
hidden neurons, which is right too, except that w is read *after* the output weights were moved: one step
newer than the deltas, so it is the gradient at no one point. The difference shrinks with the learning rate.
"""

from dataclasses import dataclass
from typing import Any

from microgradnn.articles import floats, reading
from microgradnn.articles.floats import Matrix, Network, Row
from microgradnn.articles.models import half_squared, two_layers
from microgradnn.articles.training import ByAutodiff, ByHand, Parameters, Step, Trainer, Watch

WHERE = "the mikir run"
XOR = [([0.0, 1.0], [1.0]), ([1.0, 0.0], [1.0]), ([0.0, 0.0], [0.0]), ([1.0, 1.0], [0.0])]
EVERY = 500  # the golden files keep the cost of every 500th iteration, and of the last


@dataclass(frozen=True)
class IceCreamNeuron:
    """Whether to eat ice cream: one neuron with a step for its activation.

    The article works out 23.4 for 30 degrees and a hunger of 8. That is the weighted sum before the bias of
    -15; with it the sum is 8.4 (8.399999999999999 in doubles), and the decision stands.
    """

    temperature_weight: float = 0.7
    hunger_weight: float = 0.3
    bias: float = -15.0

    def activation(self, temperature: float, hunger: float) -> float:
        """The weighted sum: temperature in degrees Celsius, hunger from 0 to 10."""
        return temperature * self.temperature_weight + hunger * self.hunger_weight + self.bias

    def recommend(self, temperature: float, hunger: float) -> bool:
        """The step function of the weighted sum: yes where it is positive."""
        return self.activation(temperature, hunger) > 0


def compound_interest(principal: float, rate: float, periods: float) -> float:
    """P (1 + r)^t, the article's example of a function that is no straight line."""
    return float(principal * (1 + rate) ** periods)


def loss(inputs: Any, targets: Any, **parameters: Any) -> Any:
    """E = (1/2) sum (t - o)^2 for one sample, of numbers or of Values."""
    return half_squared(targets, two_layers(inputs, **parameters))


def rule(parameters: Parameters, lr: float, inputs: Row, targets: Row, corrected: bool = False) -> Step:
    """The article's `train` for one sample; `corrected`, hidden errors are read before the weights move."""
    network = Network(**parameters)
    hidden = floats.layer(inputs, network.hidden_weights, network.hidden_bias)
    outputs = floats.layer(hidden, network.output_weights, network.output_bias)
    output_errors = [(t - o) * o * (1 - o) for t, o in zip(targets, outputs, strict=True)]
    output_weights = floats.moved(network.output_weights, output_errors, hidden, lr)
    handed = floats.back(output_errors, network.output_weights if corrected else output_weights)
    hidden_errors = [e * h * (1 - h) for e, h in zip(handed, hidden, strict=True)]
    after = Network(
        floats.moved(network.hidden_weights, hidden_errors, inputs, lr),
        floats.shifted(network.hidden_bias, hidden_errors, lr),
        output_weights,
        floats.shifted(network.output_bias, output_errors, lr),
    )

    def gradient() -> Parameters:
        return Network(
            floats.outer(hidden_errors, inputs),
            floats.negative(hidden_errors),
            floats.outer(output_errors, hidden),
            floats.negative(output_errors),
        )._asdict()

    return Step(floats.half_square(targets, outputs), after._asdict(), gradient)


def step(parameters: Parameters, lr: float, **sample: Any) -> Parameters:
    """The parameters after the published rule has seen one sample: `inputs` and `targets`."""
    return rule(parameters, lr, **sample).after


def by_hand(inputs: Row, targets: Row, lr: float = 0.1, **parameters: Any) -> Parameters:
    """The gradient the published rule amounts to on one sample; being stale, it depends on `lr`."""
    return rule(parameters, lr, inputs, targets).gradient()


def by_hand_corrected(inputs: Row, targets: Row, **parameters: Any) -> Parameters:
    """The same derivation, with the hidden errors read from the weights that the forward pass used."""
    return rule(parameters, 0.1, inputs, targets, corrected=True).gradient()


def run(golden: reading.Golden, published: bool = True, watch: Watch | None = None) -> dict[str, Any]:
    """Train from the start a golden file holds, and return the file with what came out.

    `init`, `lr`, `iterations` and `data` are read; `first_step`, `cost` (the mean over the samples of E, each
    before its own update), `final` and `predictions` are written. `watch(done, of, cost)` sees
    every iteration.
    """
    network = _network(reading.field(golden, "init", WHERE), golden.get("shape"))
    lr = reading.real(reading.field(golden, "lr", WHERE), "lr")
    iterations = reading.natural(reading.field(golden, "iterations", WHERE), "iterations")
    widths = len(network.hidden_weights[0]), len(network.output_bias)
    data = reading.pairs(golden.get("data", XOR), "data", *widths)
    written = set(reading.recorded_at(golden.get("cost"), iterations, EVERY))
    start = network._asdict()
    samples = [{"inputs": inputs, "targets": targets} for inputs, targets in data]

    def beginning() -> Trainer:
        return ByHand(rule, start, lr) if published else ByAutodiff(loss, start, lr)

    first = beginning()
    first.step(**samples[0])
    first_step = {
        "outputErrors": floats.negative(first.gradient["output_bias"]),
        "hiddenErrors": floats.negative(first.gradient["hidden_bias"]),
        "after": _written(Network(**first.parameters)),
    }

    trainer = beginning()
    cost: list[list[float]] = []
    for begin in range(0, iterations, EVERY):
        means = trainer.rounds(min(EVERY, iterations - begin), samples)
        for iteration, mean in enumerate(means, begin):
            if iteration in written:
                cost.append([iteration, mean])
            if watch is not None:
                watch(iteration + 1, iterations, mean)
    final = Network(**trainer.parameters)
    return {
        **golden,
        "first_step": first_step,
        "cost": cost,
        "final": _written(final),
        "predictions": [final.outputs(inputs) for inputs, _ in data],
    }


def _network(init: object, shape: object) -> Network:
    """A golden file's neurons as matrices, checked against its `shape` where it has one."""
    layers: list[tuple[Matrix, Row]] = []
    widths: list[int | None] = [None, None, None] if shape is None else list(reading.widths(shape, "shape", 3))
    for key, before, here in (("hidden", 0, 1), ("output", 1, 2)):
        neurons = reading.items(reading.field(init, key, "init"), f"init.{key}", widths[here])
        weights, bias = [], []
        for i, neuron in enumerate(neurons):
            at = f"init.{key}[{i}]"
            weights.append(reading.row(reading.field(neuron, "weights", at), f"{at}.weights", widths[before]))
            bias.append(reading.real(reading.field(neuron, "bias", at), f"{at}.bias"))
            widths[before] = len(weights[0])
        widths[here] = len(neurons)
        layers.append((weights, bias))
    return Network(*layers[0], *layers[1])


def _written(network: Network) -> dict[str, Any]:
    """Matrices as a golden file writes them: a dict for each neuron."""
    return {
        key: [{"weights": w, "bias": b} for w, b in zip(weights, bias, strict=True)]
        for key, weights, bias in (
            ("hidden", network.hidden_weights, network.hidden_bias),
            ("output", network.output_weights, network.output_bias),
        )
    }
