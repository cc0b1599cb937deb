"""A model of one's own with a primitive of one's own: bumps, each with its place and width, add up to a wave."""

import math
import random

from microgradnn import Value, dot, exp, grad, primitive
from microgradnn.check import check_gradients
from microgradnn.nn import Module
from microgradnn.optim import Adam
from microgradnn.train import fit

# exp(−x²) and its derivative. Written with microgradnn's operations it differentiates to any order.
bump = primitive("bump", lambda x: math.exp(-x * x), lambda x, out: -2 * x * out)
print("bump″(0) =", grad(grad(bump))(0.0), "by hand: −2")
report = check_gradients(bump, 0.7)
print(report)


class Bumps(Module):
    """Σ height · bump((x − place) / width), of a number x: a network of radial basis functions."""

    def __init__(self, n: int, rng: random.Random) -> None:
        self.heights = [Value(rng.uniform(-1, 1)) for _ in range(n)]
        self.places = [Value(-3 + 6 * k / (n - 1)) for k in range(n)]
        self.log_widths = [Value(0.0) for _ in range(n)]  # a width stays positive, whatever is learned
        self.label_parameters()

    def __call__(self, x: float) -> Value:
        shapes = [bump((x - c) / exp(s)) for c, s in zip(self.places, self.log_widths, strict=True)]
        return dot(self.heights, shapes)


X = [-3 + 6 * k / 40 for k in range(41)]
Y = [math.sin(2 * x) for x in X]
model = Bumps(6, random.Random(1))
history = fit(model, X, Y, optimizer=Adam(lr=0.05), epochs=300, l1=1e-5)
print(history)
for name, value in model.named_parameters()[6:12]:
    print(f"{name} = {value:.3f}")
raise SystemExit(not (report.ok and history.loss[-1] < 0.01))
