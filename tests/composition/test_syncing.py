"""``data sync`` through the real yfinance against a local Yahoo that has bad days."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from fin_agent.adapters.bars.store import BarStore
from fin_agent.adapters.clock import SystemClock
from fin_agent.composition.bootstrap import App
from fin_agent.composition.loading import Choices, load
from fin_agent.composition.syncing import Listeners, SyncChoices, sync
from fin_agent.domain.errors import UsageError
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.history import SyncPlan, SyncReport
from fin_agent.ports import ClockPort
from tests.acceptance.command_line import in_own_process
from tests.entrypoints.test_schemas import check
from tests.servers import faults
from tests.servers.networks import HandClock
from tests.servers.yahoo import YahooServer, a_chart, days_before, epoch

NOW = datetime(2025, 11, 22, 15, 0, tzinfo=UTC)  # a Saturday
DAYS = days_before(date(2025, 11, 22), 10)


class SaturdayApp(App):
    """The application on a day of its own."""

    @property
    def clock(self) -> ClockPort:
        return HandClock(NOW)


@dataclass
class World:
    server: YahooServer
    folder: Path
    told: list[DomainEvent] = field(default_factory=list)
    plans: list[SyncPlan] = field(default_factory=list)

    def assignments(self, *more: str) -> tuple[str, ...]:
        return (
            f"universe.file={self.folder / 'universe.csv'}",
            f"providers.yahoo.base_url={self.server.base_url}",
            "providers.market_data=[yahoo]",
            "providers.client.attempts=1",
            *more,
        )

    async def sync(self, *more: str, first: date | None = DAYS[0]) -> SyncReport:
        loaded = load(Choices(assignments=self.assignments(*more)), {})
        app = SaturdayApp(loaded, self.folder / "data")
        listeners = Listeners(self.plans.append, lambda *_: None, self.told.append)
        return await sync(app, SyncChoices(first=first), listeners)

    def closes(self, symbol: str) -> list[float]:
        rows = BarStore(self.folder / "data" / "bars").read_daily(None, None, [symbol])
        return [row["close"] for row in rows.to_pylist()]

    def universe(self, *symbols: str) -> None:
        (self.folder / "universe.csv").write_text("\n".join(["symbol", *symbols]))
        bars = [(day, 10.0 + n) for n, day in enumerate(DAYS)]
        self.server.charts |= {symbol: a_chart(symbol, bars) for symbol in symbols}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with faults.served(YahooServer(faulty="/v8")) as server:
        assert isinstance(server, YahooServer)
        yield World(server, tmp_path)


def calls(world: World) -> int:
    return sum("/chart/" in path for path in world.server.paths)


async def test_the_universe_is_brought_up_to_date_once(world: World) -> None:
    world.universe("A", "B", "C")

    report, again = await world.sync(), await world.sync()

    assert (report.added, report.sources, report.is_complete) == (30, {"yahoo": 3}, True)
    assert (again.wanted, calls(world)) == (0, 3)
    assert world.closes("B") == [11.0 + n for n in range(10)]


async def test_a_split_in_the_middle_is_stored_as_traded(world: World) -> None:
    world.universe("A")
    splits = {"x": {"date": epoch(DAYS[5], "09:30"), "numerator": 2, "denominator": 1}}
    adjusted = [(day, 10.0 + n) for n, day in enumerate(DAYS)]
    world.server.charts["A"] = a_chart("A", adjusted, splits=splits)

    report = await world.sync()

    assert report.splits == 1
    expected = [2 * (11.0 + n) if n < 5 else 11.0 + n for n in range(10)]
    assert world.closes("A") == expected


BAD = {
    "429": (faults.too_often("1"), "yahoo is asked too often (HTTP 429)"),
    "page": (faults.page(), "yahoo answered what yfinance cannot read"),
    "empty": (faults.empty(), "yahoo answered what yfinance cannot read"),
    "truncated": (faults.truncated(b'{"chart": {"result": ['), "yahoo broke off"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_answer_is_named_and_had_the_next_time(world: World, name: str) -> None:
    fault, reason = BAD[name]
    world.universe("A")
    world.server.faults.extend([fault] * 4)

    report = await world.sync()
    world.server.faults.clear()
    again = await world.sync()

    assert report.failed["A"].startswith(reason), report.failed
    assert (report.added, again.added) == (0, 10)


async def test_quotas_are_planned_before_anything_is_sent(world: World) -> None:
    world.universe(*(f"S{number:02}" for number in range(20)))

    report = await world.sync("providers.yahoo.quotas=[10/h]", "providers.yahoo.reserve_pct=0")

    (plan,) = world.plans
    assert (len(plan.asked), len(plan.postponed)) == (8, 12)
    assert (report.added, calls(world)) == (80, 8)
    assert report.failed == {}


async def test_no_session_is_a_wrong_question(world: World) -> None:
    world.universe("A")

    with pytest.raises(UsageError, match="in the future"):
        await world.sync(first=date(2026, 1, 1))
    with pytest.raises(UsageError, match="no session since then is over"):
        await world.sync(first=date(2025, 11, 22))


async def test_people_and_scripts_are_told_what_came_and_what_did_not(world: World) -> None:
    """By the machine's clock: the newest bars are a week old."""
    days = days_before(SystemClock().now().date() - timedelta(days=7), 5)
    world.universe("A", "GONE")
    world.server.charts = {"A": a_chart("A", [(day, 10.0) for day in days])}
    words = [word for text in world.assignments() for word in ("--set", text)]
    place = ("--data-dir", world.folder / "data")

    async def run(*more: str) -> tuple[int, str, str]:
        done = await asyncio.to_thread(
            in_own_process, "data", "sync", "--from", str(days[0]), *more, *words, *place
        )
        return done.code, done.out, done.err

    code, out, err = await run()
    again, document, _ = await run("--json", "--symbols", "GONE")

    assert (code, again) == (1, 69)
    assert "2 symbols, sessions" in err
    assert "not had: 1 symbols (GONE): yahoo" in out
    assert "not whole: 1 symbols (A)" in out
    check_document(document)


def check_document(text: str) -> None:
    document = json.loads(text)
    check("data-sync", document)
    assert document["complete"] is False
    assert [*document["failed"]] == ["GONE"]
