"""The articles' arithmetic: JavaScript's, which is IEEE's, in the order in which the articles write it.

The published rules are followed to the last bits, so sums start at 0 and run from the left, a bias is added
last, and a product is taken from left to right. Nothing raises: where a rule diverges, inf and nan come out.
"""

from math import exp
from typing import NamedTuple

Row = list[float]
Matrix = list[Row]


class Network(NamedTuple):
    """Two layers of sigmoid neurons: a weight matrix has a row per neuron, a bias has a number per neuron."""

    hidden_weights: Matrix
    hidden_bias: Row
    output_weights: Matrix
    output_bias: Row

    def outputs(self, inputs: Row) -> Row:
        """What the network says to one input."""
        return layer(layer(inputs, self.hidden_weights, self.hidden_bias), self.output_weights, self.output_bias)


def sigmoid(x: float) -> float:
    """1/(1 + exp(-x)) as the articles write it; where exp overflows, the limit 0."""
    try:
        return 1.0 / (1.0 + exp(-x))
    except OverflowError:
        return 0.0


def layer(inputs: Row, weights: Matrix, bias: Row) -> Row:
    """A layer of sigmoid neurons: sigmoid(((0 + w0*x0) + w1*x1 + ...) + b) for each row of weights."""
    outputs = []
    for line, b in zip(weights, bias, strict=True):
        total = 0.0
        for w, x in zip(line, inputs, strict=True):
            total += w * x
        outputs.append(sigmoid(total + b))
    return outputs


def back(errors: Row, weights: Matrix) -> Row:
    """The errors of a layer handed to the one before it: the sum over neurons j of error[j]*weights[j][i]."""
    handed = []
    for column in zip(*weights, strict=True):
        total = 0.0
        for e, w in zip(errors, column, strict=True):
            total += e * w
        handed.append(total)
    return handed


def moved(weights: Matrix, errors: Row, inputs: Row, lr: float) -> Matrix:
    """Weights after one step of the delta rule: w[i][j] + lr*errors[i]*inputs[j]."""
    return [
        [w + lr * e * x for w, x in zip(line, inputs, strict=True)] for line, e in zip(weights, errors, strict=True)
    ]


def shifted(bias: Row, errors: Row, lr: float) -> Row:
    """Biases after one step: b[i] + lr*errors[i]."""
    return [b + lr * e for b, e in zip(bias, errors, strict=True)]


def half_square(target: Row, output: Row) -> float:
    """Half the squared distance of an output from its target: the error all four articles reduce."""
    total = 0.0
    for t, o in zip(target, output, strict=True):
        total += (t - o) * (t - o)
    return total / 2


def outer(errors: Row, inputs: Row) -> Matrix:
    """The gradient that errors -dE/dz leave on the weights of their layer: -errors[i]*inputs[j]."""
    return [[-e * x for x in inputs] for e in errors]


def negative(xs: Row) -> Row:
    """Each number with its sign turned: an error -dE/dz becomes a gradient dE/dz."""
    return [-x for x in xs]
