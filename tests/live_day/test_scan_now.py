"""A scan of the market as it is: the keyless chain against local servers, and what it costs."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from fin_agent.adapters.calendar import ExchangeCalendar
from fin_agent.adapters.clock import FixedClock
from fin_agent.composition.bootstrap import App, start
from fin_agent.composition.injection import providers
from fin_agent.composition.live_scan import scan_now
from fin_agent.composition.loading import Choices
from fin_agent.composition.usage import provider_use
from fin_agent.domain.history import ImportOptions
from tests.live_day.made_up import courses, new_york, session_of
from tests.live_day.programme import Agent
from tests.live_day.vendors import Vendors, vendors

NOW = new_york("09:05")


@asynccontextmanager
async def an_app(folder: Path) -> AsyncIterator[tuple[App, Vendors]]:
    """A laid-out application whose clock stands right after the first scan of the made-up day."""
    calendar = ExchangeCalendar(cache=folder / "cache")
    session = session_of(calendar)
    async with vendors(session, courses(session), [], NOW) as served:
        agent = Agent(folder / "home", served, 1.0)
        agent.lay_out(calendar)
        app = start(Choices(agent.folder / "config.yaml", None, ()), agent.folder, {})
        app._container.clock.override(providers.Object(FixedClock(NOW)))
        shutil.copytree(folder / "cache", agent.folder / "cache")
        daily = agent.folder / "daily.csv"
        await app.bar_store.import_file(daily, ImportOptions(resolution="1d"))
        yield app, served


@pytest.fixture
async def scanned(tmp_path: Path) -> AsyncIterator[tuple[App, Vendors]]:
    async with an_app(tmp_path) as found:
        yield found


async def test_the_market_is_scanned_as_it_is(scanned: tuple[App, Vendors]) -> None:
    app, _ = scanned
    session, said = app.session_now(), list[str]()
    assert session is not None

    found = await scan_now(app, session, (), said.append)

    outcome = found.driver.outcome()
    assert outcome.at == NOW
    assert outcome.verdicts["ZETA"].verdict == "gap_min"
    assert outcome.verdicts["ETAA"].verdict == "gap_max"
    assert {advice.plan.symbol for advice in outcome.advice} >= {"BETA", "GAMA"}
    assert all(c.rvol is None and c.grade == "B" for c in outcome.candidates)
    assert (found.reviews(), found.plans_before()) == ((), ())
    assert "daily bars: 7 fetched" in said
    assert not (app.data_dir / "tape").exists()
    assert not (app.data_dir / "state.db").exists()


async def test_one_symbol_costs_few_calls(scanned: tuple[App, Vendors]) -> None:
    app, served = scanned
    session = app.session_now()
    assert session is not None

    found = await scan_now(app, session, ("BETA",), lambda _: None)

    assert [*found.driver.outcome().verdicts] == ["BETA"]
    quotes = [path for path in served.yahoo.paths if path == "/v7/finance/quote"]
    assert len(quotes) == 1
    use = {row.provider: row.last_minute for row in await provider_use(app)}
    assert use["yahoo"] <= 3
