"""A file checked in a process of its own, within a time limit."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import microgradnn
from microgradnn.errors import SettingError
from microgradnn.pages.result import Page, page

LIMIT = 60.0  # seconds
LONGEST = 2e6  # seconds, about a month: what all systems can wait for
HOUSE = str(Path(microgradnn.__file__).parent.parent)
# -P keeps the folder that one is in from hiding modules. The package is the one that asks, installed or not.
START = "import sys; sys.path[:0] = {sys.argv[1]} - set(sys.path); from microgradnn.pages.child import main; main()"


def check(file: str, timeout: float = LIMIT, folder: str | None = None, option: str = "--timeout") -> Page:
    """Run and diagnose a file in another Python; SettingError where the limit is no positive number of seconds.

    The other Python works in `folder`, by default the one that one is in. `option` is what sets the limit.

    This runs the author's code. It may print (to stderr), raise, exit or crash without harm to this process,
    and is ended, with all that it started, after `timeout` seconds.
    """
    if not (0.0 < timeout < math.inf):
        raise SettingError(f"the time limit is a positive number of seconds, and {timeout} came")
    request = json.dumps({"file": file, "path": sys.path})
    command = [sys.executable, "-P", "-c", START, HOUSE]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8:backslashreplace"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=folder, encoding="utf-8",
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            reply, _ = process.communicate(request, min(timeout, LONGEST))
        except subprocess.TimeoutExpired:
            late = f"{file}: not done within {timeout:g} s; is there an endless loop? ({option} sets the limit)"
            return Page(file, (), late)
        finally:
            if process.returncode is None:
                _end(process)
    try:
        return page(json.loads(reply))
    except (ValueError, KeyError, TypeError):
        status = process.returncode
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        return Page(file, (), f"{file}: its process ended {how} before it had reported; does the code call os._exit?")


def _end(process: subprocess.Popen[Any]) -> None:
    """End the process and what it started, which has a session of its own where there are such."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
