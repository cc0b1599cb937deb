"""Files that are whole or absent: written in one stroke, and believed only if no byte has changed since."""

import hashlib
import json
import os
import stat
from typing import Any

from microgradnn import wholefile
from microgradnn.errors import FileError
from microgradnn.wholefile import Path as Path

FORMAT = "microgradnn"
VERSION = 1
LIMIT = 512 * 2**20  # bytes: several million parameters with their moments; beyond it, memory is at risk


def write(path: Path, content: Any) -> None:
    """Put plain JSON data into a file: either all of it is there afterwards, or the file is as it was before."""
    body = _text({"format": FORMAT, "version": VERSION, "content": content})
    whole = {
        "format": FORMAT,
        "version": VERSION,
        "sha256": hashlib.sha256(body).hexdigest(),
        "content": content,
    }
    raw = _text(whole) + b"\n"
    if len(raw) > LIMIT:
        raise FileError(f"{path} would have {len(raw)} bytes; {LIMIT} is the most that can be loaded again")
    wholefile.write(path, raw)


def read(path: Path) -> Any:
    """The plain JSON data that `write` put into a file, or a FileError that says what is wrong."""
    raw = _bytes(path)
    try:
        whole = json.loads(raw.decode("ascii"), object_pairs_hook=_unique, parse_constant=_refuse)
    except RecursionError:
        raise FileError(f"{path} is damaged: it is nested too deeply") from None
    except ValueError as error:  # not ASCII, not JSON, a number too long to read
        raise FileError(f"{path} is damaged or no file of {FORMAT}: {error}") from error
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        raise FileError(f"{path} is no file of {FORMAT}; save one with save(model, path)")
    version = whole.get("version")
    if type(version) is int and version > VERSION:
        raise FileError(f"{path} was written by a newer {FORMAT} (version {version} of the format); upgrade to read it")
    if type(version) is not int or version < 1:
        raise FileError(f"{path} is damaged: its version is {version!r:.40}")
    try:
        content = whole["content"]
        body = _text({"format": FORMAT, "version": VERSION, "content": content})
        rebuilt = _text({key: whole[key] for key in ("format", "version", "sha256", "content")}) + b"\n"
    except (KeyError, ValueError, RecursionError) as error:
        raise FileError(f"{path} is damaged: a part of it is missing or impossible") from error
    if rebuilt != raw or whole["sha256"] != hashlib.sha256(body).hexdigest():
        raise FileError(f"{path} is damaged: its checksum does not agree; load another copy, or save it again")
    return content


def _bytes(path: Path) -> bytes:
    try:
        # Without blocking: opening a pipe would otherwise wait for someone to write to it.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise FileError(f"{path} is no ordinary file; give the path of one that save wrote")
            raw = file.read(LIMIT + 1)
    except (OSError, ValueError, TypeError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{path} cannot be read: {wholefile.reason(error)}") from error
    if len(raw) > LIMIT:
        raise FileError(f"{path} is larger than {LIMIT} bytes; no file of {FORMAT} is")
    return raw


def _text(content: Any) -> bytes:
    """The one way of writing these data down: same data, same bytes."""
    return json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON number")
