"""A user's text in a picture stands for itself: every character is shown, none of them acts."""

# What would act instead of being seen, from first to last: direction marks and overrides, joiners, line
# and paragraph separators, byte order marks. (Unicode Standard Annex 9 lists the directional ones.)
_ACTING = (
    (0x0000, 0x001F),
    (0x007F, 0x009F),
    (0x061C, 0x061C),
    (0x180E, 0x180E),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0xD800, 0xDFFF),
    (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB),
    (0xFFFE, 0xFFFF),
)


def visible(text: str) -> str:
    r"""Text with every character that cannot be seen written as Python would escape it.

    Control characters, direction marks and lone surrogates become `\n`, `\x07`, `\u202e`: nothing can break a
    line, turn the reading direction, or make a file that is not valid XML.

    >>> visible('a\nb'), visible('n\u202eoitcnuf')
    ('a\\nb', 'n\\u202eoitcnuf')
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(c) for c in text)


def _shown(c: str) -> str:
    acts = any(first <= ord(c) <= last for first, last in _ACTING)
    return c.encode("unicode_escape").decode("ascii") if acts else c


def shorten(text: str, most: int = 40) -> str:
    """Text of at most `most` characters: the middle of a longer one is replaced by an ellipsis.

    The end is kept, since in names such as `layer0.neuron3.w[1]` it tells the most.
    """
    if len(text) <= most:
        return text
    tail = most // 2
    return text[: most - tail - 1] + "…" + text[-tail:]


def xml(text: str) -> str:
    """Text as the content of an XML or HTML element, or of a quoted attribute."""
    shown = visible(text)
    for plain, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        shown = shown.replace(plain, escaped)
    return shown


def html(text: str) -> str:
    r"""Text inside an HTML-like label of DOT.

    Graphviz would still replace `\N` and `\G` there, so backslashes are doubled; and it runs spaces together, so
    a space after a space is written as one that does not break.
    """
    return xml(text).replace("\\", "\\\\").replace("  ", " &#160;").replace("  ", " &#160;")


def tooltip(text: str) -> str:
    r"""Text inside a quoted tooltip of DOT, which graphviz reads twice: `\n` and the like, then `\N` and the like.

    So backslashes are written four times. `&` is written as an entity, since entities are read as well.
    """
    return visible(text).replace("&", "&amp;").replace("\\", "\\" * 4).replace('"', '\\"')


def number(x: float) -> str:
    """A number in four digits after the point, or in scientific notation where these would hide it.

    >>> [number(x) for x in (0.0, 1.5, -2.25e-7, 123456.0, 1e22, float('nan'))]
    ['0.0000', '1.5000', '-2.25e-07', '123456.0000', '1e+22', 'nan']
    """
    size = abs(x)
    if size == 0.0 or 0.001 <= size < 1e7:
        return f"{x:.4f}"
    return f"{x:.4g}"
