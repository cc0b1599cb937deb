"""micrograd's demo: a network of 337 parameters learns to tell two half moons apart."""

import random

from microgradnn import no_grad
from microgradnn.data import moons
from microgradnn.functional import accuracy
from microgradnn.nn import MLP
from microgradnn.optim import SGD
from microgradnn.optim.schedules import linear
from microgradnn.train import fit

random.seed(1337)
X, Y = moons(100, noise=0.1, seed=1)
Y = [2 * y - 1 for y in Y]  # the hinge loss calls the classes −1 and 1
model = MLP(2, [16, 16, 1])
print(model)

history = fit(model, X, Y, loss="hinge", optimizer=SGD(lr=1.0), schedule=linear(100, end=0.1), l2=1e-4, epochs=100)
print(history)
with no_grad():
    reached = accuracy([model(x) for x in X], Y)
    print(f"accuracy {reached:.0%}; the plane as the network divides it:")
    for row in range(12, -9, -2):
        print("".join("·#"[model([column / 10, row / 10]) > 0] for column in range(-14, 25)))
raise SystemExit(reached < 1)
