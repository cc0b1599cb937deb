"""What the XOR MLP's readers ask for: a bias, AND, OR and other gates; and the error it prints as it goes."""

from microgradnn.articles import mlp_xor
from microgradnn.articles.reading import start
from microgradnn.data import truth_table

GATES = ("AND", "OR", "NAND", "NOR", "XOR", "XNOR")
EPOCHS = 2000
PRINTED = (0, 250, 500, 750)  # epochs


def wishes() -> list[str]:
    """Every gate, with a bias and without; then XOR's mean |error| every 250 epochs."""
    lines = [f"{gate}: {learned(gate)}" for gate in GATES]
    return [f"after {EPOCHS:,} epochs from the article's start, by the corrected rule:", *lines, *printed()]


def golden(gate: str, bias: bool) -> dict[str, object]:
    """The article's start for any gate; its biases, if it has them, begin at 0."""
    X, Y = truth_table(gate)
    init = start("mlp_xor_corrected")["init"]
    if bias:
        init |= {"bias0": [0.0] * 4, "bias1": [0.0]}
    data = [[row, [target]] for row, target in zip(X, Y, strict=True)]
    return {"init": init, "lr": 0.6, "epochs": EPOCHS, "variant": "corrected", "data": data}


def learned(gate: str) -> str:
    """The largest distance from a target, with a bias and without."""
    targets = truth_table(gate)[1]
    found = []
    for bias in (True, False):
        outputs = mlp_xor.run(golden(gate, bias))["predictions"]
        distance = max(abs(t - o) for t, o in zip(targets, outputs, strict=True))
        found.append(f"{distance:.3f} {'with a bias' if bias else 'without'}")
    return "outputs within " + ", ".join(found)


def printed() -> list[str]:
    """The article's printout, of a network with a bias, trained by autodiff."""
    kept = {"mean_abs_error": [[epoch, 0.0] for epoch in PRINTED], "epochs": PRINTED[-1] + 1}
    result = mlp_xor.run({**golden("XOR", bias=True), **kept}, published=False)
    errors = ", ".join(f"{error:.3f} at epoch {epoch}" for epoch, error in result["mean_abs_error"])
    return [f"XOR with a bias, by autodiff: mean |error| {errors}"]
