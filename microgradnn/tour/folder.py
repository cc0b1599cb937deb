"""A folder that is written whole, or not at all."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from microgradnn.errors import SettingError

MARKER = ".microgradnn-tour"  # lists the files of a folder that was written here, so that it may be replaced


class Folder:
    """A place for a folder of files, checked when it is entered and filled by one `write`.

    Within `with Folder(path) as folder:` the place is known to be writable. Nothing is seen there before
    `write(files)`, which puts all files in place by a rename. A folder that was written so before is replaced;
    anything else in the place, also a file of one's own in such a folder, is a SettingError and stays as it is.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.shown = os.fspath(path)
        self.path = Path(os.path.abspath(path))

    def __enter__(self) -> Self:
        above = self.path.parent
        try:
            self._check()
            while not above.exists():
                above = above.parent
            self._workshop = Path(tempfile.mkdtemp(prefix=".microgradnn-", dir=above))
        except OSError as problem:
            raise self._refused(f"nothing can be written in {str(above)!r} ({_reason(problem)})") from problem
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._workshop, ignore_errors=True)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Put these files, named by their paths within the folder, in place of what was there."""
        new, old = self._workshop / "new", self._workshop / "old"
        try:
            for name, content in {**files, MARKER: "".join(f"{name}\n" for name in files)}.items():
                target = new / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
            self._check()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists():
                self.path.rename(old)
            try:
                new.rename(self.path)
            except OSError:
                if old.exists():
                    old.rename(self.path)
                raise
        except OSError as problem:
            raise self._refused(f"writing failed ({_reason(problem)})") from problem

    def _check(self) -> None:
        """SettingError where something stands in the place that must not be replaced."""
        for above in self.path.parents:
            if above.exists() and not above.is_dir():
                raise self._refused(f"{str(above)!r} is a file")
        if self.path.is_symlink():
            raise self._refused("it is a link")
        if not self.path.exists():
            return
        if not self.path.is_dir():
            raise self._refused("there is a file in its place")
        if Path.cwd().is_relative_to(self.path):
            raise self._refused("it is the folder you are in, or holds it")
        marker = self.path / MARKER
        ours = {*marker.read_text("utf-8").splitlines(), MARKER} if marker.is_file() else set()
        for file in sorted(self.path.rglob("*")):
            name = file.relative_to(self.path).as_posix()
            if name not in ours and not file.is_dir():
                raise self._refused(f"it holds {name!r}, which is not from an earlier tour")

    def _refused(self, reason: str) -> SettingError:
        return SettingError(f"cannot write the folder {self.shown!r}: {reason}; choose another with --out")


def _reason(problem: OSError) -> str:
    return problem.strerror or str(problem)
