"""The package's plugin for pytest is loaded here, when coverage is being measured already, not by its entry point."""

import pytest


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """The plugin's options, as everyone has them."""
    from microgradnn import pytest_plugin  # imported here, so that coverage sees it

    if not pluginmanager.is_registered(pytest_plugin):
        pluginmanager.register(pytest_plugin, "microgradnn.pytest_plugin")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """How much of the package the derivations in the documents use is no measure of its tests."""
    coverage = config.pluginmanager.get_plugin("_cov")
    if coverage is not None and config.getoption("--microgradnn-docs", default=False):
        coverage.options.no_cov = True
