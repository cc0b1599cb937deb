"""One linear neuron learns to convert Celsius to Fahrenheit (the NanoNeuron article).

The article needs 70,000 epochs because its inputs run from 0 to 99 while the bias sees only 1. On inputs of mean 0 and
deviation 1 the same neuron is there after 60, and its weights are turned back into 1.8 and 32 at the end.
"""

from microgradnn.data import Normaliser, celsius
from microgradnn.nn import Neuron
from microgradnn.optim import SGD
from microgradnn.train import fit

X, Y = celsius("train")
degrees = Normaliser().fit(X)
neuron = Neuron(1, nonlin=False, rng=0)
history = fit(neuron, degrees.apply(X), Y, loss="half_squared", optimizer=SGD(lr=0.5), epochs=60)

# w·(x − shift)/scale + b is a line in x again.
w = neuron.w[0].data / degrees.scale[0]
b = neuron.b.data - w * degrees.shift[0]
print(history)
print(f"Fahrenheit = {w:.6f} · Celsius + {b:.6f}")

test_x, test_y = celsius("test")
cost = 0.0
for row, target in zip(degrees.apply(test_x), test_y, strict=True):
    cost += (neuron(row).data - target) ** 2 / 2 / len(test_y)
hot = neuron(degrees.apply([[70.0]])[0]).data
print(f"test cost {cost:.3g}; 70 °C are {hot:.4f} °F, and 158 in truth")
