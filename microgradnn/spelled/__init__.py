"""A graph as straight Python that runs alone: forward and backward, step by step, with the same bits."""

from microgradnn.spelled.script import to_python as to_python
