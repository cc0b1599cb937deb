"""Training: the loop, what it records, and how it ends."""

from microgradnn.train.history import History as History
from microgradnn.train.loop import fit as fit
