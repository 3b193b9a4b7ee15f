"""What ``journal`` shows and writes."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from rich.table import Table

from fin_agent.composition.bootstrap import App
from fin_agent.composition.journal import LIVE, decisions_of, notes_on, trades_of, write_note
from fin_agent.domain.errors import InvalidValue, StateUnavailable, UsageError
from fin_agent.domain.events import Event
from fin_agent.domain.journal import TradeNote
from fin_agent.domain.session import NEW_YORK
from fin_agent.entrypoints.cli.arguments import day_of
from fin_agent.entrypoints.cli.options import NO, Options
from fin_agent.entrypoints.cli.report_words import clean, safe
from fin_agent.entrypoints.documents.rows import stored_trade_row
from fin_agent.entrypoints.documents.values import moment
from fin_agent.entrypoints.documents.whole import journal_document

Trade = Mapping[str, object]
Span = tuple[str | None, str | None]

_LONGEST_NOTE = 2_000
_WIDEST = 20_000
_SHOWN = 5


async def show_list(options: Options, run: str | None, span: Span, symbol: str | None) -> None:
    """Print closed trades."""
    app = options.app()
    name, trades = await _trades(app, run, span)
    wanted = None if symbol is None else symbol.upper()
    shown = [trade for trade in trades if wanted is None or trade["symbol"] == wanted]
    if options.as_json:
        options.print_document({"run": name, **journal_document(shown)})
        return
    table = Table(title=f"Trades of {name}", title_justify="left")
    for head in ("date", "symbol", "side", "entry", "qty", "in", "out", "why", "R", "P&L", "id"):
        numeric = head in {"qty", "in", "out", "R", "P&L"}
        fixed = head in {"date", "id"}
        table.add_column(
            head, justify="right" if numeric else "left", overflow="fold", no_wrap=fixed
        )
    for trade in shown:
        table.add_row(*_cells(trade))
    console = options.console()
    console.print(table if shown else f"no trades in {name}")


def _cells(trade: Trade) -> list[str]:
    numbers = [_number(trade[key], places) for key, places in _NUMBERS]
    quantity, entry, exit_, r_multiple, pnl = numbers
    words = [str(trade[key]) for key in ("session_date", "symbol", "side", "entry")]
    tail = str(trade["trade_id"])[-6:]
    return [*words, quantity, entry, exit_, str(trade["exit_reason"]), r_multiple, pnl, tail]


_NUMBERS = (
    ("quantity", None),
    ("entry_price", 2),
    ("exit_price", 2),
    ("r_multiple", 2),
    ("pnl", 2),
)


def _number(value: object, places: int | None) -> str:
    number = float(str(value))
    return f"{number:g}" if places is None else f"{number:.{places}f}"


async def show_one(options: Options, run: str | None, wanted: str) -> None:
    """Print one trade with its fills and the decisions behind it."""
    app = options.app()
    name, trades = await _trades(app, run, (None, None))
    found = _named(trades, wanted, name)
    if len(found) > 1 and options.as_json is False:
        options.note(f"{len(found)} trades fit {wanted!r}; the last one is shown")
    trade = found[-1]
    decisions = await _decisions(app, name, trade)
    notes = [_note(note) for note in await notes_on(app, name, str(trade["trade_id"]))]
    if options.as_json:
        document = journal_document([trade])
        more = {"decisions": decisions, "notes": notes}
        options.print_document({"run": name, **document, **more})
        return
    console = options.console()
    for key, value in _row(trade).items():
        if key != "fills":
            console.print(f"{key:>18}  {value}", markup=False)
    for fill in _fills(trade):
        console.print(f"{'fill':>18}  {_told(fill)}", markup=False, highlight=False)
    for note in notes:
        words = " ".join(str(note[key]) for key in ("grade", "tag", "text") if note[key])
        console.print(clean(f"{'note':>18}  {words}", _WIDEST), markup=False, highlight=False)
    for decision in decisions:
        text = json.dumps(decision["payload"], sort_keys=True)
        console.print(f"{decision['at']}  {decision['type']}  {text}", markup=False)


def _told(fill: object) -> str:
    """A fill as a line: when, how many at what price, and why."""
    told = fill if isinstance(fill, Mapping) else {}
    at = datetime.fromisoformat(str(told["at"])).astimezone(NEW_YORK)
    return f"{at:%H:%M}  {told['quantity']:g} at {told['price']:g}  {told['reason']}"


def _named(trades: Sequence[Trade], wanted: str, run: str) -> list[Trade]:
    found = [trade for trade in trades if _is(trade, wanted)]
    if not found:
        raise UsageError(f"no trade {wanted!r} in {run}; see fin-agent journal list --run {run}")
    return found


async def take_note(options: Options, wanted: str, text: str, tag: str, grade: str) -> int | None:
    """Keep a note on a trade of the agent's own journal."""
    if len(text) > _LONGEST_NOTE:
        raise UsageError(f"a note has at most {_LONGEST_NOTE:,} characters, this one {len(text):,}")
    app = options.app()
    name, trades = await _trades(app, LIVE, (None, None))
    found = _named(trades, wanted, name)
    if len(found) > 1:
        fits = ", ".join(str(trade["trade_id"]) for trade in found[-_SHOWN:])
        raise UsageError(f"{len(found)} trades fit {wanted!r}; name one of them: {fits}")
    trade_id = str(found[0]["trade_id"])
    try:
        note = TradeNote(trade_id, app.clock.now(), text, tag, grade.upper())
    except InvalidValue as error:
        raise UsageError(str(error)) from error
    told = await write_note(app, note)
    is_done = bool(told.get("done"))
    if options.as_json:
        written = {"at": note.at.isoformat(), "text": text, "tag": tag, "grade": note.grade}
        options.print_document({"trade_id": trade_id, **_note(written), **told})
    else:
        words = f"noted on {trade_id}" if is_done else f"not noted: {told.get('why')}"
        options.console().print(words, markup=False, highlight=False, soft_wrap=True)
    return None if is_done else NO


def _note(row: Trade) -> dict[str, object]:
    at = datetime.fromisoformat(str(row["at"]))
    words = {"tag": row["tag"] or None, "grade": row["grade"] or None}
    return {"at": moment(at), "text": row["text"], **words}


def _row(trade: Trade) -> Trade:
    """A stored trade in the words and numbers of the documents."""
    return stored_trade_row(trade)


def _fills(trade: Trade) -> Sequence[object]:
    fills = trade.get("fills")
    return fills if isinstance(fills, list) else []


def _is(trade: Trade, wanted: str) -> bool:
    trade_id = str(trade["trade_id"])
    return trade_id.endswith(wanted) or trade_id == wanted or trade["symbol"] == wanted.upper()


async def _decisions(app: App, run: str, trade: Trade) -> list[dict[str, object]]:
    day = date.fromisoformat(str(trade["session_date"]))
    events = await decisions_of(app, run, day)
    return [
        {"at": moment(event.occurred_at), "type": event.type, "payload": payload}
        for event, payload in ((event, json.loads(event.payload)) for event in events)
        if _is_about(event, payload, trade)
    ]


def _is_about(event: Event, payload: Mapping[str, object], trade: Trade) -> bool:
    return payload.get("plan_id") == trade["plan_id"] or (
        event.type == "ExitOrdered" and payload.get("symbol") == trade["symbol"]
    )


async def export_trades(options: Options, run: str | None, span: Span, out: Path) -> None:
    """Write trades as CSV, Parquet or JSON, by the file's suffix."""
    writers = {".csv": _csv, ".parquet": _parquet, ".json": _json}
    writer = writers.get(out.suffix.lower())
    if writer is None:
        raise UsageError(f"--out {out}: end the name in .csv, .parquet or .json")
    name, trades = await _trades(options.app(), run, span)
    rows = [{k: value for k, value in _row(trade).items() if k != "fills"} for trade in trades]
    try:
        temporary = out.with_name(f".{out.name}.new")
        temporary.write_bytes(writer(rows))
        temporary.replace(out)
    except OSError as error:
        raise StateUnavailable(f"{out}: cannot be written ({error.strerror})") from error
    if options.as_json:
        options.print_document({"run": name, "file": str(out), "trades": len(rows)})
    else:
        options.console().print(f"{len(rows)} trades of {safe(name)} in {safe(str(out))}")


def _csv(rows: Sequence[Trade]) -> bytes:
    if not rows:
        return b""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _json(rows: Sequence[Trade]) -> bytes:
    return (json.dumps(list(rows), indent=1) + "\n").encode()


def _parquet(rows: Sequence[Trade]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), sink)
    return bytes(sink.getvalue())


async def _trades(app: App, run: str | None, span: Span) -> tuple[str, Sequence[Trade]]:
    first, last = (None if text is None else day_of(text) for text in span)
    return await trades_of(app, run, first, last)
