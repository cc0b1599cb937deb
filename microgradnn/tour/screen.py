"""Where the tour is shown."""

from rich.console import Console


class Screen(Console):
    """A console that leaves it to the caller what to do when nobody reads any more."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError
