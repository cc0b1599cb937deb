"""One epoch of MLP(64, [32, 10]) over 1,797 handwritten digits, in mini-batches of 32, float64.

ReLU, cross-entropy of the logits, plain gradient descent, the samples in their order: no side draws anything. All begin
with the same weights. A run is EPOCHS of them; compared is the mean loss of each, which is all that scikit-learn tells.
"""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.rows import Row
from benchmarks.timing import Duel, Side
from microgradnn import compile, logsumexp, take
from microgradnn.nn import MLP
from microgradnn.optim import SGD

BATCH, LR, SIZES, EPOCHS = 32, 0.05, (64, 32, 10), 5


def data() -> tuple[Any, Any]:
    X, y = peers.library("sklearn.datasets").load_digits(return_X_y=True)
    return X / 16.0, y


def model() -> MLP:
    return MLP(SIZES[0], SIZES[1:], rng=0)


def start() -> list[Any]:
    """Weights (in, out) and biases of each layer."""
    p, found = np.array([value.data for value in model().parameters()]), []
    for size, wide in pairwise(SIZES):
        rows, p = p[: wide * (size + 1)].reshape(wide, size + 1), p[wide * (size + 1) :]
        found += [rows[:, :-1].T.copy(), rows[:, -1].copy()]
    return found


def surprise(net: Any, x: Any, y: Any) -> Any:
    logits = net(x)
    return logsumexp(logits) - take(logits, y)


def ours() -> Side:
    net, sgd, (X, y) = model(), SGD(lr=LR), data()
    step = compile(surprise, net)
    return Side(lambda: step.fit(X, y, optimizer=sgd, epochs=EPOCHS, batch_size=BATCH).epoch_loss, EPOCHS)


def by_torch() -> Side:
    torch = peers.torch()
    F = torch.nn.functional
    X, y = (torch.from_numpy(each) for each in data())
    p = [torch.from_numpy(each).requires_grad_() for each in start()]

    def run() -> Any:
        means = []
        for _ in range(EPOCHS):
            total = 0.0
            for xs, ys in zip(X.split(BATCH), y.split(BATCH), strict=True):
                h = torch.relu(torch.addmm(p[1], xs, p[0]))
                loss = F.cross_entropy(torch.addmm(p[3], h, p[2]), ys)
                gradient = torch.autograd.grad(loss, p)
                with torch.no_grad():
                    torch._foreach_add_(p, gradient, alpha=-LR)
                total += loss.item() * len(xs)
            means.append(total / len(X))
        return means

    return Side(run, EPOCHS)


def by_sklearn() -> Side:
    kind = peers.library("sklearn.neural_network").MLPClassifier
    X, y = data()
    net = kind(
        SIZES[1:-1], solver="sgd", momentum=0.0, nesterovs_momentum=False, alpha=0.0, batch_size=BATCH,
        learning_rate_init=LR, shuffle=False, max_iter=1, warm_start=True, tol=0.0, n_iter_no_change=10**9,
    )  # fmt: skip

    def run() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged
            net.fit(X, y)
        return net.loss_curve_[-net.max_iter :]

    run()  # makes the weights
    for mine, found in zip([*net.coefs_, *net.intercepts_], start()[::2] + start()[1::2], strict=True):
        mine[:] = found
    net.max_iter = EPOCHS
    return Side(run, EPOCHS)


WORK = "digits, MLP(64, [32, 10]), batches of 32, one epoch"
ROWS = [
    Row("digits-torch", WORK, "PyTorch tensors, 1 thread", lambda: Duel(ours(), by_torch()), 0.5),
    Row("digits-sklearn", WORK, "scikit-learn's MLPClassifier", lambda: Duel(ours(), by_sklearn()), 0.5),
]
