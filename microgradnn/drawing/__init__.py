"""Pictures of graphs and of training; importing this lets notebooks show Values as graphs."""

from microgradnn.drawing import notebook as notebook
from microgradnn.drawing.curves import Series as Series
from microgradnn.drawing.curves import curves as curves
from microgradnn.drawing.dot import draw_dot as draw_dot
from microgradnn.drawing.dot import trace as trace
