"""MathML from the TeX that this package writes, so that a page shows formulas without any script."""

from __future__ import annotations

import re
from collections.abc import Iterator

from microgradnn.drawing.text import xml
from microgradnn.explaining.labels import LETTERS

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|[\s\S]")
_LETTER = {name: letter for letter, name in LETTERS.items()}
_SIGN = {
    "cdot": "·", "le": "≤", "ge": "≥", "ne": "≠", "infty": "∞", "partial": "∂", "cdots": "⋯", "ldots": "…", "sum": "∑",
    "langle": "⟨", "rangle": "⟩", "times": "×", "prime": "′",
}  # fmt: skip
_SHOWN = {"textbackslash": "\\", "textasciicircum": "^", "textasciitilde": "~", "textless": "<", "textgreater": ">",
          "textbar": "|", "textdollar": "$"}  # fmt: skip
_FENCE = '<mo fence="true" stretchy="true">{}</mo>'
_BEFORE = '<mspace width="0.17em"></mspace>'  # a function stands a little apart from what is before it
_SPACES = {",": "0.17em", ";": "0.28em", "quad": "1em", " ": "0.25em", "!": "0"}


def mathml(tex: str, tall: bool = False) -> str:
    """A formula as a MathML element. What the reader does not know it shows by its name; it never fails."""
    tokens = _TOKEN.findall(tex)
    reader = _Reader(tokens)
    inner = reader.row()
    while reader.at < len(tokens):  # a brace too many in a user's own template
        reader.at += 1
        inner += reader.row()
    return f'<math displaystyle="true">{inner}</math>' if tall else f"<math>{inner}</math>"


class _Reader:
    """Reads tokens from left to right; `at` is the next one. Nesting is as deep as the formula's braces."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def row(self, *stops: str) -> str:
        """Everything up to a closing brace, or one of the stops, as one row."""
        parts: list[str] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token in ("}", *stops):
                break
            if token in "^_'":
                parts.append(self._scripts(parts.pop() if parts else "<mrow></mrow>"))
            else:
                self.at += 1
                leading = token == "-" and (not parts or parts[-1].startswith("<mo>"))
                part = '<mo form="prefix">−</mo>' if leading else self._atom(token)
                if part:
                    parts.append(part)
        return f"<mrow>{''.join(parts)}</mrow>"

    def _group(self) -> str:
        """What stands in braces, or else one token."""
        while self.at < len(self.tokens) and self.tokens[self.at] == " ":
            self.at += 1
        if self.at >= len(self.tokens):
            return "<mrow></mrow>"
        token = self.tokens[self.at]
        self.at += 1
        if token != "{":
            return self._atom(token)
        inner = self.row()
        self.at += 1
        return inner

    def _scripts(self, base: str) -> str:
        above = below = ""
        while self.at < len(self.tokens) and self.tokens[self.at] in "^_'":
            token = self.tokens[self.at]
            self.at += 1
            if token == "'":
                above += "<mo>′</mo>"
            elif token == "^":
                above += self._group()
            else:
                below += self._group()
        if above and below:
            return f"<msubsup>{base}<mrow>{below}</mrow><mrow>{above}</mrow></msubsup>"
        return f"<msup>{base}<mrow>{above}</mrow></msup>" if above else f"<msub>{base}<mrow>{below}</mrow></msub>"

    def _atom(self, token: str) -> str:
        if token == "{":
            self.at -= 1
            return self._group()
        if token.startswith("\\"):
            return self._command(token[1:])
        if token.isspace() or token == "&":
            return ""
        if token[0].isdigit():
            return f"<mn>{token}</mn>"
        return f"<mi>{xml(token)}</mi>" if token.isalpha() else f"<mo>{xml(token.replace('-', '−'))}</mo>"

    def _command(self, name: str) -> str:
        if name == "frac":
            return f"<mfrac>{self._group()}{self._group()}</mfrac>"
        if name == "sqrt":
            return f"<msqrt>{self._group()}</msqrt>"
        if name in ("text", "mathrm", "operatorname", "textbf"):
            plain = "".join(self._plain())
            if name == "text":
                return f"<mtext>{xml(plain).replace(' ', '&#160;')}</mtext>"
            return f'{_BEFORE if name == "operatorname" else ""}<mi mathvariant="normal">{xml(plain)}</mi>'
        if name == "left":
            return self._fenced()
        if name == "begin":
            return self._cases()
        if name in _LETTER or name in _SIGN:
            tag = "mi" if name in _LETTER or name in ("infty", "partial") else "mo"
            return f"<{tag}>{_LETTER.get(name) or _SIGN[name]}</{tag}>"
        if name in _SPACES:
            return f'<mspace width="{_SPACES[name]}"></mspace>'
        return f"<mo>{xml(name)}</mo>" if not name.isalpha() else f"{_BEFORE}<mi>{xml(name)}</mi>"

    def _plain(self) -> Iterator[str]:
        """The characters of a text, which stands in braces."""
        depth = 0
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token in "{}":
                depth += 1 if token == "{" else -1
                if depth == 0:
                    return
            elif token == "\\char":
                code = self.tokens[self.at] if self.at < len(self.tokens) else ""
                self.at += 1
                yield chr(int(code)) if code.isdigit() else code
            else:
                yield _SHOWN.get(token[1:], token[1:]) if token.startswith("\\") else token

    def _fenced(self) -> str:
        opening, closing = self._delimiter(), ""
        inner = self.row("\\right")
        if self.at < len(self.tokens):
            self.at += 1
            closing = self._delimiter()
        return f"<mrow>{_FENCE.format(xml(opening))}{inner}{_FENCE.format(xml(closing))}</mrow>"

    def _delimiter(self) -> str:
        token = self.tokens[self.at] if self.at < len(self.tokens) else ""
        self.at += 1
        return token.lstrip("\\")

    def _cases(self) -> str:
        self._group()
        rows: list[list[str]] = [[]]
        while self.at < len(self.tokens):
            rows[-1].append(self.row("&", "\\\\", "\\end"))
            token = self.tokens[self.at] if self.at < len(self.tokens) else "\\end"
            self.at += 1
            if token == "\\\\":
                rows.append([])
            elif token != "&":
                self._group()
                break
        cells = "".join(f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in row)}</mtr>" for row in rows)
        return f'<mrow>{_FENCE.format("{")}<mtable columnalign="left">{cells}</mtable></mrow>'
