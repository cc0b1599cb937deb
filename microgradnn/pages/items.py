"""Derivations as tests: one item for each, collected where `--microgradnn-docs` is given."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from microgradnn.errors import MicrogradnnError, WrongGradient
from microgradnn.pages.pairs import Derivation, derivations
from microgradnn.pages.process import check
from microgradnn.pages.reading import KINDS, read
from microgradnn.pages.result import Page
from microgradnn.pages.telling import told

TIMEOUT = "--microgradnn-timeout"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A file that may hold derivations. One that never speaks of microgradnn is passed over, whatever is in it.

    One that is named on the command line is collected nonetheless, as a file without tests: pytest takes it for
    an error where nobody collects such a file.
    """
    if file_path.suffix.lower() not in KINDS or not file_path.is_file():
        return None
    if not speaks(file_path) and not parent.session.isinitpath(file_path):
        return None
    return MarkedFile.from_parent(parent, path=file_path)


def speaks(path: Path) -> bool:
    """Whether a file names the package, without which it can have no marks."""
    return b"microgradnn" in path.read_bytes()


class MarkedFile(pytest.File):
    """A file with derivations, which is run once, in a process of its own, when the first of them is asked for."""

    _page: Page | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """An item for each derivation; marks are read, and nothing is run."""
        if not speaks(self.path):
            return
        try:
            found = derivations(read(str(self.path)))
        except MicrogradnnError as error:
            raise self.CollectError(str(error)) from error
        for derivation in found:
            name = f"{derivation.title}:{derivation.place.line}"
            if derivation.place.cell is not None:
                name = f"{derivation.title}:cell {derivation.place.cell}:{derivation.place.line}"
            yield DerivationItem.from_parent(self, name=name, derivation=derivation)

    @property
    def page(self) -> Page:
        """The verdicts on this file."""
        if self._page is None:
            folder = self.config.invocation_params.dir
            near = self.path.is_relative_to(folder)
            file = str(self.path.relative_to(folder) if near else self.path)
            self._page = check(file, self.config.getoption(TIMEOUT), str(folder), TIMEOUT)
        return self._page


class DerivationItem(pytest.Item):
    """One derivation; it fails with the diagnosis, or with what kept it from one."""

    def __init__(self, *, derivation: Derivation, **rest: Any) -> None:
        super().__init__(**rest)
        self.derivation = derivation

    def runtest(self) -> None:
        """Pass if the derivation is right."""
        parent = self.parent
        assert isinstance(parent, MarkedFile)
        page, place = parent.page, self.derivation.place
        for each in page.derivations:
            if (each.place.line, each.place.cell) == (place.line, place.cell):
                if each.ok is None:
                    raise Unread(each.error)
                if not each.ok:
                    raise WrongGradient(told(each))
                return
        raise Unread(page.error)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The diagnosis as it is; other exceptions with their traceback."""
        if isinstance(excinfo.value, MicrogradnnError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """The file, the line counted from 0, and the name."""
        line = self.derivation.place.line - 1 if self.derivation.place.cell is None else None
        return self.path, line, self.name


class Unread(MicrogradnnError):
    """A derivation without a verdict: its file could not be run, or a function of it raised."""
