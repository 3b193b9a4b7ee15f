"""Small pieces of HTML: tables, cards and chips. Every text is escaped here, once.

Streamlit's own tables read markdown or hide their text in a canvas; these can be read aloud,
fit a phone, and take a headline as text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

import streamlit as st

from fin_agent.entrypoints.dashboard.words import clean

Tone = Literal["", "gain", "loss", "warn", "muted"]
_LONGEST = 400

STYLE = """
<style>
.fa-chips{display:flex;flex-wrap:wrap;gap:6px 8px;align-items:center;margin:0}
.fa-chip{border:1px solid rgba(135,146,162,.45);border-radius:999px;padding:1px 10px;
 font-size:.85rem;white-space:nowrap}
.fa-chip b{font-weight:650}
.fa-chip.gain,.fa-card.gain b,td.gain{color:#0d9488}
.fa-chip.loss,.fa-card.loss b,td.loss{color:#e8590c}
.fa-chip.gain{border-color:#0d9488;font-weight:650}
.fa-chip.loss{border-color:#e8590c;font-weight:650}
.fa-chip.warn{border-color:#d97706;color:#d97706;font-weight:650}
.fa-cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(132px,1fr));gap:8px}
.fa-card{border:1px solid rgba(135,146,162,.35);border-radius:8px;padding:6px 12px;min-width:0}
.fa-card b{display:block;font-size:1.05rem;font-weight:650;overflow-wrap:anywhere}
.fa-card span,.fa-muted{opacity:.72;font-size:.8rem}
.fa-scroll{overflow-x:auto;border:1px solid rgba(135,146,162,.35);border-radius:8px}
.fa-scroll:focus{outline:2px solid #3b82f6}
.fa-table{border-collapse:collapse;width:100%;font-size:.85rem;font-variant-numeric:tabular-nums}
.fa-table caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.fa-table th,.fa-table td{padding:5px 10px;text-align:right;white-space:nowrap;
 border-bottom:1px solid rgba(135,146,162,.22)}
.fa-table tr:last-child td{border-bottom:0}
.fa-table th{font-weight:600;opacity:.72}
.fa-table td.word,.fa-table th.word{text-align:left}
.fa-table td.long{text-align:left;white-space:normal;min-width:200px;overflow-wrap:anywhere}
.fa-table td.warn{color:#d97706}.fa-table td.muted{opacity:.6}
.fa-note{border-radius:8px;border-left:4px solid rgba(135,146,162,.6);padding:7px 12px;
 background:rgba(135,146,162,.12);font-size:.92rem;overflow-wrap:anywhere}
.fa-note.loss{border-color:#e8590c;background:rgba(232,89,12,.13)}
.fa-note.warn{border-color:#d97706;background:rgba(217,119,6,.12)}
.fa-note.gain{border-color:#0d9488;background:rgba(13,148,136,.12)}
.fa-list{margin:0;padding-left:1.1rem;font-size:.92rem;overflow-wrap:anywhere}
.fa-log{max-height:420px;overflow:auto;font-size:.78rem;white-space:pre-wrap;
 overflow-wrap:anywhere;border:1px solid rgba(135,146,162,.35);border-radius:8px;padding:8px 12px}
.stMainBlockContainer{padding:4.6rem 1.6rem 3rem;max-width:1500px}
[data-testid="stStatusWidget"]{display:none}
.stMainBlockContainer h1{font-size:1.7rem;padding:.4rem 0 .2rem}
.stMainBlockContainer h3{font-size:1.2rem;padding:.5rem 0 .2rem}
@media(max-width:640px){.stMainBlockContainer{padding:4.4rem .8rem 2.5rem}
 .fa-table th,.fa-table td{padding:5px 7px}}
</style>
"""


def text(value: object, longest: int = _LONGEST) -> str:
    """Text from outside as harmless HTML."""
    return escape(clean(value, longest))


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell; ``why`` explains a dash when the pointer rests on it."""

    said: str
    tone: Tone = ""
    why: str = ""

    def html(self, kind: str) -> str:
        names = " ".join(name for name in (kind, self.tone) if name)
        hint = f' title="{text(self.why)}"' if self.why else ""
        return f'<td class="{names}"{hint}>{text(self.said)}</td>'


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; ``kind`` is ``word`` for short text, ``long`` for text that wraps."""

    name: str
    kind: Literal["", "word", "long"] = ""


def table(name: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell | str]]) -> None:
    """A table that scrolls sideways inside itself; ``name`` is what a screen reader calls it."""
    st.html(table_html(name, columns, rows))


def table_html(name: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell | str]]) -> str:
    heads = "".join(
        f'<th scope="col" class="{"word" if column.kind else ""}">{text(column.name)}</th>'
        for column in columns
    )
    body = "".join(f"<tr>{_row(columns, row)}</tr>" for row in rows)
    return (
        f'<div class="fa-scroll" tabindex="0" role="region" aria-label="{text(name)}">'
        f'<table class="fa-table"><caption>{text(name)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(columns: Sequence[Column], row: Sequence[Cell | str]) -> str:
    cells = (cell if isinstance(cell, Cell) else Cell(cell) for cell in row)
    return "".join(cell.html(column.kind) for column, cell in zip(columns, cells, strict=True))


@dataclass(frozen=True, slots=True)
class Card:
    """A large figure with its name; ``why`` says why it is a dash."""

    name: str
    said: str
    tone: Tone = ""
    why: str = ""


def cards(found: Iterable[Card]) -> None:
    """Large figures in a row, two abreast on a phone."""
    st.html(f'<div class="fa-cards">{"".join(_card(card) for card in found)}</div>')


def _card(card: Card) -> str:
    why = f'<br><span class="fa-muted">{text(card.why)}</span>' if card.why else ""
    return (
        f'<div class="fa-card {card.tone}"><b>{text(card.said)}</b>'
        f"<span>{text(card.name)}</span>{why}</div>"
    )


def chips(found: Iterable[tuple[str, Tone]]) -> None:
    """Short facts in a row."""
    inside = "".join(f'<span class="fa-chip {tone}">{text(said)}</span>' for said, tone in found)
    st.html(f'<div class="fa-chips">{inside}</div>')


def notice(head: str, rest: str = "", tone: Tone = "", *, role: str = "status") -> None:
    """A sentence that a person should see, and what to do about it; ``head`` in bold."""
    inside = f"<b>{text(head, 600)}</b> {text(rest, 600)}"
    st.html(f'<div class="fa-note {tone}" role="{role}">{inside}</div>')


def listing(lines: Iterable[str]) -> None:
    """Sentences, one below the other."""
    inside = "".join(f"<li>{text(line)}</li>" for line in lines)
    st.html(f'<ul class="fa-list">{inside}</ul>')


def log_lines(name: str, lines: Iterable[str]) -> None:
    """Lines of a log, as they are."""
    inside = "\n".join(text(line, 2000) for line in lines)
    st.html(
        f'<pre class="fa-log" tabindex="0" role="region" aria-label="{text(name)}">{inside}</pre>'
    )


def tone_of(value: float | None) -> Tone:
    """The tone that repeats a sign."""
    if value is None or value == 0:
        return ""
    return "gain" if value > 0 else "loss"
