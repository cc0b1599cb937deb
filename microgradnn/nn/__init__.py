"""Networks: modules that hold parameters and are called on inputs."""

from microgradnn.nn.dense import Layer as Layer
from microgradnn.nn.dense import Neuron as Neuron
from microgradnn.nn.mlp import MLP as MLP
from microgradnn.nn.module import Module as Module
from microgradnn.nn.module import observed as observed
from microgradnn.nn.stack import Dropout as Dropout
from microgradnn.nn.stack import Sequential as Sequential
from microgradnn.nn.stack import from_config as from_config
