"""Lays out the bundled simulated days as a data directory of their own.

The demo is then replayed like any other stored day: same store, same plug-ins, same code path.
"""

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fin_agent.composition.bootstrap import App
from fin_agent.composition.loading import Choices, embedded_folder, load
from fin_agent.domain.errors import StateUnavailable
from fin_agent.domain.history import ImportOptions
from fin_agent.domain.market import Instrument
from fin_agent.ports import BarStorePort, CalendarPort
from fin_agent.testing.simulated import DemoCalendar, SimulatedDay, simulate_demo

FIRST_DAY = date(2026, 3, 3)
_HISTORY_SESSIONS = 80
_HISTORY_SPAN = timedelta(days=130)


def demo_days(calendar: CalendarPort) -> DemoCalendar:
    """Two full sessions from ``FIRST_DAY`` on, and the 80 sessions before them."""
    first, second = calendar.sessions(FIRST_DAY, FIRST_DAY + timedelta(days=1))
    history = calendar.sessions(FIRST_DAY - _HISTORY_SPAN, FIRST_DAY - timedelta(days=1))
    dates = tuple(session.date for session in history)[-_HISTORY_SESSIONS:]
    return DemoCalendar(dates, (first, second))


async def prepare_demo(folder: Path, calendar: CalendarPort, bars: BarStorePort) -> DemoCalendar:
    """Write bars, universe, headlines, halts and configuration into a folder; idempotent.

    Raises:
        StateUnavailable: the folder cannot be written.
    """
    days = demo_days(calendar)
    market = simulate_demo(days)
    try:
        files = folder / "simulated"
        files.mkdir(parents=True, exist_ok=True)
        daily = files / "daily.parquet"
        tables = [_table(market.history), *map(_daily, market.days)]
        _write(daily, _parquet(pa.concat_tables(tables)))
        for day in market.days:
            _write(files / f"{day.session.date}.parquet", _parquet(_minutes(day)))
            _write_events(folder, day)
        _write(folder / "universe.csv", _universe(market.universe))
        _write(folder / "config.yaml", (embedded_folder() / "config" / "demo.yaml").read_bytes())
    except OSError as error:
        msg = f"{folder}: cannot be written ({error.strerror}); choose another --data-dir"
        raise StateUnavailable(msg) from error
    await bars.import_file(daily, ImportOptions(resolution="1d"))
    for day in market.days:
        path = files / f"{day.session.date}.parquet"
        await bars.import_file(path, ImportOptions(resolution="1m"))
    return days


def _daily(day: SimulatedDay) -> pa.Table:
    return _table(day.daily)


def _table(table: Any) -> pa.Table:  # noqa: ANN401 - any of the simulated tables
    columns: Mapping[str, object] = table.columns()
    return pa.table(dict(columns))


def _minutes(day: SimulatedDay) -> pa.Table:
    table = _table(day.bars)
    stamps = table["timestamp"].cast(pa.timestamp("ms")).cast(pa.timestamp("ms", tz="UTC"))
    return table.set_column(table.schema.get_field_index("timestamp"), "timestamp", stamps)


def _write_events(folder: Path, day: SimulatedDay) -> None:
    lines: list[dict[str, object]] = [
        {
            "symbol": item.symbol,
            "text": item.headline,
            "source": item.source,
            "published_at": item.published_at.isoformat(),
            "received_at": item.received_at.isoformat(),
        }
        for item in day.news
    ]
    lines += [{"symbol": s, "earnings": told} for s, told in day.earnings_reported.items()]
    _write_lines(folder / "news" / f"{day.session.date}.jsonl", lines)
    halts: list[dict[str, object]] = [
        {"symbol": halt.symbol, "from": halt.start.isoformat(), "until": halt.end.isoformat()}
        for halt in day.halts
    ]
    scan = day.session.pre_market_open.isoformat()
    halts += [
        {"symbol": s, "from": scan, "until": day.session.close.isoformat()} for s in day.halted
    ]
    _write_lines(folder / "halts" / f"{day.session.date}.jsonl", halts)


def _write_lines(path: Path, lines: Sequence[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines)
    _write(path, text.encode())


def _write(path: Path, content: bytes) -> None:
    """Put a file in place whole; one that is there already is left alone: a demo may read it."""
    if path.is_file() and path.read_bytes() == content:
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue())


def _universe(instruments: Sequence[Instrument]) -> bytes:
    names = [field.name for field in fields(Instrument)]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    for instrument in instruments:
        writer.writerow([_cell(getattr(instrument, name)) for name in names])
    return text.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def demo_app(app: App) -> App:
    """The application of the demo: its own folder of the data directory, its own configuration."""
    loaded = load(Choices(embedded_folder() / "config" / "demo.yaml"), {})
    folder = app.data_dir / "demo"
    return App(replace(loaded, base=folder), folder)
