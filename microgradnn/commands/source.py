"""FILE:NAME: a user's Python file run, and the Value that it calls by a name."""

from __future__ import annotations

import contextlib
import difflib
import inspect
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any

from microgradnn.drawing.text import visible
from microgradnn.engine import Value
from microgradnn.errors import FileError, SettingError

MODULE = "microgradnn_source"  # what the file's module is called while it runs; so a main part of it does not run
LISTED = 8  # names of a file in a message


def value_of(target: str) -> tuple[str, Value]:
    """The name and the Value that "FILE:NAME" stands for; a function is called without arguments.

    This runs the file. What it prints goes to stderr, so that stdout holds the answer alone. SettingError where the
    text is no FILE:NAME, or the name stands for something else; FileError where the file cannot be read, or raises:
    the message then names the lines of the file.
    """
    file, name = split(target)
    code = _compiled(file)
    with _world(file) as names, contextlib.redirect_stdout(sys.stderr):
        try:
            exec(code, names)
        except (Exception, SystemExit) as error:  # all that a user's code can raise is told alike
            raise FileError(_told(error, file)) from error
        found = _named(file, name, names)
        if isinstance(found, Value):
            return name, found
        _refuse_uncallable(found, f"{name!r} in {file}")
        try:
            result = found()
        except (Exception, SystemExit) as error:
            raise FileError(_told(error, file)) from error
    if not isinstance(result, Value):
        raise SettingError(f"{name}() in {file} gave {_kind(result)}, and no Value; return the Value itself")
    return name, result


def split(target: str) -> tuple[str, str]:
    """File and name; a colon may stand in the file's name, as in C:\\x.py:loss."""
    file, _, name = target.rpartition(":")
    if not file or not name.isidentifier():
        raise SettingError(
            f"{target!r} is no FILE:NAME: write the Python file, a colon, and the name of a Value or a function "
            "in it, such as model.py:loss"
        )
    return file, name


def _compiled(file: str) -> Any:
    """The code of a file; a coding line is heeded."""
    try:
        text = Path(file).read_bytes()
    except FileNotFoundError as error:
        raise FileError(f"{file} does not exist") from error
    except (OSError, ValueError) as error:
        why = isinstance(error, OSError) and error.strerror
        raise FileError(f"{file} cannot be read: {why or error}") from error
    if file.lower().endswith((".ipynb", ".md", ".markdown")):
        raise FileError(f"{file} is no Python file; put what computes the Value into one")
    try:
        return compile(text, file, "exec", dont_inherit=True)
    except SyntaxError as error:
        place = f"{file}:{error.lineno}" if error.lineno else file
        raise FileError(f"{place}: this is not Python: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:  # a null byte; brackets nested without end
        raise FileError(f"{file}: Python cannot read this code: {error or type(error).__name__}") from error


@contextlib.contextmanager
def _world(file: str) -> Iterator[dict[str, Any]]:
    """The namespace that a file runs in: as a script, it finds modules beside it, and no arguments."""
    module = ModuleType(MODULE)
    module.__file__ = os.path.abspath(file)
    path, argv, before = list(sys.path), list(sys.argv), sys.modules.get(MODULE)
    sys.path.insert(0, os.path.dirname(module.__file__))
    sys.argv[:] = [file]
    sys.modules[MODULE] = module
    try:
        yield module.__dict__
    finally:
        sys.path[:], sys.argv[:] = path, argv
        if before is None:
            del sys.modules[MODULE]
        else:
            sys.modules[MODULE] = before


def _named(file: str, name: str, names: dict[str, Any]) -> Any:
    if name in names:
        return names[name]
    own = [each for each, x in names.items() if isinstance(x, Value) or _defined_here(x)]
    near = difflib.get_close_matches(name, own, 1)
    told = ", ".join(own[:LISTED]) + (", …" if len(own) > LISTED else "")
    there = f"did you mean {near[0]}?" if near else f"there is {told}" if own else "it defines no Value and no function"
    raise SettingError(f"{file} has no {name!r}: {there}")


def _defined_here(x: object) -> bool:
    return isinstance(x, FunctionType) and x.__module__ == MODULE


def _refuse_uncallable(found: Any, what: str) -> None:
    """SettingError unless it is a function that can be called without arguments."""
    if not callable(found) or inspect.isclass(found):
        raise SettingError(
            f"{what} is {_kind(found)}: give the name of a Value, or of a function without arguments that returns one"
        )
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):  # of a function written in C
        return
    needed = [p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if needed:
        kind = "is a function of" if isinstance(found, FunctionType | MethodType) else "is called with"
        raise SettingError(
            f"{what} {kind} {', '.join(needed)}, and here it is called without arguments: give the name of a function "
            "that needs none, or of the Value itself"
        )


def _kind(x: object) -> str:
    if x is None:
        return "None"
    if inspect.isclass(x):
        return f"the class {x.__name__}"
    kind = type(x).__name__
    return f"{'an' if kind[0] in 'aeiouAEIO' else 'a'} {kind}"


def _told(error: BaseException, file: str) -> str:
    """What a file raised, and at which of its lines, the innermost first."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    places = [f"{file}:{line}" for line in reversed(lines) if line]
    if isinstance(error, SystemExit):
        said = f"the code asked to exit ({error.code!r})"
    else:
        message = str(error)
        said = f"the code raised {type(error).__name__}" + (f": {message}" if message else "")
    way = f" (called at {', '.join(dict.fromkeys(places[1:6]))})" if places[1:] else ""
    return visible(f"{places[0] if places else file}: {said}{way}")
