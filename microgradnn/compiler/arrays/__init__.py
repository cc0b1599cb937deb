"""Programs run over all samples at once by numpy alone."""

from microgradnn.compiler.arrays.runner import Runner as Runner
