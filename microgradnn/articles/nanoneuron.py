"""NanoNeuron: one linear neuron learns to turn degrees Celsius into Fahrenheit.

Source: the article on NanoNeuron, seven functions in JavaScript. The cost is the mean over the samples of
(y - p)^2 / 2 with p = x w + b. Its dW = mean (y - p) x and dB = mean (y - p) are *minus* the gradient and are
added, not subtracted: ascent on the cost with its sign turned. A convention, and the rule is right.
"""

from collections.abc import Sequence
from typing import Any

from microgradnn.arithmetic import dot
from microgradnn.articles import reading
from microgradnn.articles.floats import Row
from microgradnn.articles.models import half_squared
from microgradnn.articles.training import Parameters, Watch
from microgradnn.data import celsius
from microgradnn.engine import Value
from microgradnn.optim import SGD
from microgradnn.train.compiled import Step

WHERE = "the nanoneuron run"
EVERY = 1000  # the golden file keeps the cost of every 1,000th epoch, and of the last


def data(part: str) -> tuple[Row, Row]:
    """The article's degrees Celsius and Fahrenheit, as two columns: "train" or "test"."""
    rows, y = celsius(part)
    return [x for (x,) in rows], y


def predict(w: float, b: float, x: float) -> float:
    """The model: x w + b."""
    return x * w + b


def loss(w: Any, b: Any, x: Sequence[Any], y: Sequence[Any]) -> Any:
    """The cost, mean (y - p)^2 / 2, of numbers or of Values."""
    return half_squared(y, [dot([w], [each], b) for each in x]) / len(x)


def ascended(w: Any, b: Any, x: Sequence[Any], y: Sequence[Any]) -> Any:
    """Minus the cost, of which the article's dW and dB are the gradient."""
    return -loss(w, b, x, y)


def cost(w: float, b: float, x: Row, y: Row) -> float:
    """The same cost in plain floats, added up in the article's order."""
    total = 0.0
    for each, target in zip(x, y, strict=True):
        error = target - predict(w, b, each)
        total += error * error / 2
    return total / len(x)


def deltas(w: float, b: float, x: Row, y: Row) -> tuple[float, float]:
    """The article's dW and dB: minus the gradient of the cost."""
    dw = db = 0.0
    for each, target in zip(x, y, strict=True):
        error = target - (each * w + b)
        dw += error * each
        db += error
    return dw / len(x), db / len(x)


def by_hand(w: float, b: float, x: Row, y: Row) -> Parameters:
    """dW and dB with the article's sign: the gradient of minus the cost."""
    dw, db = deltas(w, b, x, y)
    return {"w": dw, "b": db}


def by_hand_corrected(w: float, b: float, x: Row, y: Row) -> Parameters:
    """The gradient of the cost: the article's deltas with their sign turned."""
    dw, db = deltas(w, b, x, y)
    return {"w": -dw, "b": -db}


def step(parameters: Parameters, lr: float, x: Row, y: Row) -> Parameters:
    """One epoch of the article's training: w + lr dW, b + lr dB."""
    dw, db = deltas(**parameters, x=x, y=y)
    return {"w": parameters["w"] + lr * dw, "b": parameters["b"] + lr * db}


def of_sample(neuron: Parameters, x: Any, y: Any) -> Any:
    """The cost of one sample; the mean over the samples is `loss`."""
    return half_squared([y], [dot([neuron["w"]], [x], neuron["b"])])


def run(golden: reading.Golden, published: bool = True, watch: Watch | None = None) -> dict[str, Any]:
    """Train from the start a golden file holds, and return the file with what came out.

    `init`, `epochs` and `alpha` are read; `first_step` (the article's dW and dB), `cost_at_epoch`, `final`,
    `test_cost` and `predict_70` are written. `watch(done, of, cost)` sees the epochs whose cost is kept. By autodiff
    the whole training is compiled: 70,000 epochs of 100 samples take less time than by hand.
    """
    init = reading.field(golden, "init", WHERE)
    w, b = (reading.real(reading.field(init, name, "init"), f"init.{name}") for name in ("w", "b"))
    alpha = reading.real(reading.field(golden, "alpha", WHERE), "alpha")
    epochs = reading.natural(reading.field(golden, "epochs", WHERE), "epochs")
    x, y = data("train")
    written = set(reading.recorded_at(golden.get("cost_at_epoch"), epochs, EVERY))
    costs: dict[str, float] = {}

    neuron = {"w": Value(w), "b": Value(b)}
    if published:
        dw, db = deltas(w, b, x, y)
    else:
        autodiff, descent = Step(of_sample, neuron), SGD(lr=alpha)
        dw, db = (-g for g in autodiff.value_and_grad(x, y)[1].tolist())
    first_step = {"dW": dw, "dB": db}

    done = 0
    for epoch in [*sorted(written), epochs]:
        if published:
            for _ in range(done, epoch):
                dw, db = deltas(w, b, x, y)
                w += alpha * dw
                b += alpha * db
        else:
            autodiff.fit(x, y, optimizer=descent, epochs=epoch - done, progress=False)
            w, b = neuron["w"].data, neuron["b"].data
        done = epoch
        if epoch in written:
            costs[str(epoch)] = cost(w, b, x, y)
            if watch is not None:
                watch(epoch + 1, epochs, costs[str(epoch)])
    return {
        **golden,
        "first_step": first_step,
        "cost_at_epoch": costs,
        "final": {"w": w, "b": b},
        "test_cost": cost(w, b, *data("test")),
        "predict_70": predict(w, b, 70.0),
    }
