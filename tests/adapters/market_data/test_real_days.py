"""Real sessions: the worked example's numbers and the recorded opening gaps."""

import asyncio
import csv
import json
from collections import defaultdict
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from fin_agent.adapters.bars.store import VALUES
from fin_agent.adapters.market_data.daily import Daily
from fin_agent.adapters.market_data.stored import Stored
from fin_agent.domain.evidence import Known, Missing, value_of
from fin_agent.domain.gates import ScanContext, ScanRules
from fin_agent.domain.market import Instrument, InstrumentType
from fin_agent.domain.session import TradingSession
from fin_agent.domain.snapshot import Snapshot
from fin_agent.ports import ScanRequest
from fin_agent.testing.fakes import FakeCalendar
from tests.adapters.market_data.memory_bars import (
    MemoryBars,
    Values,
    daily_table,
    real_daily,
    real_minutes,
    real_splits,
)
from tests.adapters.market_data.stored_days import PROFILE
from tests.recorded_data import DATA, need

CALENDAR = FakeCalendar.weekdays(date(2019, 1, 1), date(2026, 12, 31))
MINUTES = "min1_rth_31sym_2025_09_12"
GAP_FILES = (
    "min1_ext_smallcap5_2025_05_01_to_16",
    "min1_rth_24sym_2019_02",
    MINUTES,
    "min1_rth_89sym_2025_11",
)


def request_of(session: TradingSession, previous: date, symbols: list[str]) -> ScanRequest:
    kinds = [Instrument(symbol, type=InstrumentType.STOCK) for symbol in symbols]
    return ScanRequest(session, previous, session.open, at_open=True, instruments=kinds)


class Example:
    """The worked example's files in a store, and what it says."""

    def __init__(self) -> None:
        document = json.loads((DATA.parent / "example" / "example.json").read_text())
        self.sessions = {item["session_date"]: item for item in document["sessions"]}
        options = document["options"]
        self.universe, self.funds = options["universe"], {*options["not_common_stock"]}
        daily = real_daily("largecap_splitadj_2015_2025", "smallmid_2025", symbols=self.universe)
        minutes = real_minutes(MINUTES, self.universe)
        self.store = MemoryBars(daily, minutes, real_splits(self.universe))
        self.market = Stored(self.store, CALENDAR, PROFILE)

    def request(self, day: str) -> ScanRequest:
        session = CALENDAR.session(date.fromisoformat(day))
        assert session is not None
        kinds = [
            Instrument(symbol, type=InstrumentType.ETF if symbol in self.funds else None)
            for symbol in self.universe
        ]
        previous = CALENDAR.previous(session.date).date
        return ScanRequest(session, previous, session.open, at_open=True, instruments=kinds)

    def snapshot(self, day: str, symbol: str) -> Snapshot:
        return asyncio.run(self.market.cross_section(self.request(day))).snapshot(symbol)


@pytest.fixture(scope="module")
def example() -> Example:
    need(DATA)
    return Example()


@pytest.mark.parametrize(
    ("day", "symbol"),
    [
        ("2025-11-06", "MRNA"),
        ("2025-11-20", "NVDA"),
        ("2025-12-19", "NKE"),
        ("2025-12-19", "ORCL"),
    ],
)
def test_the_examples_candidates_have_its_numbers(example: Example, day: str, symbol: str) -> None:
    expected = next(c for c in example.sessions[day]["candidates"] if c["symbol"] == symbol)

    snapshot = example.snapshot(day, symbol)

    assert value_of(snapshot.price) == expected["price"]
    assert snapshot.gap == expected["gap_pct"]
    assert snapshot.daily.prev_close == expected["prev_close"]
    assert snapshot.rvol == Missing("no pre-market bars stored")
    for name in ("atr14", "atr5", "adv"):
        assert getattr(snapshot.daily, name) == pytest.approx(expected[name], abs=5e-7)


@pytest.mark.parametrize("day", ["2025-11-06", "2025-11-20", "2025-12-19"])
def test_the_examples_symbols_have_its_verdicts(example: Example, day: str) -> None:
    request = example.request(day)
    section = asyncio.run(example.market.cross_section(request))

    verdicts = section.judge(
        ScanContext(ScanRules(allow_short=True), request.at, Known(1.0, "fixed"))
    )

    expected = dict(example.sessions[day]["verdicts"])
    assert sorted(verdicts.passed) == sorted(expected.pop("selected"))
    assert {rule: c["symbols"] for rule, c in verdicts.record().items()} == expected


def test_a_price_before_a_later_split_is_the_one_that_was_paid(example: Example) -> None:
    """Netflix split ten for one on 2025-11-17; its files are adjusted for it."""
    before, after = (example.snapshot(day, "NFLX") for day in ("2025-11-06", "2025-11-20"))

    assert (value_of(before.price) or 0) > 300
    assert (before.daily.prev_close or 0) > 300
    assert (value_of(after.price) or 0) < 300
    assert (before.daily.adv or 0) == pytest.approx(5.39e9, rel=0.01)


def test_the_day_of_a_split_has_no_gap_and_a_known_action(example: Example) -> None:
    snapshot = example.snapshot("2025-11-17", "NFLX")

    assert snapshot.actions.split_known
    assert abs(snapshot.gap or 99) < 2


async def test_daily_bars_alone_know_the_days_open(example: Example) -> None:
    request = example.request("2025-11-20")

    snapshot = (await Daily(example.store).cross_section(request)).snapshot("NVDA")

    assert snapshot.gap == pytest.approx(5.03, abs=0.1)
    assert snapshot.daily.prev_close == 186.52


class GapFile:
    """One minute file, with daily bars made of its regular minutes."""

    def __init__(self, name: str) -> None:
        self.minutes = real_minutes(name)
        self.market = Stored(MemoryBars(_daily_from(self.minutes), self.minutes), CALENDAR, PROFILE)

    def snapshot(self, row: dict[str, str]) -> Snapshot:
        session = CALENDAR.session(date.fromisoformat(row["date"]))
        assert session is not None
        previous = date.fromisoformat(row["prev_session"])
        request = request_of(session, previous, [row["symbol"]])
        return asyncio.run(self.market.cross_section(request)).snapshot(row["symbol"])


def _daily_from(minutes: dict[date, pa.Table]) -> pa.Table:
    """One bar a day of the regular minutes with volume."""
    found: dict[str, dict[date, Values]] = defaultdict(dict)
    for day, table in minutes.items():
        session = CALENDAR.session(day)
        assert session is not None
        at = table["timestamp"].cast(pa.int64()).to_numpy()
        is_regular = (at >= session.open.timestamp() * 1000) & (
            at < session.close.timestamp() * 1000
        )
        values = np.vstack([table[name].to_numpy() for name in VALUES])
        symbols = np.array(table["symbol"].to_pylist())
        for symbol in np.unique(symbols).tolist():
            bars = values[:, is_regular & (symbols == symbol) & (values[4] > 0)].tolist()
            if bars[0]:
                opens, highs, lows, closes, volumes = bars
                found[symbol][day] = (opens[0], max(highs), min(lows), closes[-1], sum(volumes))
    return daily_table(found)


@pytest.mark.parametrize("name", GAP_FILES)
def test_recorded_opening_gaps_are_found(name: str) -> None:
    need(DATA)
    file = GapFile(name)
    with (DATA / "intraday" / "gap_cases.csv").open() as lines:
        rows = [row for row in csv.DictReader(lines) if name.startswith(row["dataset"][:17])]

    rows = [row for row in rows if date.fromisoformat(row["date"]) in file.minutes]

    assert len(rows) >= 2
    for row in rows:
        snapshot = file.snapshot(row)
        if not float(row["rth_volume"]):  # an index
            assert isinstance(snapshot.price, Missing)
            continue
        assert snapshot.daily.ends_yesterday, row
        assert snapshot.daily.prev_close == float(row["prev_close"])
        if int(row["first_m"]) != 570:
            assert snapshot.price == Missing("no bar at the opening minute")
            continue
        assert value_of(snapshot.price) == float(row["open"])
        assert (snapshot.gap or 0) / 100 == pytest.approx(float(row["gap"]), abs=1e-4)


def test_recorded_pre_markets_are_found() -> None:
    need(DATA)
    name = GAP_FILES[0]
    file = GapFile(name)
    with (DATA / "intraday" / "gap_cases.csv").open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["dataset"] == name[:26]]

    assert len(rows) == 10
    for row in rows:
        session = CALENDAR.session(date.fromisoformat(row["date"]))
        assert session is not None
        bars = file.market._minutes.day(session)
        place = bars.places([row["symbol"]])
        assert bars.traded(place, 0).volume[0] == float(row["pre_volume"])
        assert bars.last_trades(place, 0).price[0] == float(row["pre_last"])
