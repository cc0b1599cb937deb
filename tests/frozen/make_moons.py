"""Freeze micrograd's own demo: `python -m tests.frozen.make_moons` (needs micrograd and scikit-learn; minutes).

Written with micrograd 0.1.0 and scikit-learn on NumPy's legacy generator, as in the demo notebook; its first
losses are those that the notebook shows. micrograd walks through sets, so its last bits differ from run to run.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import make_moons

HERE = Path(__file__).parent
np.random.seed(1337)
X, y = make_moons(n_samples=100, noise=0.1)
data = {"X": X.tolist(), "y": [int(2 * label - 1) for label in y]}
demo = [sys.executable, str(HERE / "demo.py"), "micrograd"]
done = subprocess.run(demo, input=json.dumps(data), capture_output=True, text=True, check=True)
HERE.joinpath("moons.json").write_text(json.dumps({**data, **json.loads(done.stdout)}, separators=(",", ":")) + "\n")
