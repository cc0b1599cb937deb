"""pytest collects derivations: `pytest --microgradnn-docs` diagnoses those in Markdown, notebooks and Python files.

Without the option nothing is loaded and nothing is collected.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("microgradnn", "gradients derived by hand (microgradnn)")
    group.addoption(
        "--microgradnn-docs",
        action="store_true",
        help="diagnose the marked derivations in .md, .ipynb and .py files; this runs their code",
    )
    group.addoption(
        "--microgradnn-timeout",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="time limit for each of these files (default: 60)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Where derivations are asked for, what collects them is loaded."""
    if config.getoption("--microgradnn-docs", default=False):
        from microgradnn.pages import items

        config.pluginmanager.register(items, "microgradnn-docs")
