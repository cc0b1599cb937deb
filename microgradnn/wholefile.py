"""Files that are written whole, or not at all."""

import os
import stat

from microgradnn.errors import FileError

Path = str | os.PathLike[str]


def write(path: Path, raw: bytes) -> None:
    """Make these bytes the file: either all of them are there afterwards, or the file is as it was before.

    They go to a new file in the same folder, are forced onto the disk, and take the name in one step.
    """
    try:
        _replace(os.path.realpath(path), raw)  # through a link, so that the link stays one
    except (OSError, ValueError, TypeError) as error:
        raise FileError(f"{path} cannot be written: {reason(error)}; nothing was changed") from error


def _replace(path: str, raw: bytes) -> None:
    temporary = os.path.join(os.path.dirname(path), f".microgradnn-{os.urandom(8).hex()}.tmp")
    if os.path.isdir(path):
        raise ValueError("a folder has that name")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with open(descriptor, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(path):
            os.chmod(temporary, stat.S_IMODE(os.stat(path).st_mode))
        os.replace(temporary, path)
    except BaseException:  # an interrupt as well: no half-written file stays behind
        os.unlink(temporary)
        raise


def reason(error: Exception) -> str:
    """Why the system refused, in its own words."""
    return (isinstance(error, OSError) and error.strerror) or str(error)
