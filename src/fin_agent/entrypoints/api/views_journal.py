"""Builds the answers about the journal: trades with notes, one trade's story, its results."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from fin_agent.composition.api_reads import all_notes
from fin_agent.composition.bootstrap import App
from fin_agent.composition.journal import LIVE, decisions_of, trades_of
from fin_agent.composition.maintenance import state_path
from fin_agent.composition.results import Moves, Results, notes_by_trade, results_of
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.events import Event
from fin_agent.entrypoints.api.models import journal as told
from fin_agent.entrypoints.api.paging import paged
from fin_agent.entrypoints.documents.rows import stored_trade_row
from fin_agent.entrypoints.documents.values import jsonable, moment

_HIDDEN = frozenset({"fills", "notes", "tags"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which trades: of a run, between two sessions, of a symbol, with a tag or a person's grade."""

    run: str | None = None
    first: date | None = None
    last: date | None = None
    symbol: str | None = None
    tag: str | None = None
    grade: str | None = None


async def trades_wanted(app: App, wanted: Wanted) -> tuple[str, list[told.Trade]]:
    """Closed trades with their notes; none before the first session."""
    run = wanted.run
    if run is None and not state_path(app).is_file() and app.newest_run() is None:
        return LIVE, []
    name, rows = await trades_of(app, run, wanted.first, wanted.last)
    notes = notes_by_trade(await all_notes(app)) if name == LIVE else {}
    trades = [_trade(row, notes.get(str(row["trade_id"]), ())) for row in rows]
    return name, [
        trade
        for trade in trades
        if wanted.symbol in {None, trade.symbol}
        and wanted.grade in {None, trade.own_grade}
        and (wanted.tag is None or wanted.tag in trade.tags)
    ]


def _trade(row: Mapping[str, object], notes: Sequence[Mapping[str, object]]) -> told.Trade:
    grades = [str(note["grade"]) for note in notes if note["grade"]]
    tags = [str(note["tag"]) for note in notes if note["tag"]]
    return told.Trade.model_validate(
        {
            **stored_trade_row(row),
            "notes": [
                {**note, "tag": note["tag"] or None, "grade": note["grade"] or None}
                for note in notes
            ],
            "own_grade": grades[-1] if grades else None,
            "tags": list(dict.fromkeys(tags)),
        }
    )


async def journal_of(app: App, wanted: Wanted, cursor: str | None, limit: int) -> told.Journal:
    """A page of trades."""
    run, trades = await trades_wanted(app, wanted)
    return told.Journal(run=run, **paged(trades, cursor, limit))


async def story_of(app: App, run: str | None, trade_id: str) -> told.TradeStory:
    """One trade with every decision about it.

    Raises:
        CorruptData: there is no such trade.
    """
    name, trades = await trades_wanted(app, Wanted(run=run))
    trade = next((one for one in trades if one.trade_id == trade_id), None)
    if trade is None:
        raise CorruptData(f"no trade {trade_id} in {name}; see GET /v1/journal")
    events = await decisions_of(app, name, trade.session_date)
    found = [(event, json.loads(event.payload)) for event in events]
    return told.TradeStory.model_validate(
        {
            "trade": trade,
            "decisions": [
                {"at": moment(event.occurred_at), "type": event.type, "payload": payload}
                for event, payload in found
                if _is_about(event, payload, trade)
            ],
        }
    )


def _is_about(event: Event, payload: Mapping[str, Any], trade: told.Trade) -> bool:
    is_its_exit = event.type == "ExitOrdered" and payload.get("symbol") == trade.symbol
    return payload.get("plan_id") == trade.plan_id or is_its_exit


async def exported(app: App, wanted: Wanted, kind: str) -> bytes:
    """The trades as a file: one row each, notes and tags as text."""
    _, trades = await trades_wanted(app, wanted)
    rows = [
        {
            **{k: v for k, v in trade.model_dump(mode="json").items() if k not in _HIDDEN},
            "tags": " ".join(trade.tags),
            "notes": "\n".join(note.text for note in trade.notes),
        }
        for trade in trades
    ]
    return _parquet(rows) if kind == "parquet" else _csv(rows)


def _csv(rows: Sequence[Mapping[str, object]]) -> bytes:
    names = [*(n for n in told.Trade.model_fields if n not in _HIDDEN), "tags", "notes"]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=names)
    writer.writeheader()
    writer.writerows({name: _inert(value) for name, value in row.items()} for row in rows)
    return text.getvalue().encode()


def _inert(value: object) -> object:
    """A text that a spreadsheet would take for a formula, as text."""
    is_formula = isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{value}" if is_formula else value


def _parquet(rows: Sequence[Mapping[str, object]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), sink)
    return bytes(sink.getvalue())


async def performance_of(app: App, wanted: Wanted, moves: Moves) -> told.Performance:
    """What a journal amounts to."""
    found = await results_of(app, wanted.run, wanted.first, wanted.last, moves)
    return told.Performance.model_validate(
        {
            "run": found.run,
            "first": found.days[0].session_date if found.days else None,
            "last": found.days[-1].session_date if found.days else None,
            "figures": jsonable(asdict(found.figures)),
            "equity": [
                {**_plain(point.day), "drawdown": point.drawdown, "trades": point.trades}
                for point in found.equity
            ],
            "r_distribution": [_plain(bucket) for bucket in found.spread],
            "slices": {k: [_plain(one) for one in rows] for k, rows in found.slices.items()},
            "intervals": [_plain(interval) for interval in found.intervals],
            "random_pick": _random_pick(found),
        }
    )


def _random_pick(found: Results) -> told.RandomPick:
    versus = found.compared
    return told.RandomPick(
        sessions=0 if versus is None else versus.sessions,
        chosen_pct=None if versus is None else versus.chosen_pct,
        random_pct=None if versus is None else versus.random_pct,
        better_than_share=None if versus is None else versus.better_than,
        why_not=found.no_comparison,
    )


def _plain(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any of our dataclasses
    plain = jsonable(asdict(value))
    return plain if isinstance(plain, dict) else {}
