"""Machine code kept on disk between runs, in a folder of the user's own; what is damaged there is made again."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import time
import warnings
from functools import cache
from itertools import count
from pathlib import Path

from microgradnn.errors import Slower

VARIABLE = "MICROGRADNN_CACHE"
MOST = 64 << 20  # bytes, of which those go first that were not asked for the longest
OFTEN = 200  # writes between two looks at how much there is
DAY = 86_400.0
_writes = count()


@cache
def folder() -> Path | None:
    """Where code is kept: the environment's choice (empty: nowhere), or the user's folder for such things.

    None where there is no such folder that is the user's alone; then code is made anew in each process.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen == "":
        return None
    try:
        place = Path(chosen).expanduser() if chosen else _usual()
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _ours(place):
            return place
        _say(f"{place} is not this user's alone, so that others could put code there")
    except (OSError, RuntimeError) as problem:  # the second where there is no home
        _say(str(problem))
    return None


@cache
def _say(why: str) -> None:
    """Say once what keeps code from being kept."""
    warnings.warn(
        f"native code is made anew by every process, since it cannot be kept ({why}): set {VARIABLE} to a folder that "
        "can be written, or to nothing if that is meant",
        Slower,
        stacklevel=2,
    )


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
    if sys.platform == "win32":
        return True  # the folder of a user's profile is that user's
    found = place.stat()
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _sealed(key: str, code: bytes) -> bytes:
    """What tells damaged code, and another key's, from the one that was written."""
    return hashlib.sha256(key.encode("ascii") + code).digest()


def read(key: str) -> bytes | None:
    """The code of that key, if it is there and as it was written."""
    place = folder()
    if place is None:
        return None
    file = place / f"{key}.o"
    try:
        raw = file.read_bytes()
        if time.time() - file.stat().st_mtime > DAY:
            with contextlib.suppress(OSError):  # of a folder that is only read
                os.utime(file)  # it is still in use
    except OSError:
        return None
    seal, code = raw[:32], raw[32:]
    return code if _sealed(key, code) == seal else None


def write(key: str, code: bytes) -> None:
    """Keep the code of that key, if there is where: whole, or not at all."""
    place = folder()
    if place is None:
        return
    file, made = place / f"{key}.o", place / f"{os.urandom(8).hex()}.tmp"
    try:
        try:
            # Nothing is forced onto the disk: what a crash of the system leaves half written is found to be damaged.
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            with open(os.open(made, flags, 0o600), "wb") as out:
                out.write(_sealed(key, code) + code)
            made.replace(file)
        finally:
            made.unlink(missing_ok=True)
        if next(_writes) % OFTEN == 0:
            _tidy(place)
    except OSError as problem:
        if read(key) is None:  # on Windows another process may just be reading what it has written
            _say(str(problem))


def _tidy(place: Path) -> None:
    """Remove what processes left behind that were killed, and what is more than may be kept."""
    files = []
    for file in place.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another process tidies up
            found = file.stat()
            if file.suffix == ".tmp" and time.time() - found.st_mtime > DAY:
                file.unlink()
            elif file.suffix == ".o":
                files.append((found.st_mtime, found.st_size, file))
    left = sum(size for _, size, _ in files)
    for _, size, file in sorted(files):
        if left <= MOST:
            break
        file.unlink(missing_ok=True)
        left -= size
