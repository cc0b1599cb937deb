"""Text that TeX sets as it is: no character of it acts."""

from __future__ import annotations

from microgradnn.drawing.text import visible

# `--`, `<<` and the like would be drawn together into one sign; an empty group after each keeps them apart.
ASCII = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "-": "-{}",
    ",": ",{}",
    "!": "!{}",
    "?": "?{}",
}
# What pictures themselves say, and the letters that formulas are written with.
SIGNS = {
    "∂": r"$\partial$",
    "—": r"\textemdash{}",
    "–": r"\textendash{}",
    "…": r"\textellipsis{}",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "−": r"$-$",
    "∧": r"$\wedge$",
    "▲": r"$\triangle$",
    "⚠": r"\textbf{(!)}",
    "′": r"$'$",
    "√": r"$\surd$",
    "∞": r"$\infty$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "→": r"$\rightarrow$",
    "Σ": r"$\Sigma$",
    "²": r"$^2$",
    "\u00a0": "~",
}
# fmt: off
GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu",
    "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "ς": "varsigma", "σ": "sigma",
    "τ": "tau", "υ": "upsilon", "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega",
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi",
    "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}
# fmt: on
# What the fonts of Western and Central Europe (TeX's T1) have, as pdflatex reads it.
LETTERS = frozenset(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿĂăĄąĆćČčĎďĐđĘęĚěĞğĹĺĽľŁłŃńŇňŊŋŐőŒœŔŕŘřŚśŞşŠšŢţŤť"
    "ŮůŰűŹźŻżŽž"
)


def escaped(text: str) -> str:
    r"""Text in which every character stands for itself.

    Letters that are neither Latin nor Greek are written \glyph{4E2D}, which a file must define.

    >>> print(escaped("w_1 = {x}"))
    w\_1 = \{x\}
    """
    shown = "".join(_sign(c) for c in visible(text))
    return shown.replace("  ", r" \ ").replace("  ", r" \ ")


def _sign(c: str) -> str:
    if c in ASCII:
        return ASCII[c]
    if c in SIGNS:
        return SIGNS[c]
    if c in GREEK:
        return rf"$\{GREEK[c]}$"
    if c.isascii() or c in LETTERS:
        return c
    return rf"\glyph{{{ord(c):04X}}}"
