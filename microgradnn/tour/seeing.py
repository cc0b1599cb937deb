"""What there is to see of an article's network: pictures of what it learned, and pages and a script of its graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from microgradnn.articles.stories import Article
from microgradnn.articles.stories.learned import Learned
from microgradnn.drawing.boundary import boundary
from microgradnn.drawing.picture import draw
from microgradnn.drawing.text import xml
from microgradnn.engine import Value
from microgradnn.errors import MissingLibrary
from microgradnn.explaining import explain
from microgradnn.plots import draw_network
from microgradnn.spelled import to_python
from microgradnn.stepping.page import page

CELLS = 40  # of a decision boundary, in each direction


class Sights(NamedTuple):
    """Files for the tour's folder, "" where there is none.

    `network` and `plane` show the trained network, `folded` its loss over all samples; `steps`, `derivation` and
    `script` are of the loss of one sample.
    """

    network: str
    plane: str
    folded: str
    samples: int
    steps: str
    derivation: str
    script: str


def sights(article: Article, learned: Learned, root: Value) -> Sights:
    """Draw and write it all; `root` is the loss of the article's example. Graphs are left out if nothing draws."""
    folded = steps = ""
    try:
        folded = draw(learned.loss(), depth=2, theme="auto").pipe("svg").decode("utf-8")
        steps = page(root)
    except MissingLibrary:  # the tour says so, where it shows the graph
        pass
    return Sights(
        draw_network(
            learned.model, inputs=learned.inputs, outputs=learned.outputs, title="what it learned", theme="auto"
        ).source,
        _plane(learned),
        folded,
        len(learned.samples),
        steps,
        explain(root).to_html(),
        to_python(root),
    )


def _plane(learned: Learned) -> str:
    """The decision boundary of a network of two inputs."""
    if len(learned.inputs) != 2:
        return ""
    several = len(learned.outputs) > 1
    targets = [y if several else y[0] for _, y in learned.samples]
    names: Sequence[str] = learned.outputs if several else ()
    points = [x for x, _ in learned.samples]
    return boundary(learned.model, points, targets, names=names, axes=learned.inputs, resolution=CELLS)


def files(name: str, seen: Sights) -> dict[str, str]:
    """The files by their paths in the folder."""
    found = {
        f"networks/{name}.svg": seen.network,
        f"planes/{name}.svg": seen.plane,
        f"folded/{name}.svg": seen.folded,
        f"steps/{name}.html": seen.steps,
        f"derivations/{name}.html": seen.derivation,
        f"scripts/{name}.py": seen.script,
    }
    return {path: text for path, text in found.items() if text}


def learned_html(name: str, seen: Sights) -> list[str]:
    """The pictures of the trained network."""
    shown = [(f"networks/{name}.svg", f"The network of {name} after training: neurons, weights and biases")]
    if seen.plane:
        shown.append((f"planes/{name}.svg", f"What the network of {name} says all over the plane, and its samples"))
    images = [f'<a href="{file}"><img src="{file}" alt="{xml(alt)}"></a>' for file, alt in shown]
    both = " The plane has the colours of what it says there." if seen.plane else ""
    caption = f"Trained by autodiff. Lines are as wide as weights are large, solid where they are positive.{both}"
    return [
        "<h3>What it learned</h3>",
        '<figure class="learned"><div>',
        *images,
        f"</div><figcaption>{caption}</figcaption></figure>",
    ]


def graph_html(name: str, seen: Sights) -> list[str]:
    """Links to the pages of the graph of one sample, and the folded graph of all."""
    links = [(f"steps/{name}.html", "step through it, forward and backward")] if seen.steps else []
    links.append((f"derivations/{name}.html", "read its chain rule line by line"))
    links.append((f"scripts/{name}.py", "have it as a Python script that runs alone"))
    lines = [
        '<p class="also">The same loss to play with: '
        + "; ".join(f'<a href="{file}">{text}</a>' for file, text in links)
        + ".</p>"
    ]
    if not seen.folded:
        return lines
    file = f"folded/{name}.svg"
    return [
        *lines,
        f'<figure class="folded"><a href="{file}"><img src="{file}" alt="The loss of {xml(name)} over all samples, '
        'folded to layers"></a>',
        f"<figcaption>The loss over all {seen.samples} samples after training, folded: a box stands for a layer, and "
        "equal parts are drawn once, with how often they are there.</figcaption></figure>",
    ]
