"""Why the chain rule adds up over paths, and why backward() goes in topological order: on the user's own graph."""

from microgradnn.paths.explain import explain_path as explain_path
from microgradnn.paths.result import Path as Path
from microgradnn.paths.result import Paths as Paths
from microgradnn.paths.steps import Step as Step
