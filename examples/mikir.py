"""A 2-3-1 network learns XOR, sample by sample, and its hand-derived gradient is checked (the mikir article)."""

from microgradnn import dot, sigmoid
from microgradnn.check import compare
from microgradnn.data import truth_table
from microgradnn.nn import MLP
from microgradnn.optim import SGD
from microgradnn.train import fit

X, Y = truth_table("XOR")
model = MLP(2, [3, 1], activation="sigmoid", output="sigmoid", rng=3)
history = fit(model, X, Y, loss="half_squared", optimizer=SGD(lr=2.0), epochs=1500, batch_size=1)
print(history)
for row, target in zip(X, Y, strict=True):
    print(f"{row[0]:.0f} xor {row[1]:.0f} = {target:.0f}: the network says {model(row):.3f}")


def loss(hidden, output, x, t):
    """Half the squared error of the network; a neuron is its weights and, last, its bias."""
    h = [sigmoid(dot(neuron[:-1], x, neuron[-1])) for neuron in hidden]
    return (sigmoid(dot(output[:-1], h, output[-1])) - t) ** 2 / 2


def by_hand(hidden, output, x, t):
    """The chain rule on paper: the output's delta goes back through the weights that made the output."""
    h = [sigmoid(dot(neuron[:-1], x, neuron[-1])) for neuron in hidden]
    o = sigmoid(dot(output[:-1], h, output[-1]))
    delta = (o - t) * o * (1 - o)
    deltas = [delta * w * a * (1 - a) for w, a in zip(output[:-1], h, strict=True)]
    return {"output": [*(delta * a for a in h), delta], "hidden": [[*(d * v for v in x), d] for d in deltas]}


at = {
    "hidden": [[p.data for p in neuron.parameters()] for neuron in model.layers[0].neurons],
    "output": [p.data for p in model.layers[1].neurons[0].parameters()],
    "x": [0.0, 1.0],
    "t": 1.0,
}
report = compare(loss, by_hand, at=at)
print(report)
raise SystemExit(not report.ok)
