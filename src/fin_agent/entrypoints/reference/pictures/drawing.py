"""A small SVG: rectangles, lines and words on paper, with coordinates to a tenth of a pixel."""

from collections.abc import Sequence
from html import escape
from typing import Literal

INK, MUTED, GRID, PAPER = "#1f2933", "#5b6673", "#e4e7eb", "#ffffff"
GAIN, LOSS, BLUE, SAND = "#0f766e", "#c2410c", "#1d4ed8", "#f3efe6"

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


class Drawing:
    """What was drawn so far; y grows downward, as SVG has it."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self.width = width
        self.height = height
        self._title = title
        self._parts: list[str] = []

    def rect(self, at: Point, size: Point, fill: str, stroke: str | None = None) -> None:
        edge = f' stroke="{stroke}"' if stroke else ""
        self._parts.append(
            f'<rect x="{_n(at[0])}" y="{_n(at[1])}" width="{_n(size[0])}" height="{_n(size[1])}"'
            f' fill="{fill}"{edge}/>'
        )

    def line(self, points: Sequence[Point], stroke: str, width: float = 1, dash: str = "") -> None:
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        path = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        self._parts.append(
            f'<polyline points="{path}" fill="none" stroke="{stroke}" stroke-width="{_n(width)}"'
            f"{dashed}/>"
        )

    def shape(self, points: Sequence[Point], fill: str) -> None:
        path = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        self._parts.append(f'<polygon points="{path}" fill="{fill}"/>')

    def text(
        self, at: Point, words: str, fill: str = INK, *, anchor: Anchor = "start", size: int = 12
    ) -> None:
        placed = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._parts.append(
            f'<text x="{_n(at[0])}" y="{_n(at[1])}" fill="{fill}" font-size="{size}"{placed}>'
            f"{escape(words)}</text>"
        )

    def svg(self) -> str:
        """The picture as a file; it has no script and loads nothing."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}"'
            f' font-family="Helvetica, Arial, sans-serif" role="img">\n'
            f"<title>{escape(self._title)}</title>\n"
            f'<rect width="{self.width}" height="{self.height}" fill="{PAPER}"/>\n'
        )
        return head + "\n".join(self._parts) + "\n</svg>\n"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
