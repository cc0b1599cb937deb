"""What mikir wishes for, on XOR: deeper networks, other activations, regularisation, batches, saving and loading."""

from pathlib import Path
from tempfile import TemporaryDirectory

from microgradnn.data import truth_table
from microgradnn.functional import l2_penalty
from microgradnn.io import load, save
from microgradnn.nn import MLP
from microgradnn.optim import Adam
from microgradnn.train import fit

SEED = 4
L2 = 0.0002
X, Y = truth_table("XOR")


def wishes() -> list[str]:
    """All five, in the article's order."""
    return [deeper(), *activations(), regularised(), batches(), kept()]


def trained(shape: list[int], activation: str, epochs: int = 300, l2: float = 0.0, batch: int | None = None) -> MLP:
    """A network of this shape that has learned XOR."""
    model = MLP(2, shape, activation=activation, output="sigmoid", init="xavier", rng=SEED)
    fit(
        model,
        X,
        Y,
        loss="half_squared",
        optimizer=Adam(lr=0.05),
        epochs=epochs,
        batch_size=batch,
        shuffle=batch is not None,
        l2=l2,
        seed=SEED,
        progress=False,
    )
    return model


def said(model: MLP) -> str:
    """The four outputs; 0, 1, 1, 0 is right."""
    return " ".join(f"{model(row):.2f}" for row in X)


def deeper() -> str:
    """More hidden layers."""
    return f"three hidden layers, 2-3-3-3-1, tanh: XOR is {said(trained([3, 3, 3, 1], 'tanh'))}"


def activations() -> list[str]:
    """ReLU and tanh."""
    return [f"{name} in 2-6-1: XOR is {said(trained([6, 1], name))}" for name in ("relu", "tanh")]


def regularised() -> str:
    """L2 regularisation: smaller weights for outputs a little less sure."""
    free, held = trained([3, 1], "tanh"), trained([3, 1], "tanh", l2=L2)
    sizes = [l2_penalty(model.parameters()).data for model in (free, held)]
    return (
        f"L2 regularisation of {L2}: the sum of squares of all weights is {sizes[1]:.0f} instead of {sizes[0]:.0f}, "
        f"and XOR is {said(held)} instead of {said(free)}"
    )


def batches() -> str:
    """Batch training: the gradient of two samples, or of all four, at a time."""
    two, four = trained([3, 1], "tanh", batch=2), trained([3, 1], "tanh")
    return f"in shuffled batches of two: {said(two)}; all four samples at once: {said(four)}"


def kept() -> str:
    """Saving and loading."""
    model = trained([3, 1], "tanh", epochs=20)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "xor.json"
        save(model, path)
        again = load(path)
        size = path.stat().st_size
    same = [model(row).data for row in X] == [again(row).data for row in X]
    outputs = "the same, bit for bit" if same else "NOT the same"
    return f"saved to a file of {size:,} bytes and loaded: the outputs are {outputs}"
