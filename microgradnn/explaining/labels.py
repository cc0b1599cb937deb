"""Labels as mathematics sets names: w[0][1] as w with two indices, alpha as the letter, anything else as it is."""

from __future__ import annotations

import re
import unicodedata

from microgradnn.drawing.text import shorten, visible

LONGEST = 60  # characters of a label; the middle of a longer one is left out
_WORD = r"[^\W\d_][^\W_]*(?:_[^\W_]+)*_?"
_LABEL = re.compile(rf"((?:{_WORD}(?:\[\w+\])*\.)*)({_WORD})('*)((?:\[\w+\])*)(?:#(\d+))?", re.ASCII)
_UNICODE = re.compile(r"\w+(?:\[\w+\]|\.\w+|'|#\d+)*")
_SPLIT = re.compile(r"([A-Za-z]+?)_?(\d+)")
GREEK = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu",
    "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta",
    "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega",
]  # fmt: skip
LETTERS = {
    unicodedata.lookup(
        f"GREEK {'CAPITAL' if g[0].isupper() else 'SMALL'} LETTER {'LAMDA' if g[1:] == 'ambda' else g}"
    ): g
    for g in GREEK
}
_ACTING = {
    "\\": r"{\textbackslash}", "^": r"{\textasciicircum}", "~": r"{\textasciitilde}", "<": r"{\textless}",
    ">": r"{\textgreater}", "|": r"{\textbar}", "$": r"{\textdollar}", "`": r"{\char96}", "*": r"{\char42}",
    '"': r"{\char34}",
}  # fmt: skip


def text_name(label: str) -> str:
    """A label in plain text: as it is where it reads as a name, else in quotation marks; nothing in it acts."""
    shown = visible(shorten(label, LONGEST))
    return shown if _UNICODE.fullmatch(shown) and not shown[0].isdigit() else f"“{shown}”"


def tex_name(label: str) -> str:
    r"""A label in TeX: `w[0][1]` as w_{0,1}, `loss` as \mathrm{loss}, `layer0.neuron3.w[1]` as w^{(0)}_{3,1}.

    Of a dotted name the layers' numbers go up and the others' go down, in front of the indices.
    """
    found = _LABEL.fullmatch(label) if len(label) <= LONGEST else None
    if found is None:
        if label[:1].isdigit() or not label.strip():  # so that it is not read as the number, or as nothing
            return tex_text(f"“{label}”")
        letter = LETTERS.get(label)
        return f"\\{letter}" if letter else tex_text(label)
    owners, word, primes, indices, again = found.groups()
    above: list[str] = []
    below: list[str] = []
    for owner in owners.split(".")[:-1]:
        numbered = _SPLIT.fullmatch(owner)
        if numbered is None or numbered[1] not in ("layer", "layers", "neuron", "neurons"):
            return tex_text(label)
        (above if numbered[1].startswith("layer") else below).append(numbered[2])
    head, sub = _head(word)
    if sub and (indices or below):
        below.insert(0, sub)
        sub = ""
    below += [sub] if sub else []
    below += [i if i.isdigit() or len(i) == 1 else rf"\mathrm{{{_escaped(i)}}}" for i in re.findall(r"\w+", indices)]
    up = "".join(f"({i})" for i in above) + (rf"\langle {again} \rangle" if again else "")
    return (
        head
        + "'" * len(primes) * (not up)
        + (f"^{{{up}}}" if up else "")
        + (f"_{{{','.join(below)}}}" if below else "")
    )


def _head(word: str) -> tuple[str, str]:
    """The letter or the upright word, and what stands below it: x1, x_1, w_out."""
    numbered = _SPLIT.fullmatch(word)
    if numbered and (len(numbered[1]) == 1 or numbered[1] in GREEK):
        return _symbol(numbered[1]), numbered[2]
    letter, _, rest = word.partition("_")
    if rest and (len(letter) == 1 or letter in GREEK):
        return _symbol(letter), rest if len(rest) == 1 else _symbol(rest)
    return _symbol(word), ""


def _symbol(word: str) -> str:
    if len(word) == 1:
        return word
    return f"\\{word}" if word in GREEK else rf"\mathrm{{{_escaped(word)}}}"


def tex_text(text: str) -> str:
    r"""Text within mathematics: every character is shown, none of them acts."""
    return rf"\text{{{_escaped(visible(shorten(text, LONGEST)))}}}"


def _escaped(text: str) -> str:
    return "".join(map(_character, unicodedata.normalize("NFC", text)))


def _character(c: str) -> str:
    if c.isascii():
        if c.isalnum() or c == " ":
            return c
        # In braces, so that no neighbour makes a command, a link or a ligature of it.
        return _ACTING.get(c) or (rf"\{c}" if c in "{}%&#_" else f"{{{c}}}")
    if unicodedata.combining(c) or not c.isprintable():
        return "".join(map(_character, f"\\u{ord(c):04x}"))
    letter = c.isalnum() and not unicodedata.decomposition(c).startswith("<")
    return c if letter or c in "…′·−" else rf"{{\char{ord(c)}}}"  # symbols of mathematics do not stand in text
