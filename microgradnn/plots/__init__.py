"""Pictures of models and of training: networks, curves, gradients, decision boundaries and how they are learned.

Those of matplotlib (the extra `plots`) are Figures, which notebooks show and `.savefig(path)` keeps. No window opens.
"""

from microgradnn.plots.network import NetworkDrawing as NetworkDrawing
from microgradnn.plots.network import draw_network as draw_network
