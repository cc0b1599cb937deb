"""What can go wrong, by kind: every message says what happened, where, and what to do."""


class MicrogradnnError(Exception):
    """The root of the family: `except MicrogradnnError` catches all that this library raises on purpose."""


class NotANumber(MicrogradnnError, TypeError):
    """Something that is no real number was given where a number is needed."""


class Misuse(MicrogradnnError, RuntimeError):
    """The calls are well formed, but their order or their place would give a wrong result."""


class ShapeError(MicrogradnnError, ValueError):
    """Lengths or nestings do not fit together."""


class TableError(MicrogradnnError, ValueError):
    """A row of the table of primitives contradicts itself."""


class SettingError(MicrogradnnError, ValueError):
    """A setting has a name or a value that does not exist."""


class DataError(MicrogradnnError, ValueError):
    """Data that cannot be learned from: missing, ragged, not numeric, or not finite."""


class FileError(MicrogradnnError, ValueError):
    """A file that cannot be trusted or read: damaged, truncated, hostile, or too new."""


class Divergence(MicrogradnnError, ArithmeticError):
    """Training left the finite numbers; `history` is its record up to there, where `fit` raised this."""

    history: object = None


class WrongGradient(MicrogradnnError, AssertionError):
    """A gradient was required to be right, and is not; the message is the whole report."""


class MissingLibrary(MicrogradnnError, ImportError):
    """An optional library is needed; the message names the extra that brings it."""


class Untraceable(MicrogradnnError, TypeError):
    """A function looked at a number while it was being traced, so its graph would hold for that number only."""


class Slower(UserWarning):
    """Something works as it should and takes longer than it could; said once."""
