"""Bars, gauges and sparklines of characters: block elements, or plain ASCII where needed.

Every drawing stands beside its number: neither colour nor shape carries a meaning alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from fin_agent.entrypoints.cli.report_words import clean

WIDEST = 100
_EIGHTHS = 8


@dataclass(frozen=True, slots=True)
class Ink:
    """What a console can show: ``ascii_only`` for dumb terminals and old encodings."""

    ascii_only: bool = False
    width: int = 80

    @classmethod
    def of(cls, console: Console) -> "Ink":
        ascii_only = console.options.ascii_only or console.is_dumb_terminal
        return cls(ascii_only, min(console.width, WIDEST))

    @property
    def dash(self) -> str:
        """Stands for an absent value."""
        return "-" if self.ascii_only else "—"

    def outside(self, text: str, longest: int = 160) -> str:
        """Text from outside, harmless and within this console's encoding."""
        line = clean(text, longest)
        return line.encode("ascii", "replace").decode() if self.ascii_only else line

    def bar(self, share: float, width: int) -> str:
        """A bar of ``share`` (0..1) of the width; anything above nothing is visible."""
        share = min(max(share, 0.0), 1.0)
        if self.ascii_only:
            full = max(round(share * width), int(share > 0))
            return "#" * full
        eighths = max(round(share * width * _EIGHTHS), int(share > 0))
        full, rest = divmod(eighths, _EIGHTHS)
        return "█" * full + " ▏▎▍▌▋▊▉"[rest].strip()

    def blocks(self, share: float, width: int) -> str:
        """A bar of whole cells, for bars that end at their right side."""
        return ("#" if self.ascii_only else "█") * max(round(share * width), int(share > 0))

    def gauge(self, share: float, width: int) -> str:
        """A bar inside its frame, so that the empty part is seen too."""
        empty = "." if self.ascii_only else "░"
        filled = self.bar(share, width)
        return f"[{filled}{empty * (width - len(filled))}]"

    def spark(self, values: Sequence[float], width: int) -> str:
        """The course of a series in one line; longer series are thinned to the width."""
        levels = "_.-=+*#@" if self.ascii_only else "▁▂▃▄▅▆▇█"
        if not values:
            return ""
        low, high = min(values), max(values)
        step = max(1.0, len(values) / width)
        count = min(width, len(values))
        picked = [values[min(len(values) - 1, int((n + 1) * step) - 1)] for n in range(count)]
        scale = (len(levels) - 1) / (high - low) if high > low else 0.0
        return "".join(levels[round((value - low) * scale)] for value in picked)

    def span(
        self, low: float, high: float, mark: float, scale: tuple[float, float], width: int
    ) -> str:
        """A range with its zero and a mark on a common scale: how far it went, where it ended."""
        line, zero, end, dot = "-|]o" if self.ascii_only else "─┼┤●"
        first, last = scale
        per = (width - 1) / (last - first) if last > first else 0.0

        def place(value: float) -> int:
            return min(max(round((value - first) * per), 0), width - 1)

        cells = [" "] * width
        for at in range(place(low), place(high) + 1):
            cells[at] = line
        cells[place(low)] = "[" if self.ascii_only else "├"
        cells[place(high)] = end
        cells[place(0.0)] = zero
        cells[place(mark)] = dot
        return "".join(cells)


def signed(text: str, value: float) -> Text:
    """A signed number; colour only repeats what the sign says."""
    return Text(text, "green" if value > 0 else "red" if value < 0 else "")


def label(text: str) -> Text:
    """A label that cannot be overlooked, with or without colour."""
    return Text(f" {text} ", "bold reverse")
