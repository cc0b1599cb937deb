"""Optimisers, learning-rate schedules, gradient clipping."""

from microgradnn.optim import schedules as schedules
from microgradnn.optim.clipping import clip_norm as clip_norm
from microgradnn.optim.clipping import clip_value as clip_value
from microgradnn.optim.descent import SGD as SGD
from microgradnn.optim.descent import AdaGrad as AdaGrad
from microgradnn.optim.descent import Adam as Adam
from microgradnn.optim.descent import AdamW as AdamW
from microgradnn.optim.descent import RMSProp as RMSProp
from microgradnn.optim.optimizer import Optimizer as Optimizer

OPTIMIZERS: dict[str, type[Optimizer]] = {kind.__name__: kind for kind in (SGD, AdaGrad, RMSProp, Adam, AdamW)}
