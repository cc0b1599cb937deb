"""Four logic gates, one small network each, with and without a bias (the article on an MLP for XOR)."""

from microgradnn.data import truth_table
from microgradnn.nn import MLP
from microgradnn.optim import Adam
from microgradnn.train import fit


def train(gate, bias):
    X, Y = truth_table(gate)
    model = MLP(2, [4, 1], activation="sigmoid", output="sigmoid", bias=bias, rng=1)
    fit(model, X, Y, loss="mse", optimizer=Adam(lr=0.1), epochs=500)
    error = 0.0
    for row, target in zip(X, Y, strict=True):
        error += abs(model(row).data - target) / len(X)
    return error


print("mean |error| after 500 epochs")
print("gate   with bias   without")
for gate in ("AND", "OR", "XOR", "NAND"):
    print(f"{gate:<5} {train(gate, True):>10.4f} {train(gate, False):>9.4f}")
print("Without a bias (0, 0) makes every hidden unit say ½, whatever the weights: NAND, 1 there, learns slowest.")
