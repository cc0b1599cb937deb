"""A text in the DOT language becomes a picture, with or without Graphviz installed."""

import os
import shutil
import subprocess
from importlib import metadata
from typing import NamedTuple

from microgradnn.errors import MicrogradnnError, MissingLibrary, SettingError

VARIABLE = "MICROGRADNN_DOT"
PURE = "graphviz-pure"
TEXT = ("dot", "gv")

INSTEAD = f"`pip install {PURE}` where it has a wheel, or install Graphviz, or set {VARIABLE} to a `dot` program"
NOTHING_DRAWS = f"no program that draws graphs was found: {INSTEAD}; until then the graph is there as DOT text"


class Program(NamedTuple):
    """A program that reads DOT as Graphviz's `dot` does, and how it was found."""

    path: str
    found: str


def program() -> Program | None:
    """The program that draws: the environment's choice, else `dot` on the PATH, else graphviz-pure, or none.

    SettingError where the environment variable names something that cannot be run.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        path = shutil.which(chosen)
        if path is None:
            raise SettingError(
                f"{VARIABLE}={chosen!r} names no program that can be run: correct it, "
                f"or unset it to use `dot` or {PURE}"
            )
        return Program(path, VARIABLE)
    path = shutil.which("dot")
    if path is not None:
        return Program(path, "dot")
    path = _pure()
    return None if path is None else Program(path, PURE)


def _pure() -> str | None:
    """Where graphviz-pure's program was installed; the folder need not be on the PATH, as in notebooks."""
    try:
        files = metadata.files(PURE) or []
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.name in (PURE, f"{PURE}.exe"):
            return shutil.which(str(file.locate()))
    return None


def render(source: str, format: str = "svg", engine: str = "dot") -> bytes:
    """The picture of a graph written in DOT, as the bytes of a file of the given format.

    `format` is svg, png, dot and what else the program found writes (graphviz-pure: no pdf). Where there is
    no program, dot gives the source itself and any other format raises MissingLibrary. A format that is not
    written, or a source that is not understood, raises MicrogradnnError with the program's words.
    """
    drawer = program()
    if drawer is None:
        if format in TEXT:
            return source.encode("utf-8")
        raise MissingLibrary(NOTHING_DRAWS)
    quiet = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # on Windows no console flashes up
    try:
        done = subprocess.run(
            [drawer.path, f"-K{engine}", f"-T{format}"],
            input=source.encode("utf-8"),
            capture_output=True,
            check=False,
            creationflags=quiet,
        )
    except OSError as problem:
        raise MicrogradnnError(f"{drawer.path!r} could not be run ({problem.strerror}): {INSTEAD}") from problem
    if done.returncode != 0 or not done.stdout:
        said = " ".join(done.stderr.decode("utf-8", "replace").split()) or f"exit status {done.returncode}"
        hint = f" ({PURE} writes svg, png and dot, not pdf)" if drawer.found == PURE else ""
        raise MicrogradnnError(f"{drawer.found} could not draw the graph as {format}: {said}{hint}")
    return done.stdout
