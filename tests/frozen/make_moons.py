"""Freeze micrograd's own demo: `python -m tests.frozen.make_moons` (needs micrograd and scikit-learn).

Written with micrograd 0.1.0 and scikit-learn on NumPy's legacy generator, as in the demo notebook of
https://github.com/karpathy/micrograd; its first losses are those that the notebook shows. Takes minutes.
"""

import json
import random
from pathlib import Path

import numpy as np
from micrograd.engine import Value
from micrograd.nn import MLP
from sklearn.datasets import make_moons

np.random.seed(1337)
random.seed(1337)
X, y = make_moons(n_samples=100, noise=0.1)
y = y * 2 - 1
model = MLP(2, [16, 16, 1])
losses: list[float] = []
accuracy: list[float] = []
for k in range(100):
    scores = [model([Value(x) for x in row]) for row in X]
    hinge = [(1 + -yi * score).relu() for yi, score in zip(y, scores, strict=True)]
    loss = sum(hinge) * (1.0 / len(hinge)) + 1e-4 * sum(p * p for p in model.parameters())
    accuracy.append(sum((yi > 0) == (score.data > 0) for yi, score in zip(y, scores, strict=True)) / len(y))
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.data -= (1.0 - 0.9 * k / 100) * p.grad
    losses.append(float(loss.data))
content = {"X": X.tolist(), "y": [int(v) for v in y], "losses": losses, "accuracy": [float(a) for a in accuracy]}
Path(__file__).with_name("moons.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")
