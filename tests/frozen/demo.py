"""micrograd's demo notebook as a program, for either engine: `python demo.py microgradnn < moons.json`.

Reads {"X": …, "y": …} and prints the loss and the accuracy of each of the 100 steps as JSON. The statements are
the notebook's (https://github.com/karpathy/micrograd/blob/master/demo.ipynb); only the package is chosen.
"""

import importlib
import json
import random
import sys

random.seed(1337)
Value = importlib.import_module(f"{sys.argv[1]}.engine").Value
MLP = importlib.import_module(f"{sys.argv[1]}.nn").MLP
data = json.load(sys.stdin)
X, y = data["X"], data["y"]
model = MLP(2, [16, 16, 1])


def loss():
    inputs = [list(map(Value, xrow)) for xrow in X]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores, strict=True)]
    data_loss = sum(losses) * (1.0 / len(losses))
    alpha = 1e-4
    reg_loss = alpha * sum(p * p for p in model.parameters())
    total_loss = data_loss + reg_loss
    accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(y, scores, strict=True)]
    return total_loss, sum(accuracy) / len(accuracy)


losses, accuracies = [], []
for k in range(100):
    total_loss, acc = loss()
    model.zero_grad()
    total_loss.backward()
    learning_rate = 1.0 - 0.9 * k / 100
    for p in model.parameters():
        p.data -= learning_rate * p.grad
    losses.append(total_loss.data)
    accuracies.append(acc)
print(json.dumps({"losses": losses, "accuracy": accuracies}))
