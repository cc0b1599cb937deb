"""Long trainings run in a process of their own, where coverage does not count every line of 70,000 epochs."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import microgradnn

PRELUDE = """
import json
from microgradnn.articles import start
from microgradnn.articles.stories import ARTICLES
from microgradnn.articles.wishes import mikir, mlp_xor, nanoneuron, quadrants
import microgradnn.articles as articles


def told(trained):
    return {
        "met": trained.met,
        "steps": trained.steps,
        "losses": trained.losses,
        "targets": [[target.what, target.article, target.reached, target.met] for target in trained.targets],
        "milestones": [[each.after, each.value] for each in trained.milestones],
    }
"""


@cache
def elsewhere(expression: str) -> Any:
    """The value of an expression in a fresh interpreter, warnings being errors; it must be plain data."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE_"))}
    environment["PYTHONPATH"] = str(Path(microgradnn.__file__).parent.parent)
    code = f"{PRELUDE}\nprint(json.dumps({expression}))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ran(name: str, published: bool = True, **more: Any) -> Any:
    """An article's run from a recorded start, the expected results taken away so that none can be handed back."""
    return elsewhere(f"articles.{ARTICLE_OF[name]}.run({given(name)} | {more}, {published})")


ARTICLE_OF = {
    "nanoneuron": "nanoneuron",
    "mikir_xor": "mikir",
    "mikir_xor_lr05": "mikir",
    "mlp_xor_as_published": "mlp_xor",
    "mlp_xor_corrected": "mlp_xor",
    "quadrants_2_4": "quadrants_1",
    "quadrants_2_6_4": "quadrants_2",
}
RESULTS = (
    "first_step",
    "cost",
    "cost_at_epoch",
    "mean_abs_error",
    "final",
    "predictions",
    "outputs",
    "test_cost",
    "predict_70",
    "train_accuracy",
)


def given(name: str) -> str:
    """An expression for what a golden file gives: its start, settings and samples."""
    return f"{{k: v for k, v in start({name!r}).items() if k not in {RESULTS}}}"


def results(golden: dict[str, Any]) -> dict[str, Any]:
    """What came out, in the order of the golden files."""
    return {key: golden[key] for key in RESULTS if key in golden}


def apart(a: Any, b: Any, path: str = "result") -> float:
    """The largest relative difference between two nestings of numbers and words."""
    if isinstance(a, dict):
        assert list(a) == list(b), path
        return max((apart(a[key], b[key], f"{path}.{key}") for key in a), default=0.0)
    if isinstance(a, list | tuple):
        assert len(a) == len(b), path
        return max((apart(x, y, f"{path}[{i}]") for i, (x, y) in enumerate(zip(a, b, strict=True))), default=0.0)
    if isinstance(a, str):
        assert a == b, path
        return 0.0
    return 0.0 if a == b else abs(a - b) / max(abs(a), abs(b))
