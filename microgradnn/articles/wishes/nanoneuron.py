"""What NanoNeuron skipped, shown on Celsius and Fahrenheit: six things, in the article's order."""

from microgradnn.articles import nanoneuron
from microgradnn.data import Normaliser, celsius, split
from microgradnn.functional import accuracy
from microgradnn.nn import MLP
from microgradnn.optim import SGD, Adam
from microgradnn.train import fit

EPOCHS = 60
HOT = 100.0  # °F: a question to answer with yes or no
SEED = 1


def wishes() -> list[str]:
    """A shuffled split, networks, normalised inputs, vectorised computation, a logarithmic cost, activations."""
    return [*splits(), *networks(), vectorised(), logarithmic()]


def normalised(share: float) -> tuple[int, float, float]:
    """One linear neuron on a shuffled share of the data, inputs and targets normalised: rows, test cost, 70 °C.

    With inputs of mean 0 and variance 1 both directions are equally steep, so 60 epochs do what took 70,000.
    """
    X, Y = celsius()
    (train_x, train_y), (test_x, test_y) = split(X, Y, (share, 1 - share), seed=SEED)
    degrees, targets = Normaliser().fit(train_x), Normaliser().fit(train_y)
    model = MLP(1, [1], rng=SEED)
    fit(
        model,
        degrees.apply(train_x),
        targets.apply(train_y),
        loss="half_squared",
        optimizer=SGD(lr=0.5),
        epochs=EPOCHS,
        progress=False,
    )
    (slope, offset) = (parameter.data for parameter in model.parameters())
    # The neuron in the units of the data, so that its test cost can be set beside the article's.
    w = slope * targets.scale[0] / degrees.scale[0]
    b = offset * targets.scale[0] + targets.shift[0] - w * degrees.shift[0]
    flat = [y for y in test_y if isinstance(y, float)]
    cost = nanoneuron.cost(w, b, [x for (x,) in test_x], flat)
    return len(train_x), cost, nanoneuron.predict(w, b, 70.0)


def splits() -> list[str]:
    """Shuffled splits from 70/30 to 95/5, with inputs normalised by the training part alone."""
    lines = []
    for share in (0.7, 0.9, 0.95):
        rows, cost, said = normalised(share)
        lines.append(
            f"shuffled split {100 * share:.0f}/{100 - 100 * share:.0f}, normalised inputs: {rows} rows, {EPOCHS} "
            f"epochs instead of 70,000, test cost {cost:.1g}, 70 °C is {said:.4f} °F"
        )
    return lines


def networks() -> list[str]:
    """Networks with hidden neurons, and their activations."""
    X, Y = celsius()
    degrees, targets = Normaliser().fit(X), Normaliser().fit(Y)
    few = slice(0, None, 8)
    lines = []
    for activation in ("sigmoid", "relu", "tanh"):
        model = MLP(1, [4, 1], activation=activation, init="xavier", rng=SEED)
        history = fit(
            model,
            degrees.apply(X[few]),
            targets.apply(Y[few]),
            optimizer=Adam(lr=0.03),
            epochs=200,
            progress=False,
        )
        (said,) = targets.undo([model(*degrees.apply([[70.0]])).data])
        lines.append(
            f"a network of 1-4-1 neurons, {activation}: loss {history.loss[0]:.2f} to {history.loss[-1]:.5f}, "
            f"70 °C is {said:.1f} °F"
        )
    return [*lines, "curves that bend towards a line; for this problem one linear neuron is the better model"]


def vectorised() -> str:
    """dW and dB from whole columns at once."""
    import numpy as np

    x, y = (np.array(column) for column in nanoneuron.data("train"))
    errors = y - (0.9492 * x + 0.457)
    dw, db = float(errors @ x) / len(x), float(errors.mean())
    looped = nanoneuron.deltas(0.9492, 0.457, *nanoneuron.data("train"))
    apart = max(abs(dw / looped[0] - 1), abs(db / looped[1] - 1))
    return (
        f"vectorised: whole columns in numpy give dW = {dw:.4f} and dB = {db:.4f}, which the loop gives too (to "
        f"{apart:.0e}); and autodiff of one sample, compiled, became columns by itself for the 70,000 epochs above"
    )


def logarithmic() -> str:
    """A cost with logarithms, for a question of yes or no: is it above 100 °F?"""
    X, fahrenheit = celsius()
    Y = [float(f > HOT) for f in fahrenheit]
    (train_x, train_y), (test_x, test_y) = split(X, Y, (0.7, 0.3), seed=SEED)
    degrees = Normaliser().fit(train_x)
    model = MLP(1, [1], rng=SEED)
    loss = "binary_cross_entropy_with_logits"
    history = fit(model, degrees.apply(train_x), train_y, loss=loss, optimizer=Adam(lr=0.3), epochs=150, progress=False)
    right = accuracy([model(row) for row in degrees.apply(test_x)], test_y, threshold=0)
    slope, offset = (parameter.data for parameter in model.parameters())
    border = degrees.undo([[-offset / slope]])[0][0]
    return (
        f"logarithmic cost, for the question whether it is above {HOT:.0f} °F: cross-entropy {history.loss[0]:.2f} "
        f"to {history.loss[-1]:.2f}, {right:.0%} of the test data right, border at {border:.1f} °C (37.8 is right)"
    )
