"""A live day is recorded; its replay from the tape decides the same, to the last hash."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.fx.taped import TapedFx
from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.client import Request
from fin_agent.adapters.http.lane import LaneRules
from fin_agent.adapters.http.questions import Question
from fin_agent.adapters.market_data.taped import Taped
from fin_agent.adapters.news.taped import Taped as TapedNews
from fin_agent.adapters.tape.answers import (
    evidence_json,
    evidence_of,
    snapshot_json,
    snapshot_of,
    text_of,
)
from fin_agent.adapters.tape.line import AGENT
from fin_agent.adapters.tape.reader import tape_lines
from fin_agent.adapters.tape.recorder import Tape
from fin_agent.adapters.tape.recording import (
    RecordedFeed,
    RecordedFx,
    RecordedMarket,
    RecordedNews,
    Taping,
)
from fin_agent.application.backtest import Replayer, RunOutcome, ScanTime
from fin_agent.application.day import DayDriver
from fin_agent.application.desk import Desk
from fin_agent.application.limits import OrderLimits
from fin_agent.application.live import LiveDriver
from fin_agent.application.live_state import LiveState
from fin_agent.domain.control import StoredDay
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.events import GENESIS, DomainEvent
from fin_agent.domain.evidence import Known, Missing
from fin_agent.ports import ScanRequest
from fin_agent.testing.builders import SCAN, YESTERDAY, a_session
from fin_agent.testing.fakes import FakeCalendar, FakeNews
from fin_agent.testing.live import FakeFeed
from fin_agent.testing.stores import MemoryStore
from tests.application.live_days import LiveWorld, courses
from tests.application.worlds import World, gapping, headline
from tests.servers.faults import FaultyServer, json_text, served
from tests.servers.networks import HandClock, a_network

SYMBOLS = ["AAA", "BBB"]


def a_world() -> World:
    news = FakeNews({"AAA": [headline("AAA", 1), headline("AAA", 3)]}, {"AAA": True})
    return World([gapping("AAA"), gapping("BBB", rvol=None)], courses(), news=news)


async def lived(world: World, tape: Tape) -> DayDriver:
    """The day live on paper, with every port recorded."""
    live = LiveWorld(world)
    desk = world.desk()
    desk = replace(
        desk,
        market=RecordedMarket(desk.market, Taping(tape.record)),
        news=RecordedNews(desk.news, Taping(tape.record)),
        fx=RecordedFx(desk.fx, Taping(tape.record)),
        venue=world.venue(),
        store=live.store,
    )
    session = world.session
    await desk.fx.rate(session.open)  # as the agent does, to make the venue
    driver = LiveDriver(desk, session, a_session(YESTERDAY).date, world.equity, GENESIS)
    state = LiveState(live.rules, OrderLimits(live.limits), live.control, live.clock.now)
    await driver.recover(state, StoredDay(), ())
    await driver.open(await desk.market.fingerprint(session, SYMBOLS))
    await desk.market.has_pre_market(session, SYMBOLS)
    await driver.scan(SCAN, at_open=False)
    feed = FakeFeed(world.market(), live.clock, timedelta(seconds=30))
    await driver.run(RecordedFeed(feed, Taping(tape.record, tape.settle)))
    return driver


async def replayed(world: World, folder: Path) -> DayDriver:
    """The same rules on nothing but the tape."""
    desk: Desk = replace(
        world.desk(),
        market=Taped(folder),
        news=TapedNews(folder),
        fx=TapedFx(folder),
        store=MemoryStore(),
    )
    calendar = FakeCalendar([a_session(YESTERDAY), world.session])
    scan = ScanTime(SCAN.strftime("%H:%M"), fixed=True)
    replayer = Replayer(desk, calendar, scan, world.venue)
    run = RunOutcome(world.equity, daily=False)
    driver = await replayer.prepare(world.session, world.equity, GENESIS, run)
    await driver.trade()
    return driver


async def test_the_replay_of_a_tape_has_the_hash_of_its_day(tmp_path: Path) -> None:
    world = a_world()
    async with Tape(tmp_path, HandClock(SCAN), list[DomainEvent]().append) as tape:
        live = await lived(world, tape)
    again = await replayed(world, tmp_path)

    assert live.day.trades
    assert again.day.trades == live.day.trades
    assert again.day.log.head == live.day.log.head


async def test_another_tape_has_another_hash(tmp_path: Path) -> None:
    world = a_world()
    async with Tape(tmp_path, HandClock(SCAN), list[DomainEvent]().append) as tape:
        live = await lived(replace(world, snapshots=[gapping("AAA", 10.81)]), tape)
    again = await replayed(world, tmp_path)

    assert again.day.log.head != live.day.log.head


async def test_what_is_not_on_the_tape_is_said_not_to_be(tmp_path: Path) -> None:
    world, later = a_world(), SCAN + timedelta(minutes=1)
    async with Tape(tmp_path, HandClock(SCAN), list[DomainEvent]().append) as tape:
        await lived(world, tape)
    request = ScanRequest(world.session, YESTERDAY, later, False, world.desk().instruments)

    with pytest.raises(Unavailable, match="holds no scan at 09:01"):
        await Taped(tmp_path).cross_section(request)
    with pytest.raises(Unavailable, match="there is no tape of"):
        await Taped(tmp_path / "none").cross_section(request)
    news = TapedNews(tmp_path)
    assert isinstance((await news.headlines(["AAA"], later))["AAA"], Missing)
    assert isinstance((await TapedNews(tmp_path / "none").headlines(["A"], SCAN))["A"], Missing)
    assert isinstance((await news.earnings(["CCC"], world.session))["CCC"], Missing)
    assert isinstance(await TapedFx(tmp_path).rate(later), Missing)
    assert isinstance(await TapedFx(tmp_path / "none").rate(later), Missing)


async def test_a_restart_does_not_change_what_was_decided_on(tmp_path: Path) -> None:
    world = a_world()
    async with Tape(tmp_path, HandClock(SCAN), list[DomainEvent]().append) as tape:
        live = await lived(world, tape)
        later = replace(world, snapshots=[gapping("AAA", 12.0)], bars={})
        await lived(later, tape)
    again = await replayed(world, tmp_path)

    assert again.day.log.head == live.day.log.head


@given(
    st.one_of(
        st.builds(Missing, st.text()),
        st.builds(
            Known,
            st.floats(allow_nan=False),
            st.text(),
            st.none() | st.datetimes(timezones=st.just(UTC)),
            st.floats(0, 1e9),
            st.none() | st.text(),
        ),
    )
)
def test_evidence_survives_the_tape(evidence: Known[float] | Missing) -> None:
    import json

    found: Known[float] | Missing = evidence_of(json.loads(text_of(evidence_json(evidence))))

    assert found == evidence


def test_a_snapshot_survives_the_tape() -> None:
    import json

    snapshot = replace(
        gapping("AAA"),
        headlines=Known((headline("AAA", 2),), "wire", SCAN, 3.0, "late"),
        lock="by hand",
        halted=Known(value=False, source="nasdaq"),
    )

    assert snapshot_of(json.loads(text_of(snapshot_json(snapshot)))) == snapshot


async def test_every_http_answer_is_recorded_with_its_question(tmp_path: Path) -> None:
    clock = HandClock()
    server = FaultyServer()
    async with served(server), Tape(tmp_path, clock, list[DomainEvent]().append) as tape:
        server.faults.extend([json_text('{"a":1}'), json_text("no json")])
        for _ in range(2):  # the second run finds the first one's answer on the disk
            async with a_network(tmp_path / "net", clock) as network:
                network.record_to(tape.record)
                lane = network.lane(LaneRules("vendor"), "canary-key")
                request = Request(server.base_url, secrets={"token": "canary-key"})
                fetch = partial(network.client.fetch, request)
                await lane.ask(Question("bars A", Kind.BARS), fetch, _any)
        async with a_network(tmp_path / "other", clock) as network:
            network.record_to(tape.record)
            lane = network.lane(LaneRules("vendor"))
            with pytest.raises(Refused):
                await lane.ask(
                    Question("bars B"),
                    lambda: network.client.fetch(Request("http://127.0.0.1.evil/")),
                    _any,
                )

    day = clock.now().date()
    found = [(line.kind, line.key, line.payload) for line in tape_lines(tmp_path, day, "vendor")]
    assert found[:2] == [("http", "bars A", b'{"a":1}'), ("kept", "bars A", b'{"a":1}')]
    assert found[2][0] == "failure"
    assert not any(b"canary" in f.read_bytes() for f in (tmp_path / str(day)).iterdir())
    assert not [*tape_lines(tmp_path, day, AGENT)]


def _any(body: bytes) -> Sequence[int]:
    return body
