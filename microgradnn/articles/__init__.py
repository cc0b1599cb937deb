"""Four articles that build a small network by hand: each as published, and put right by autodiff.

    from microgradnn.articles import mikir, start
    mikir.run(start("mikir_xor"), published=False)["predictions"]

A golden file holds a recorded run: the weights it starts from, its settings and data, and what came out.
"""

from microgradnn.articles import mikir as mikir
from microgradnn.articles import mlp_xor as mlp_xor
from microgradnn.articles import nanoneuron as nanoneuron
from microgradnn.articles import quadrants_1 as quadrants_1
from microgradnn.articles import quadrants_2 as quadrants_2
from microgradnn.articles.reading import STARTS as STARTS
from microgradnn.articles.reading import start as start
