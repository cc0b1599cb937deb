"""What the quadrants article wishes for: every setting in reach, deeper networks, and the step to digits."""

from microgradnn.data import digits, quadrants
from microgradnn.errors import MissingLibrary
from microgradnn.functional import accuracy
from microgradnn.nn import MLP
from microgradnn.optim import SGD, Adam
from microgradnn.train import fit

SEED = 2


def placed(size: int, epochs: int, lr: float, hidden: list[int], points: int = 500, activation: str = "sigmoid") -> str:
    """A network trained on `size` random points, and the share it has right of others it has not seen.

    The settings of the article's page: training data size, iterations, learning rate, hidden nodes, points to
    classify; `hidden` may list several layers.
    """
    X, Y = quadrants(size, seed=SEED)
    model = MLP(2, [*hidden, 4], activation=activation, output="sigmoid", init="xavier", rng=SEED)
    optimizer = SGD(lr=lr, momentum=0.9)
    fit(
        model,
        X,
        Y,
        loss="half_squared",
        optimizer=optimizer,
        epochs=epochs,
        batch_size=10,
        shuffle=True,
        progress=False,
    )
    fresh_x, fresh_y = quadrants(points, seed=SEED + 1)
    share = accuracy([[out.data for out in model(x)] for x in fresh_x], fresh_y)
    shape = "-".join(str(n) for n in (2, *hidden, 4))
    return f"{shape}, {size} points, {epochs} epochs, rate {lr}: {share:.1%} of {points} new points right"


def version_1() -> list[str]:
    """From four centres to any training data, by a network without hidden neurons."""
    return [placed(60, 30, 0.1, [])]


def version_2() -> list[str]:
    """Other settings, deeper networks, digits."""
    return [
        placed(60, 40, 0.1, [3]),
        placed(60, 40, 0.1, [8]),
        placed(60, 40, 0.1, [6, 6], activation="tanh"),
        read(),
    ]


def read(training: int = 200, points: int = 200) -> str:
    """The first step to reading: which digit is drawn on 8 by 8 pixels?"""
    try:
        X, Y = digits()
    except MissingLibrary as missing:
        return f"digits: {missing}"
    model = MLP(64, [10], init="zeros")
    loss = "cross_entropy_with_logits"
    fit(model, X[:training], Y[:training], loss=loss, optimizer=Adam(lr=0.02), epochs=4, batch_size=10, progress=False)
    rest = slice(training, training + points)
    share = accuracy([[out.data for out in model(x)] for x in X[rest]], Y[rest])
    return f"digits, 64-10 on {training} drawings of 8 by 8 pixels: {share:.1%} of {points} others read right"
