"""graphviz's Digraph, drawn by whatever program there is.

This is the one module that imports the graphviz package: it is loaded when the first graph is drawn.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import graphviz

from microgradnn.drawing.palette import DAY
from microgradnn.drawing.render import render
from microgradnn.errors import MicrogradnnError, SettingError

PathLike = str | os.PathLike[str]
FONT = "Helvetica"  # a list of fonts would be measured as if it were Times
SVG, PNG, TEXT = "image/svg+xml", "image/png", "text/plain"


class Digraph(graphviz.Digraph):  # type: ignore[misc]  # graphviz has no types
    """A directed graph in DOT that can be rendered, piped and shown where no `dot` program is installed."""

    @classmethod
    def of(cls, lines: list[str], format: str, rankdir: str, hurried: bool) -> Self:
        """The graph of these statements, in the dress that drawings of computations wear.

        `hurried` bounds the iterations that improve a layout, which in dense networks take minutes.
        """
        if format not in graphviz.FORMATS:
            raise SettingError(f"format={format!r} is unknown; try svg, png, or dot for the text")
        return cls(
            format=format,
            # ordering=in keeps operands in their order
            graph_attr={"rankdir": rankdir, "ordering": "in", "bgcolor": DAY.paper, "ranksep": "0.6"}
            | ({"nslimit": "1", "nslimit1": "1", "mclimit": "0.1"} if hurried else {}),
            node_attr={"fontname": FONT, "fontsize": "12", "fontcolor": DAY.text},
            edge_attr={"fontname": FONT, "fontsize": "10", "fontcolor": DAY.quiet, "color": DAY.quiet},
            body=lines,
        )

    def pipe(
        self,
        format: str | None = None,
        renderer: str | None = None,
        formatter: str | None = None,
        neato_no_op: bool | int | None = None,
        quiet: bool = False,
        *,
        engine: str | None = None,
        encoding: str | None = None,
    ) -> bytes | str:
        """The picture as bytes, or as text of the given encoding."""
        picture = render(self.source, _format(format or self.format, renderer, formatter), engine or self.engine)
        return picture if encoding is None else picture.decode(encoding)

    def render(
        self,
        filename: PathLike | None = None,
        directory: PathLike | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        renderer: str | None = None,
        formatter: str | None = None,
        neato_no_op: bool | int | None = None,
        quiet: bool = False,
        quiet_view: bool = False,
        *,
        outfile: PathLike | None = None,
        engine: str | None = None,
        raise_if_result_exists: bool = False,
        overwrite_source: bool = False,
    ) -> str:
        """Save the DOT text in a file and the picture beside it; give the picture's path.

        `dot.render("name")` writes `name` and `name.svg`; `dot.render(outfile="name.png")` writes `name.gv`
        and `name.png`. With `cleanup` the DOT text is removed again. The other arguments are graphviz's own.
        """
        if outfile is None:
            source = Path(directory or self.directory or "", filename or self.filename)
            target = Path(f"{source}.{_format(format or self.format, renderer, formatter)}")
        else:
            target = Path(directory or self.directory or "", outfile)
            format = format or target.suffix[1:].lower()
            source = Path(directory or "", filename) if filename else target.with_suffix(".gv")
        if not format and outfile is not None:
            raise SettingError(f"outfile={str(outfile)!r} has no ending that names a format, such as .svg")
        if target == source and not overwrite_source:
            raise SettingError(f"the picture and its DOT text would both be {str(target)!r}; name one otherwise")
        if raise_if_result_exists and target.exists():
            raise graphviz.FileExistsError(f"output file exists: {str(target)!r}")
        self.save(str(source), directory="")
        picture = self.pipe(format, renderer, formatter, engine=engine)
        target.write_bytes(picture if isinstance(picture, bytes) else picture.encode("utf-8"))
        if cleanup:
            source.unlink()
        if view or quiet_view:
            graphviz.view(str(target), quiet=quiet_view)
        return str(target)

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None, **_: object
    ) -> dict[str, bytes | str]:
        """What a notebook shows: the picture, or the DOT text with a word on why there is none."""
        wanted = {SVG} if include is None else set(include)
        wanted -= set(exclude or ())
        shown: dict[str, bytes | str] = {}
        try:
            if SVG in wanted:
                shown[SVG] = self.pipe("svg", encoding="utf-8")
            if PNG in wanted:
                shown[PNG] = self.pipe("png")
        except (MicrogradnnError, OSError) as problem:
            shown[TEXT] = f"{problem}\n\n{self.source}"
        return shown


def _format(format: str, renderer: str | None, formatter: str | None) -> str:
    return ":".join(part for part in (format, renderer, formatter) if part)
