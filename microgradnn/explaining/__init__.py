"""A graph in words and symbols: formulas that come from the table, and the chain rule written out."""

from microgradnn.explaining.explain import explain as explain
from microgradnn.explaining.explanation import Explanation as Explanation
from microgradnn.explaining.gradient import Gradient as Gradient
