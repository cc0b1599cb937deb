"""Every example runs as a user would run it, and says what it promises."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
# What the output must say: results that the articles and calculus give, not the output copied.
SAYS = {
    "nanoneuron": ["Fahrenheit = 1.800000 · Celsius + 32.000000", "158.0000 °F"],
    "mikir": ["0 xor 1 = 1: the network says 0.9", "1 xor 1 = 0: the network says 0.0"],
    "mlp_xor": ["XOR", "NAND"],
    "quadrants": ["[-0.5, -0.5] belongs to blue", "[0.5, 0.5] belongs to purple", "is drawn in"],
    "moons": ["337 parameters", "accuracy 100%", "####"],
    "names_gpt": ["337 names, 25 letters, 4160 parameters", "3 steps in", "made up:"],
    "custom_model": ["bump″(0) = -2.0", "ok: ", "places[0]"],
}
ARGUMENTS = {"names_gpt": ["--steps", "3"]}


def test_every_example_is_tested() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_it_runs(name: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent), "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py"), *ARGUMENTS.get(name, [])],
        capture_output=True, encoding="utf-8", cwd=tmp_path, env=environment, timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout
    for text in SAYS[name]:
        assert text in done.stdout
