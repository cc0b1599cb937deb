r"""Hostile names through every format: each is shown as it is, and none of them acts.

    python -m tests.hostile --labels 10000 [--seed N] [--png 100]

A label is made of pieces that mean something to one of the formats (`</svg>`, `\input`, `%%{init}`, `javascript:`,
direction marks …), one or several in a row. They name the leaves of graphs, which are drawn as DOT, SVG, Mermaid,
TikZ and JSON, the ends of networks, classes, axes and curves in our own SVG, and what notebooks show of models and
histories. Of each text it is asked whether it is valid, whether it holds nothing but what such a picture is made of,
and whether every label can be read in it. The tests run a slice of this.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
import zlib
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import microgradnn as m
from microgradnn.drawing import words
from microgradnn.drawing.boundary import boundary
from microgradnn.drawing.curves import Series, curves
from microgradnn.drawing.formats.tex import ASCII, GREEK, LETTERS, SIGNS
from microgradnn.drawing.network import Dense
from microgradnn.drawing.picture import Drawing, draw
from microgradnn.drawing.text import shorten, visible
from microgradnn.nn import Module
from microgradnn.plots import draw_network
from microgradnn.train import History

PIECES = (
    *"<>&\"'{}|\\\n\r\t[]()$%#^_~`*;:,.=+-!?@/",
    "\x00", "\x1b", "\x7f", "\x85", "\xad", "\xa0", "\u2028", "\u2029", "\u200b", "\u200d", "\ufeff", "\ufffe",
    "\u202a", "\u202e", "\u2066", "\u2069", "\u200f", "\u061c", "\ud800", "\udfff", "\U000e0001", "\u0301",
    "\\input{/etc/passwd}", "\\write18{ls}", "\\end{document}", "\\def\\x{}", "^^5c", "$$x^2$$", "\\\\", "---",
    "``", "javascript:alert(1)", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<br/>", "</svg>",
    "]]>", "<!--", "-->", "<![CDATA[", "<?xml", "&lt;", "&#60;", "&#x3c;", "&amp;amp;", "onload=alert(1)",
    "url(#x)", "@import", "\\n", "\\N", "\\G", "\\L", "\\l", "\\r", "<b>", "</b>", "\"]", "n0 -> n1", "} digraph {",
    "label=<x>", "%%", "%%{init: {\"theme\": \"dark\"}}%%", "#35;", "#lt;", "#quot;", "ﬂ°°60¶ß", "end", "subgraph",
    "style n0 fill:red", "click n0 \"javascript:alert(1)\"", "classDef x", ":::x", "-->|x|", "==>", "**x**", "_x_",
    "[x](y)", "1. ", "- ", "fa:fa-car", "/*", "*/", "//", "null", "NaN", "{\"a\": 1}", "é", "ß", "Ł", "λ", "∂", "中",
    "א", "😀", "w[0][1]", "layer0.b", "x", " ", "  ",
)  # fmt: skip

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"
ELEMENTS = {"svg", "g", "title", "style", "rect", "path", "polygon", "polyline", "ellipse", "circle", "text", "a"}
ELEMENTS |= {"defs", "pattern"}
QUIET = {"details", "summary", "div", "pre", "table", "thead", "tbody", "tr", "th", "td", "b", "code"} | ELEMENTS


def labels(seed: int, count: int) -> list[str]:
    """So many labels, the pieces by themselves first, no two of which look the same."""
    rng = random.Random(seed)
    found: dict[str, str] = {}
    singles = iter(PIECES)
    while len(found) < count:
        single = next(singles, None)
        label = single if single is not None else "".join(rng.choice(PIECES) for _ in range(rng.randint(2, 5)))
        found.setdefault(visible(label), label)
    return list(found.values())


def check(batch: Sequence[str]) -> None:
    """Draw and show these labels in all text formats; an AssertionError names what went wrong."""
    drawing = drawn(batch)
    heads = {box.id: words.heading(box) for box in drawing.scene.boxes}
    dot(drawing, heads)
    mermaid(drawing.pipe("mmd").decode("utf-8"), heads)
    tikz(drawing.pipe("tex").decode("utf-8"), list(heads.values()))
    found = json.loads(drawing.pipe("json"), parse_constant=invalid)
    assert [box["label"] for box in found["boxes"]] == [*map(visible, batch), ""]
    own_svg(batch)
    pages(batch)


def drawn(batch: Sequence[str]) -> Drawing:
    """The sum of numbers that are called so."""
    return draw(m.sum([m.Value(1.0, label=label) for label in batch]), depth=4)


def invalid(name: str) -> None:
    raise AssertionError(f"{name} is no number of JSON")


# ---- DOT and SVG ----


def dot(drawing: Drawing, heads: dict[str, str]) -> None:
    """DOT is valid if it can be drawn; the picture then holds every label, in its own box."""
    picture = drawing.pipe("svg").decode("utf-8")
    read = inert(picture)
    boxes = {}
    for group in read.iter(f"{SVG}g"):
        if "node" in group.get("class", "").split():
            boxes[group.findtext(f"{SVG}title")] = next(text.text or "" for text in group.iter(f"{SVG}text"))
    assert set(boxes) == set(heads)
    for name, head in heads.items():
        if head:
            assert spaced(boxes[name]) == spaced(head), f"in DOT {head!r} is shown as {boxes[name]!r}"


def spaced(text: str) -> str:
    return text.replace("\u00a0", " ")


def inert(picture: str) -> ElementTree.Element:
    """An SVG that is valid XML and made of shapes and words alone: no script, no link, nothing from elsewhere."""
    read = ElementTree.fromstring(picture)
    for element in read.iter():
        assert element.tag.removeprefix(SVG) in ELEMENTS, f"an element {element.tag!r}"
        for name, value in element.attrib.items():
            assert name != f"{XLINK}href"
            assert not name.startswith("on")
            assert name not in ("href", "src")
            told = name in ("aria-label", f"{XLINK}title")
            assert told or "url(" not in value or value.startswith("url(#ground-"), f"{name}={value!r}"
        if element.tag == f"{SVG}style":
            assert not re.search(r"@import|url\(|</", element.text or "")
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\u2028\u2029]", picture)
    return read


def texts(picture: str) -> set[str]:
    return {text.text or "" for text in inert(picture).iter(f"{SVG}text")}


def own_svg(batch: Sequence[str]) -> None:
    """The pictures that are drawn without graphviz."""
    network = draw_network([Dense([[1.0] * len(batch)], name=batch[0])], inputs=batch, most=len(batch) + 1).source
    assert {shorten(visible(label), 24) for label in batch} <= texts(network)
    few = batch[:7]
    plane = boundary(
        lambda x: x * 4,
        [[0.0, 1.0]],
        [0],
        names=[*few, *"abcdefgh"[len(few) :]],
        axes=batch[-2:],
        title=batch[-1],
        resolution=2,
    )
    assert {shorten(visible(label), 30) for label in few} <= texts(plane)
    curve = curves([Series(label, [1.0, 2.0]) for label in few], title=batch[-1], x_label=batch[0])
    assert {shorten(visible(label), 76) for label in few} <= texts(curve)


# ---- Mermaid ----

BOX = re.compile(r'(\w+)(?:\(|\{\{|\(\[|\[|\[\[)"([^"<]*(?:<br/>[^"<]*)*)"(?:\)|\}\}|\]\)|\]|\]\]):::\w+')
ARROW = re.compile(r'\w+ (?:-->|-\.->|==>)(?:\|"[^"<]*(?:<br/>[^"<]*)*"\|)? \w+')
OTHER = re.compile(r"flowchart LR|classDef \w+ [\w#:,-]+|class [\w,]+ root")


def mermaid(text: str, heads: dict[str, str]) -> None:
    """Every line is one of those that pictures are made of, and the labels in them are those that were given."""
    found = {}
    for line in text.splitlines():
        box = BOX.fullmatch(line)
        if box:
            found[box[1]] = unquoted(box[2].split("<br/>")[0])
        else:
            assert ARROW.fullmatch(line) or OTHER.fullmatch(line), f"a line {line!r} in Mermaid"
    for name, head in heads.items():
        if head:
            assert found[name] == spaced(head), f"in Mermaid {head!r} is {found[name]!r}"


def unquoted(text: str) -> str:
    """What Mermaid shows for a quoted text: numbers as letters, and signs without width not at all."""
    assert not re.search(r"[`$*_\[\](){}|\\\"'<>&%]", text), f"something acts in {text!r}"
    return re.sub(r"#(\d+);", lambda number: chr(int(number[1])), text).replace("\u200c", "")


# ---- TikZ ----

WORDS = {
    *re.findall(r"\\[a-zA-Z]+", "".join([*ASCII.values(), *SIGNS.values()])),
    *(rf"\{name}" for name in GREEK.values()),
}
WORDS |= {r"\node", r"\draw", r"\textbf", r"\glyph", r"\\", r"\ ", r"\{", r"\}", r"\$", r"\&", r"\#", r"\%", r"\_"}
WORDS |= {r"\begin", r"\end", r"\sffamily", r"\fontsize", r"\selectfont", r"\small"}


def tikz(text: str, heads: Sequence[str]) -> None:
    """Braces are in balance, and no command stands in the picture but those that pictures are made of."""
    body = text.split(r"\begin{document}")[1]
    assert body.count(r"\end{document}") == body.count(r"\begin{tikzpicture}") == 1
    depth = 0
    for token in re.findall(r"\\[a-zA-Z]+|\\.|[^\\]", body, re.DOTALL):
        if token.startswith("\\"):
            assert token in WORDS, f"the command {token!r} in TikZ"
        else:
            assert token.isascii() or token in LETTERS, f"{token!r} in TikZ"
            assert token not in "%#~&^_" or token == "~" or depth == 0, f"{token!r} acts in TikZ"
            depth += (token == "{") - (token == "}")
            assert depth >= 0
    assert depth == 0
    shown = re.findall(r"\\textbf\{((?:[^{}\\]|\\[a-zA-Z]+|\\.|\{[^{}]*\})*)\}\}(?: \\\\|\};)", body)
    wanted = [head for head in heads if head]
    assert [unescaped(each) for each in shown] == [head.replace("\u00a0", " ") for head in wanted]


LETTER_OF = {sign: c for table in (ASCII, SIGNS) for c, sign in table.items() if c != "\u00a0"}
LETTER_OF |= {rf"$\{name}$": c for c, name in GREEK.items()} | {r"\ ": " ", "~": " "}


def unescaped(text: str) -> str:
    """What TeX sets for an escaped text, read from the left: the longest command first."""
    found = []
    at = 0
    known = sorted(LETTER_OF, key=len, reverse=True)
    while at < len(text):
        glyph = re.compile(r"\\glyph\{([0-9A-F]+)\}").match(text, at)
        sign = next((sign for sign in known if text.startswith(sign, at)), "")
        if glyph:
            found.append(chr(int(glyph[1], 16)))
            at = glyph.end()
        elif sign:
            # of two spaces the second is written as a command, with a space before it for the first
            found.append(LETTER_OF[sign])
            at += len(sign)
        else:
            found.append(text[at])
            at += 1
    return "".join(found)


# ---- HTML ----


class Page(HTMLParser):
    """A page whose elements are those of tables and pictures, each closed in its place; its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.handle_startendtag(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in QUIET, f"an element {tag!r}"
        for name, _ in attrs:
            assert not name.startswith("on")
            assert name not in ("href", "src")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration {decl!r}")

    handle_comment = handle_pi = handle_decl


class Named(Module):
    """A model whose parameters, and whose own name, are the user's."""

    def __init__(self, batch: Sequence[str]) -> None:
        self.named = {label: m.Value(1.0) for label in batch[:20]}
        self.told = batch[0]

    def __repr__(self) -> str:
        return self.told


def pages(batch: Sequence[str]) -> None:
    """What notebooks show of models and of histories."""
    model = Page(Named(batch)._repr_html_())
    assert shorten(visible(batch[0]), 120) in model.text
    names = [name for name, _ in Named(batch).named_parameters()]
    assert {shorten(visible(name), 40) for name in names} <= set(model.text)
    for label in batch:
        history = Page(History([1.0], stopped=label, health=[label])._repr_html_())
        for line in label.split("\n"):
            assert visible(line) in "".join(history.text)


# ---- PNG ----


def png(raw: bytes) -> None:
    """A PNG whose chunks have the checksums that they say, from the first to the last."""
    assert raw.startswith(b"\x89PNG\r\n\x1a\n")
    at, kinds = 8, []
    while at < len(raw):
        size = int.from_bytes(raw[at : at + 4], "big")
        chunk, checksum = raw[at + 4 : at + 8 + size], raw[at + 8 + size : at + 12 + size]
        assert zlib.crc32(chunk) == int.from_bytes(checksum, "big")
        kinds.append(chunk[:4])
        at += 12 + size
    assert (kinds[0], kinds[-1]) == (b"IHDR", b"IEND")


def pngs(batch: Sequence[str]) -> None:
    """Each label in a picture of its own; no two of them are the same picture."""
    seen: dict[bytes, str] = {}
    for label in batch:
        raw = drawn([label]).pipe("png")
        png(raw)
        seen[raw] = label
    assert len(seen) > 0.5 * len(batch)  # signs that a font lacks look alike


def campaign(count: int, seed: int, pictures: int, size: int = 50) -> None:
    """All of it, in graphs of `size` labels."""
    found = labels(seed, count)
    for k in range(0, count, size):
        batch = found[k : k + size]
        try:
            check(batch)
        except Exception as problem:
            alone = next((label for label in batch if not passes([label, "y"])), None)
            raise AssertionError(f"seed {seed}, labels {k} to {k + size}, alone: {alone!r}: {problem}") from problem
    if pictures:
        pngs(found[:: max(1, count // pictures)][:pictures])


def passes(batch: Sequence[str]) -> bool:
    try:
        check(batch)
    except Exception:
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--png", type=int, default=100)
    asked: Any = parser.parse_args()
    began = time.perf_counter()
    campaign(asked.labels, asked.seed, asked.png)
    seconds = time.perf_counter() - began
    print(f"{asked.labels:,} labels, {asked.png} of them as PNG, seed {asked.seed}: shown and inert ({seconds:.0f} s)")


if __name__ == "__main__":
    main()
