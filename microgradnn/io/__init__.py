"""Models in files: saved bit for bit, in one stroke, and believed only if no byte has changed since."""

from microgradnn.io.checkpoints import Checkpoint as Checkpoint
from microgradnn.io.checkpoints import load as load
from microgradnn.io.checkpoints import load_checkpoint as load_checkpoint
from microgradnn.io.checkpoints import save as save
