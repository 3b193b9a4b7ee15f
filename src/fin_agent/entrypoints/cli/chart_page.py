"""One self-contained HTML page: styles, figures and plotly.js inlined, nothing to be fetched.

A content security policy forbids every request, so a report stays readable offline and in a vault.
Text from outside is escaped here, once.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from fin_agent.entrypoints.cli.report_words import clean
from fin_agent.entrypoints.figures.frame import Look, Plot

INK, MUTED, GRID, PAPER = "#1f2933", "#5b6673", "#e4e7eb", "#ffffff"
GAIN, LOSS, BLUE, SAND = "#0f766e", "#c2410c", "#1d4ed8", "#f3efe6"
PALETTE = ("#1d4ed8", "#b45309", "#0f766e", "#7e22ce", "#be185d", "#4d7c0f", "#334155")

_LOOK = Look(  # white, as it is printed
    axis={"gridcolor": GRID, "linecolor": GRID, "zeroline": False, "automargin": True},
    base={
        "margin": {"l": 44, "r": 16, "t": 30, "b": 36},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "font": {"color": INK, "size": 12},
        "hoverlabel": {"align": "left", "bgcolor": PAPER, "font": {"color": INK}},
        "dragmode": "pan",
    },
)
layout = _LOOK.layout

_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 16px 20px 48px; background: #fff; color: #1f2933;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1 { font-size: 24px; margin: 8px 0 2px; } h2 { font-size: 18px; margin: 34px 0 4px; }
p, ul { margin: 4px 0 10px; } .muted { color: #5b6673; } ul { padding-left: 20px; }
.badge { display: inline-block; border: 2px solid #7c2d12; color: #7c2d12; font-weight: 700;
  font-size: 13px; letter-spacing: .08em; padding: 1px 8px; margin-left: 10px;
  vertical-align: 3px; }
.cards { display: flex; flex-wrap: wrap; gap: 10px; margin: 14px 0; }
.card { border: 1px solid #d6dbe1; border-radius: 8px; padding: 8px 14px; min-width: 140px;
  flex: 1 1 140px; } .card b { display: block; font-size: 17px; font-weight: 650; }
.card span { color: #5b6673; font-size: 13px; } .gain { color: #0f766e; } .loss { color: #c2410c; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr));
  gap: 8px 24px; } .pair > * { min-width: 0; }
.plot { width: 100%; } .scroll { overflow: auto; max-height: 620px; border: 1px solid #d6dbe1; }
table { border-collapse: collapse; font-size: 13px; width: 100%;
  font-variant-numeric: tabular-nums; }
th, td { padding: 4px 8px; text-align: right; white-space: nowrap;
  border-bottom: 1px solid #e4e7eb; }
th { position: sticky; top: 0; background: #f5f7f9; cursor: pointer; }
td.word, th.word { text-align: left; } code { font-size: 12px; overflow-wrap: anywhere; }
td.long { white-space: normal; min-width: 220px; text-align: left; }
@media (max-width: 600px) { body { padding: 10px 12px 40px; } h1 { font-size: 20px; }
  .card { flex-basis: 42%; padding: 6px 10px; } }
@media print { .scroll { max-height: none; overflow: visible; } }
"""
_DRAW = """
const narrow = window.innerWidth < 700;
for (const holder of document.querySelectorAll(".plot")) {
  const plot = JSON.parse(document.getElementById(holder.id + "-data").textContent);
  if (narrow) plot.layout.dragmode = false;
  Plotly.newPlot(holder, plot.data, plot.layout, {responsive: true, displaylogo: false,
    displayModeBar: plot.layout.dragmode === false ? false : "hover",
    modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", "toImage"]]});
}
for (const head of document.querySelectorAll("th")) head.addEventListener("click", () => {
  const body = head.closest("table").tBodies[0], at = head.cellIndex;
  const up = head.dataset.up = head.dataset.up === "1" ? "" : "1";
  const key = row => row.cells[at].dataset.v;
  const rows = [...body.rows].sort((a, b) => key(a) === undefined
    ? a.cells[at].textContent.localeCompare(b.cells[at].textContent, "en")
    : Number(key(a)) - Number(key(b)));
  body.append(...(up ? rows : rows.reverse()));
});
"""
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; form-action 'none'; base-uri 'none'"
)


def safe(text: object, longest: int = 240) -> str:
    """Text from outside as harmless HTML."""
    return escape(clean(str(text), longest))


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell: what is read, and the number it is sorted by (None: by its text)."""

    text: str
    number: float | None = None
    tone: str = ""

    @property
    def html(self) -> str:
        sort = "" if self.number is None else f' data-v="{self.number!r}"'
        kind = " ".join(name for name in (self.tone, "word" if self.number is None else "") if name)
        return f'<td class="{kind}"{sort}>{safe(self.text)}</td>'


def page(title: str, body: Iterable[str], *, simulated: bool) -> str:
    """A whole document; ``body`` is HTML made by the functions of this module."""
    from plotly.offline import get_plotlyjs

    badge = '<span class="badge">SIMULATED</span>' if simulated else ""
    parts = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{safe(title)}{' - SIMULATED' if simulated else ''}</title>",
        f"<style>{_STYLE}</style></head><body>",
        f"<h1>{safe(title)}{badge}</h1>",
        *body,
        f"<script>{get_plotlyjs()}</script>",
        f"<script>{_DRAW}</script></body></html>\n",
    )
    return "\n".join(parts)


def plot(name: str, figure: Plot) -> str:
    """A figure's place and its data; it is drawn when the page has loaded."""
    height = 320
    layout = figure["layout"]
    if isinstance(layout, Mapping):
        height = layout.get("height", height)
    data = json.dumps(figure, allow_nan=False).replace("<", "\\u003c")
    return (
        f'<div class="plot" id="{safe(name)}" style="height:{height}px"></div>'
        f'<script type="application/json" id="{safe(name)}-data">{data}</script>'
    )


def cards(values: Iterable[tuple[str, str, float]]) -> str:
    """Large figures in a row: (name, text, sign)."""
    html = "".join(
        f'<div class="card"><b class="{tone(sign)}">{safe(text)}</b><span>{safe(name)}</span></div>'
        for name, text, sign in values
    )
    return f'<div class="cards">{html}</div>'


def tone(value: float) -> str:
    """The class that repeats a sign as a colour."""
    return "gain" if value > 0 else "loss" if value < 0 else ""


def section(title: str, *parts: str) -> str:
    """A heading and what stands under it."""
    return f"<section><h2>{safe(title)}</h2>{''.join(parts)}</section>"


def pair(*parts: str) -> str:
    """Side by side on a desk, one above the other on a phone."""
    return f'<div class="pair">{"".join(parts)}</div>'


def listing(lines: Iterable[str]) -> str:
    """Sentences, escaped."""
    items = "".join(f"<li>{safe(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def table(head: Sequence[tuple[str, bool]], rows: Iterable[Sequence[Cell]]) -> str:
    """A table that scrolls and sorts by a click on a header: (name, is a word)."""
    names = "".join(
        f'<th class="{"word" if word else ""}">{safe(name)}</th>' for name, word in head
    )
    body = "".join(f"<tr>{''.join(cell.html for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table><thead><tr>{names}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
