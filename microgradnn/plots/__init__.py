"""Pictures of models and of training: networks, curves, gradients, decision boundaries and how they are learned.

Those of matplotlib (the extra `plots`) are Figures, which notebooks show and `.savefig(path)` keeps. No window opens.
"""

from microgradnn.plots.animation import animate_boundary as animate_boundary
from microgradnn.plots.boundary import plot_decision_boundary as plot_decision_boundary
from microgradnn.plots.gradients import plot_gradients as plot_gradients
from microgradnn.plots.history import plot_history as plot_history
from microgradnn.plots.network import NetworkDrawing as NetworkDrawing
from microgradnn.plots.network import draw_network as draw_network
