"""How the tour's page looks: wide and narrow screens, light and dark, paper."""

import microgradnn
from microgradnn.drawing.palette import BLUE, DAY, NIGHT, SKY, Ink
from microgradnn.drawing.text import xml


def _colours(ink: Ink, link: str, good: str, bad: str, card: str) -> str:
    return (
        f"--paper:{ink.paper};--text:{ink.text};--quiet:{ink.quiet};--line:{ink.line};"
        f"--link:{link};--good:{good};--bad:{bad};--card:{card}"
    )


LIGHT = _colours(DAY, BLUE, "#00694d", "#a84300", "#f6f7f8")
DARK = _colours(NIGHT, SKY, "#4cc9a0", "#ff9a52", "#1c2025")

STYLE = f"""
:root{{{LIGHT}}}
@media (prefers-color-scheme:dark){{:root{{{DARK}}}}}
@media print{{:root{{{LIGHT}}} details::details-content{{content-visibility:visible}}}}
*{{box-sizing:border-box}}
body{{margin:0 auto;padding:1rem clamp(1rem,4vw,3rem) 4rem;max-width:66rem;background:var(--paper);color:var(--text);
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:break-word}}
h1{{font-size:1.9rem;line-height:1.2;margin:1.5rem 0 .5rem}}
h2{{font-size:1.4rem;line-height:1.25;margin:0 0 .5rem}}
h3{{font-size:1.1rem;margin:2rem 0 .5rem}}
p{{max-width:46rem}}
a{{color:var(--link)}}
nav ul{{padding-left:1.2rem}}
section,footer{{border-top:1px solid var(--line);margin-top:3rem;padding-top:1.5rem}}
.wide{{overflow-x:auto;margin:1rem 0}}
.formula{{overflow:auto hidden;padding:.1rem 0 .6rem}}
table{{border-collapse:collapse;font-variant-numeric:tabular-nums}}
caption{{text-align:left;color:var(--quiet);padding-bottom:.3rem}}
th,td{{text-align:left;padding:.3rem 1.2rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}}
th{{font-weight:600}}
tbody th{{font-weight:400}}
td{{white-space:nowrap}}
pre{{white-space:pre-wrap}}
code,pre{{font:.92em ui-monospace,"DejaVu Sans Mono",monospace}}
.met,.unmet{{white-space:nowrap;font-weight:600}}
.met{{color:var(--good)}}
.unmet{{color:var(--bad)}}
figure{{margin:1.5rem 0}}
img{{display:block;max-width:100%;height:auto;border:1px solid var(--line);border-radius:.4rem}}
.graph img{{max-height:44rem;width:auto}}
.learned div{{display:flex;flex-wrap:wrap;gap:1rem;align-items:center}}
.learned img{{max-height:22rem;width:auto}}
@media (max-width:44rem){{
.curve,.graph,.folded{{overflow:auto;max-height:80vh;border:1px solid var(--line);border-radius:.4rem}}
.curve img{{max-width:none;width:34rem}}
.graph img,.folded img{{max-width:none;max-height:none}}
.curve img,.graph img,.folded img{{border:0}}
figcaption{{position:sticky;left:0;padding:0 .5rem .5rem}}
.results caption{{display:block}}
.results table,.results tbody,.results tr,.results th,.results td{{display:block;border:0;padding:0}}
.results thead{{display:none}}
.results tr{{border-bottom:1px solid var(--line);padding:.4rem 0}}
.results tbody th{{font-weight:600}}
.results td{{white-space:normal}}
.results td:empty{{display:none}}
.results td[data-of]::before{{content:attr(data-of) ": ";color:var(--quiet)}}
}}
figcaption{{color:var(--quiet);font-size:.92rem;margin-top:.4rem}}
summary{{cursor:pointer;color:var(--link)}}
""".strip()


def head(title: str) -> list[str]:
    """The lines of a page above its body."""
    return [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f'<meta name="generator" content="microgradnn {xml(microgradnn.__version__)}">',
        f"<title>{xml(title)}</title>",
        f"<style>{STYLE}</style>",
        "</head>",
    ]
