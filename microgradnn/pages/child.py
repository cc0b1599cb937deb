"""The process that runs an author's code: a request comes in on stdin, the verdicts go out on what was stdout."""

from __future__ import annotations

import json
import os
import sys

from microgradnn.check import diagnose
from microgradnn.pages.run import Doctor, run


def answer(request: str, doctor: Doctor = diagnose) -> str:
    """The page of a request {"file": …, "path": where to find modules}, as JSON."""
    wanted = json.loads(request)
    # Modules beside the file are found, as when a script is run.
    sys.path[:] = [os.path.dirname(os.path.abspath(wanted["file"])), *wanted["path"]]
    sys.argv[:] = [wanted["file"]]
    return json.dumps(run(wanted["file"], doctor).to_dict(), default=str)


def main() -> None:
    """Answer one request. What the author's code prints, in whatever way, comes out on stderr."""
    request = sys.stdin.read()
    out = os.dup(1)
    os.dup2(2, 1)
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    reply = answer(request)
    with os.fdopen(out, "w", encoding="utf-8") as pipe:
        pipe.write(reply)
