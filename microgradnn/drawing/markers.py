"""What tells classes apart in a picture: the shapes of their points, their colours, and the pattern of their ground."""

from __future__ import annotations

from microgradnn.drawing.palette import DARK, LIGHT

KINDS = 6  # after which shapes and colours come again


def hue(c: int, theme: str) -> str:
    """The colour of class c."""
    return (DARK if theme == "dark" else LIGHT)[c % KINDS]


def marker(c: int, x: float, y: float, r: float = 4.2) -> str:
    """The sign of class c at a place, as part of an SVG path: disc, square, triangle, diamond, cross, star."""
    kind = c % KINDS
    if kind == 0:
        return f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z"
    if kind == 1:
        side = round(1.75 * r, 1)
        return f"M{x - side / 2:.1f} {y - side / 2:.1f}h{side}v{side}h{-side}z"
    outline = {
        2: [(0, -1.25), (1.15, 0.85), (-1.15, 0.85)],
        3: [(0, -1.35), (1.1, 0), (0, 1.35), (-1.1, 0)],
        4: [
            (-0.35, -1.2),
            (0.35, -1.2),
            (0.35, -0.35),
            (1.2, -0.35),
            (1.2, 0.35),
            (0.35, 0.35),
            (0.35, 1.2),
            (-0.35, 1.2),
            (-0.35, 0.35),
            (-1.2, 0.35),
            (-1.2, -0.35),
            (-0.35, -0.35),
        ],
        5: [(0, 1.25), (-1.15, -0.85), (1.15, -0.85)],
    }[kind]
    return "M" + "L".join(f"{x + r * dx:.1f} {y + r * dy:.1f}" for dx, dy in outline) + "z"


def pattern(c: int, name: str, ink: str) -> str:
    """The ground of class c: stripes and dots, faint enough to be read upon; none for the first class."""
    drawn = {
        0: "",
        1: '<path d="M-2 10L10 -2M-2 2L2 -2M6 10L10 6" {}/>',
        2: '<circle cx="4" cy="4" r="1" {}/>',
        3: '<path d="M0 4h8" {}/>',
        4: '<path d="M4 0v8" {}/>',
        5: '<path d="M-2 -2L10 10M-2 6L2 10M6 -2L10 2" {}/>',
    }[c % KINDS].format(ink)
    return f'<pattern id="{name}" width="8" height="8" patternUnits="userSpaceOnUse">{drawn}</pattern>' if drawn else ""
