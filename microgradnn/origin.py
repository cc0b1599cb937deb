"""From where in the user's program the package is being used."""

from __future__ import annotations

import re
import sys
from types import FrameType

_OWN, _ARTICLES = re.compile(r"microgradnn\.(?!articles)"), "microgradnn.articles"


def caller() -> str:
    """The innermost line outside the package, "file:line"; "" if there is none.

    The package's articles stand where a user's program does, but their lines are no help to anyone who did not
    write them: they are "" as well.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _OWN.match(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    if frame is not None and frame.f_globals.get("__name__", "").startswith(_ARTICLES):
        return ""
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else ""
