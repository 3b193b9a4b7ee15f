"""A sync asks for what is missing and nothing else, and stores prices as they were traded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import prod
from pathlib import Path

import pytest

from fin_agent.adapters.bars.absent_days import AbsentDays
from fin_agent.adapters.bars.fetched import FetchedImport
from fin_agent.adapters.bars.importing import ParquetBarStore
from fin_agent.adapters.bars.store import BarStore
from fin_agent.adapters.bars.syncing import DailySync
from fin_agent.adapters.bars.writing import StoreWriter
from fin_agent.adapters.sources import DailyBars, DayBar, HistorySource
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.history import ImportOptions, SyncPlan, SyncReport
from fin_agent.testing.fakes import FakeCalendar

CALENDAR = FakeCalendar.weekdays(date(2025, 1, 1), date(2025, 12, 31))
TODAY = date(2025, 11, 24)  # a Monday, before the open
WEEK = [s.date for s in CALENDAR.sessions(date(2025, 11, 17), date(2025, 11, 21))]


@dataclass
class Vendor(HistorySource):
    """Knows prices as traded and splits, and tells them adjusted as of the asked last day."""

    traded: dict[str, dict[date, float]] = field(default_factory=dict)
    splits: dict[str, list[tuple[date, float]]] = field(default_factory=dict)
    failing: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, date, date]] = field(default_factory=list)
    calls_left: int = 1000
    knows_splits: bool = True
    adjusts: bool = True
    name = "vendor"

    async def room(self, symbols: int) -> int:
        return min(symbols, self.calls_left)

    async def daily(
        self, symbols: Sequence[str], first: date, last: date
    ) -> Mapping[str, Evidence[DailyBars]]:
        self.calls += [(symbol, first, last) for symbol in symbols]
        return {symbol: self._one(symbol, first, last) for symbol in symbols}

    def _one(self, symbol: str, first: date, last: date) -> Evidence[DailyBars]:
        if symbol in self.failing or symbol not in self.traded:
            return Missing(self.failing.get(symbol, "vendor does not know it"))
        splits = [(day, ratio) for day, ratio in self.splits.get(symbol, []) if day <= last]
        bars = []
        for day, price in sorted(self.traded[symbol].items()):
            if first <= day <= last:
                later = prod(ratio for ex, ratio in splits if ex > day) if self.adjusts else 1.0
                told = price / later
                bars.append(DayBar(day, told, told * 1.1, told * 0.9, told, 1000 * later))
        known = tuple(pair for pair in splits if pair[0] >= first)
        told_bars = DailyBars(tuple(bars), True, known, (), self.knows_splits)
        return Known(told_bars, self.name)


@dataclass
class World:
    folder: Path
    vendor: Vendor = field(default_factory=Vendor)

    @property
    def store(self) -> BarStore:
        return BarStore(self.folder / "bars")

    def job(self) -> DailySync:
        store = self.store
        importer = FetchedImport(store, CALENDAR, StoreWriter(store.root))
        return DailySync(store, self.vendor, importer, AbsentDays(self.folder / "absent.json"))

    async def plan(self, *symbols: str, today: date = TODAY) -> SyncPlan:
        sessions = [s.date for s in CALENDAR.sessions(WEEK[0], today) if s.date < today]
        return await self.job().plan(symbols, sessions, today)

    async def sync(self, *symbols: str, today: date = TODAY) -> SyncReport:
        plan = await self.plan(*symbols, today=today)
        return await self.job().run(plan, lambda *_: None)

    def closes(self, symbol: str) -> dict[date, float]:
        rows = self.store.read_daily(None, None, [symbol]).to_pylist()
        assert not any(row["adjusted"] for row in rows)
        return {row["date"]: row["close"] for row in rows}

    async def import_adjusted(self, symbol: str, closes: Mapping[date, float]) -> None:
        path = self.folder / "given.csv"
        lines = [f"{symbol},{day},{c},{c},{c},{c},1000" for day, c in closes.items()]
        path.write_text("\n".join(["symbol,date,open,high,low,close,volume", *lines]))
        store = ParquetBarStore(self.folder / "bars", CALENDAR)
        await store.import_file(path, ImportOptions(adjusted=True))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def prices(days: Sequence[date], price: float = 10.0) -> dict[date, float]:
    return {day: price + n for n, day in enumerate(days)}


async def test_an_empty_store_is_filled_and_then_nothing_is_asked(world: World) -> None:
    world.vendor.traded = {"A": prices(WEEK), "B": prices(WEEK, 50.0)}

    report = await world.sync("A", "B")
    again = await world.sync("A", "B")

    assert (report.wanted, report.added, report.current) == (10, 10, 0)
    assert (again.wanted, again.current, again.is_complete) == (0, 2, True)
    assert world.vendor.calls == [("A", WEEK[0], TODAY), ("B", WEEK[0], TODAY)]
    assert world.closes("B") == prices(WEEK, 50.0)


async def test_only_the_missing_days_are_asked_for(world: World) -> None:
    world.vendor.traded = {"A": prices(WEEK)}
    await world.sync("A", today=WEEK[3])
    world.vendor.calls.clear()

    report = await world.sync("A")

    assert report.added == 2
    assert world.vendor.calls == [("A", WEEK[3], TODAY)]


async def test_a_hole_that_the_source_has_too_is_asked_for_once(world: World) -> None:
    """Before it was listed, and on a day without a trade, a stock has no bar."""
    traded = prices(WEEK)
    del traded[WEEK[0]], traded[WEEK[2]]
    world.vendor.traded = {"A": traded}

    report = await world.sync("A")
    again = await world.sync("A")

    assert (report.added, report.absent, report.is_complete) == (3, 2, True)
    assert (again.wanted, len(world.vendor.calls)) == (0, 1)


async def test_the_newest_bar_is_asked_for_until_it_is_there(world: World) -> None:
    world.vendor.traded = {"A": prices(WEEK[:4])}

    report = await world.sync("A")
    world.vendor.traded = {"A": prices(WEEK)}
    again = await world.sync("A")

    assert (dict(report.short), report.is_complete) == ({"A": 1}, False)
    assert (again.added, again.is_complete) == (1, True)


async def test_a_failure_is_named_and_the_others_go_on(world: World) -> None:
    world.vendor.traded = {"A": prices(WEEK), "B": prices(WEEK)}
    world.vendor.failing = {"A": "vendor is asked too often"}

    report = await world.sync("A", "B", "NONE")

    assert report.failed == {"A": "vendor is asked too often", "NONE": "vendor does not know it"}
    assert (report.added, report.sources) == (5, {"vendor": 1})


async def test_a_split_in_the_middle_leaves_prices_as_traded(world: World) -> None:
    traded = {WEEK[0]: 100.0, WEEK[1]: 104.0, WEEK[2]: 26.0, WEEK[3]: 27.0, WEEK[4]: 28.0}
    world.vendor.traded = {"A": traded}
    world.vendor.splits = {"A": [(WEEK[2], 4.0)]}

    report = await world.sync("A")

    assert world.closes("A") == traded
    assert world.store.splits() == [("A", WEEK[2], 4.0)]
    assert report.splits == 1
    assert world.store.read_daily(None, None).to_pylist()[0]["volume"] == 1000.0


async def test_a_split_between_two_syncs_changes_no_stored_price(world: World) -> None:
    traded = {WEEK[0]: 100.0, WEEK[1]: 104.0, WEEK[2]: 26.0, WEEK[3]: 27.0, WEEK[4]: 28.0}
    world.vendor.traded = {"A": traded}
    world.vendor.splits = {"A": [(WEEK[2], 4.0)]}

    await world.sync("A", today=WEEK[2])
    await world.sync("A")

    assert world.closes("A") == traded


async def test_a_split_of_this_morning_is_in_the_prices_already(world: World) -> None:
    world.vendor.traded = {"A": prices(WEEK, 100.0)}
    world.vendor.splits = {"A": [(TODAY, 2.0)]}

    await world.sync("A")

    assert world.closes("A") == prices(WEEK, 100.0)
    assert world.store.splits() == [("A", TODAY, 2.0)]


async def test_bars_imported_adjusted_before_a_split_become_as_traded(world: World) -> None:
    before = {WEEK[0]: 100.0, WEEK[1]: 104.0}
    await world.import_adjusted("A", before)
    after = {WEEK[2]: 26.0, WEEK[3]: 27.0, WEEK[4]: 28.0}
    world.vendor.traded = {"A": {**before, **after}}
    world.vendor.splits = {"A": [(WEEK[2], 4.0)]}

    report = await world.sync("A")

    assert report.rebased == 2
    assert world.closes("A") == {**before, **after}


async def test_bars_imported_after_a_split_knew_it(world: World) -> None:
    """Where an adjusted bar follows the split, the prices before it are adjusted for it."""
    await world.import_adjusted("A", {WEEK[0]: 25.0, WEEK[1]: 26.0, WEEK[2]: 26.0})
    world.vendor.traded = {"A": {**prices(WEEK[:2], 100.0), **prices(WEEK[2:], 26.0)}}
    world.vendor.splits = {"A": [(WEEK[2], 4.0)]}

    report = await world.sync("A")

    assert report.rebased == 0
    rows = world.store.read_daily(None, None, ["A"]).to_pylist()
    assert [(row["close"], row["adjusted"]) for row in rows[:2]] == [(25.0, True), (26.0, True)]


@pytest.mark.parametrize(
    ("knows_splits", "adjusts", "words"),
    [(False, True, "splits that it does not tell"), (True, False, "is not in its prices yet")],
)
async def test_prices_of_unknown_basis_are_not_stored(
    world: World, knows_splits: bool, adjusts: bool, words: str
) -> None:
    world.vendor.traded = {"A": {**prices(WEEK[:2], 100.0), **prices(WEEK[2:], 26.0)}}
    world.vendor.splits = {"A": [(WEEK[2], 4.0)]}
    world.vendor.knows_splits, world.vendor.adjusts = knows_splits, adjusts

    report = await world.sync("A")

    assert words in report.failed["A"]
    assert world.closes("A") == {}


async def test_a_bar_that_cannot_be_is_quarantined(world: World) -> None:
    world.vendor.traded = {"A": {**prices(WEEK), WEEK[2]: -5.0}}

    report = await world.sync("A")

    assert report.quarantined == {"not_positive": 1}
    assert (report.added, dict(report.short)) == (4, {"A": 1})


async def test_what_the_quotas_do_not_allow_is_not_asked(world: World) -> None:
    symbols = [f"S{number:02}" for number in range(20)]
    world.vendor.traded = {symbol: prices(WEEK) for symbol in symbols}
    world.vendor.calls_left = 10

    plan = await world.plan(*symbols)
    report = await world.sync(*symbols)

    assert (len(plan.asked), len(plan.postponed)) == (8, 12)  # a fifth is left for a scan
    assert {symbol for symbol, *_ in world.vendor.calls} == {*symbols[:8]}
    assert (list(report.postponed), report.is_complete) == (symbols[8:], False)


async def test_a_sync_that_was_killed_goes_on_where_it_was(world: World) -> None:
    symbols = [f"S{number:03}" for number in range(120)]
    world.vendor.traded = {symbol: prices(WEEK) for symbol in symbols}
    job, plan = world.job(), await world.plan(*symbols)

    def killed(done: int, total: int, symbol: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await job.run(plan, killed)
    world.vendor.calls.clear()
    report = await world.sync(*symbols)

    assert (report.current, report.added) == (50, 70 * 5)
    assert len(world.vendor.calls) == 70
