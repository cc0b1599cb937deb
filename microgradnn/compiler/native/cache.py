"""Machine code kept on disk between runs, in a folder of the user's own; what is damaged there is made again."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import warnings
from functools import cache
from pathlib import Path

from microgradnn import wholefile
from microgradnn.errors import FileError

VARIABLE = "MICROGRADNN_CACHE"
MOST = 200  # files, of which the oldest go first


@cache
def folder() -> Path | None:
    """Where code is kept: the environment's choice (empty: nowhere), or the user's folder for such things.

    None where there is no such folder that is the user's alone; then code is made anew in each process.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen == "":
        return None
    place = Path(chosen) if chosen else _usual()
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _ours(place):
            return None
        probe = place / f".{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as problem:
        if chosen:
            warnings.warn(
                f"{VARIABLE}={chosen!r} cannot be written ({problem.strerror}): native code is made anew", stacklevel=2
            )
        return None
    return place


def _usual() -> Path:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home()
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "microgradnn"


def _ours(place: Path) -> bool:
    """Whether nobody else can put code there."""
    if not hasattr(os, "getuid"):
        return True  # Windows: the folder of a user's profile is that user's
    found = place.stat()
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def read(key: str) -> bytes | None:
    """The code of that key, if it is there and as it was written."""
    place = folder()
    if place is None:
        return None
    try:
        raw = (place / f"{key}.o").read_bytes()
    except OSError:
        return None
    digest, code = raw[:32], raw[32:]
    return code if hashlib.sha256(code).digest() == digest else None


def write(key: str, code: bytes) -> None:
    """Keep the code of that key, if there is where."""
    place = folder()
    if place is not None:
        with contextlib.suppress(FileError, OSError):  # a full disk costs time at the next start, no more
            wholefile.write(place / f"{key}.o", hashlib.sha256(code).digest() + code)
            kept = sorted(place.glob("*.o"), key=lambda file: file.stat().st_mtime)
            for file in kept[:-MOST]:
                file.unlink()
