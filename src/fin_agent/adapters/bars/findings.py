"""What ``data check`` says of the whole store: one finding for each doubtful bar or hole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from fin_agent.adapters.bars import checks
from fin_agent.adapters.bars.basis import BasisCheck
from fin_agent.adapters.bars.columns import BarColumns, day_of, from_table, time_texts
from fin_agent.adapters.bars.rounding import Ints
from fin_agent.adapters.bars.row_rules import MEANING
from fin_agent.adapters.bars.store import VALUES, BarStore
from fin_agent.adapters.bars.trading_days import TradingDays, trading_days
from fin_agent.domain.history import DataIssue
from fin_agent.ports import CalendarPort

_SUSPECT = "suspect"


def all_findings(store: BarStore, calendar: CalendarPort) -> list[DataIssue]:
    """Every quarantined row and every suspect of the store."""
    findings = list(_quarantined(store.quarantine()))
    daily = from_table(store.read_daily(None, None), "1d")
    if len(daily):
        days = trading_days(calendar, daily.times)
        findings += _outliers(daily)
        findings += _split_like(daily, store.splits())
        findings += _holes(_Sessions("1d", daily.symbols, *checks.sessions_of(daily)), days)
        findings += _without_volume(daily)
    return findings + _minute_findings(store, calendar, BasisCheck(daily))


def _quarantined(table: pa.Table) -> Iterator[DataIssue]:
    columns = (column.to_pylist() for column in table.columns)
    for resolution, symbol, at, rule, *values, source, file in zip(*columns, strict=True):
        known = [
            f"{name} {value:g}"
            for name, value in zip(VALUES, values, strict=True)
            if value is not None
        ]
        what = ", ".join(known) or "no value"
        detail = f"{file} ({source}): {MEANING[rule]}: {what}; not used"
        yield DataIssue(rule, "quarantined", resolution, symbol, at, detail)


def _outliers(bars: BarColumns) -> Iterator[DataIssue]:
    rows = checks.outliers(bars)
    close = bars.values[3]
    found = bars.take(rows)
    for at, row, symbol, (_, high, low, _, _) in zip(
        time_texts(bars.resolution, found.times), rows, _symbols(found), found.values.T, strict=True
    ):
        detail = (
            f"high {high:g}, low {low:g}, close {close[row]:g} between closes of "
            f"{close[row - 1]:g} and {close[row + 1]:g}; "
            "if it is wrong, import the right bar with --replace"
        )
        yield DataIssue("outlier", _SUSPECT, bars.resolution, symbol, at, detail)


def _split_like(bars: BarColumns, splits: Sequence[tuple[str, date, float]]) -> Iterator[DataIssue]:
    rows = checks.split_like(bars, checks.split_days(bars, splits))
    found = bars.take(rows)
    for at, row, symbol in zip(
        time_texts(bars.resolution, found.times), rows, _symbols(found), strict=True
    ):
        opened, close = bars.values[0, row], bars.values[3, row - 1]
        detail = (
            f"opens at {opened:g} after a close of {close:g}, like a split; "
            "if it was one, import it with --kind actions"
        )
        yield DataIssue("split_like", _SUSPECT, bars.resolution, symbol, at, detail)


@dataclass(frozen=True, slots=True)
class _Sessions:
    """One row for each symbol and session with bars; ``counts`` are the bars in it."""

    resolution: str
    symbols: Sequence[str]
    codes: Ints
    days: Ints
    counts: Ints


def _holes(bars: _Sessions, days: TradingDays) -> Iterator[DataIssue]:
    found = checks.holes(bars.codes, bars.days, days)
    ordinals = days.ordinals(bars.days[found.before])
    for row, missing, ordinal in zip(found.before, found.missing, ordinals, strict=True):
        first, last = day_of(days.days[ordinal + 1]), day_of(days.days[ordinal + missing])
        detail = f"{missing} sessions without a bar, to {last}"
        if missing == 1:
            detail = "no bar on this session"
        if bars.resolution == "1m":
            detail += f"; the session before has {bars.counts[row]} minutes"
        symbol = bars.symbols[bars.codes[row]]
        yield DataIssue("hole", _SUSPECT, bars.resolution, symbol, str(first), detail)


def _without_volume(bars: BarColumns) -> Iterator[DataIssue]:
    found = bars.take(checks.no_volume(bars))
    detail = "no share was traded: the bar is no evidence of a price"
    for at, symbol in zip(time_texts(bars.resolution, found.times), _symbols(found), strict=True):
        yield DataIssue("no_volume", _SUSPECT, bars.resolution, symbol, at, detail)


def _minute_findings(store: BarStore, calendar: CalendarPort, basis: BasisCheck) -> list[DataIssue]:
    findings: list[DataIssue] = []
    places = {symbol: place for place, symbol in enumerate(store.symbols())}
    parts = []
    for day in store.minute_dates():
        bars = from_table(store.read_minutes(day), "1m")
        findings += _outliers(bars)
        session = calendar.session(day)
        if session is not None:
            basis.add(bars, session)
        codes, sessions, counts = checks.sessions_of(bars)
        place = np.array([places.setdefault(symbol, len(places)) for symbol in bars.symbols])
        parts.append(np.vstack([place[codes], sessions, counts]))
    if parts:
        table = np.concatenate(parts, axis=1)
        codes, sessions, counts = table[:, np.lexsort((table[1], table[0]))]
        days = trading_days(calendar, sessions)
        findings += _holes(_Sessions("1m", list(places), codes, sessions, counts), days)
    return [*findings, *basis.findings()]


def _symbols(bars: BarColumns) -> list[str]:
    return [bars.symbols[code] for code in bars.codes]
