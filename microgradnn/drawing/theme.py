"""A picture of a graph that turns dark where the reader's screen is dark."""

from microgradnn.drawing.looks import DARK, LIGHT
from microgradnn.drawing.palette import NIGHT


def _of(kind: str) -> str:
    """The selector of all that is of this kind; see `tagging`."""
    return f".graph [data-kind~={kind}]"


def _rules() -> str:
    boxes = "".join(
        f"{_of(kind)} :is(path,polygon,ellipse){{fill:{fill};stroke:{line}}}{_of(kind)} polyline{{stroke:{line}}}"
        for kind, (fill, line) in DARK.boxes.items()
    )
    return (
        f".graph>polygon{{fill:{NIGHT.paper}}}.graph .node text{{fill:{NIGHT.text}}}"
        f".graph .edge text{{fill:{NIGHT.quiet}}}.graph .edge :is(path,polygon){{stroke:{NIGHT.quiet}}}"
        f".graph .edge polygon{{fill:{NIGHT.quiet}}}{boxes}"
        f".graph>text{{fill:{NIGHT.quiet}}}{_of('born')} :is(path,polygon,ellipse,polyline){{stroke:{DARK.alarm}}}"
        f".graph .node text[fill='{LIGHT.alarm}']{{fill:{DARK.alarm}}}"
        f"{_of('back')} :is(path,polygon){{stroke:{DARK.alarm}}}{_of('back')} polygon{{fill:{DARK.alarm}}}"
    )


def themed(svg: str) -> str:
    """The SVG of a graph with colours for dark screens added; on light ones and in print it stays as it is.

    Meant for a file of its own: in a page of several pictures its rules would hold for all of them.
    """
    head = svg.index("<svg")
    end = svg.index(">", head) + 1
    return f"{svg[:end]}\n<style>@media (prefers-color-scheme:dark){{{_rules()}}}</style>{svg[end:]}"
