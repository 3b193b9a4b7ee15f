"""The doctor asks every provider once and names what stands between this machine and trading."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from fin_agent.composition import network_checks
from fin_agent.composition.bootstrap import App, start
from fin_agent.composition.doctor import Examination, examine, ports, preflight
from fin_agent.composition.findings import (
    Cause,
    Finding,
    Level,
    blocking_error,
    failure,
    fine,
    warning,
)
from fin_agent.composition.loading import Choices
from fin_agent.domain.candidate import Grade
from fin_agent.domain.errors import ConfigError, StateUnavailable, Unavailable
from fin_agent.domain.session import NEW_YORK
from fin_agent.entrypoints.cli.doctor_report import print_doctor
from fin_agent.entrypoints.documents.doctor import doctor_document
from tests.acceptance.command_line import Word, fin_agent
from tests.entrypoints.test_schemas import check
from tests.servers import faults
from tests.servers.alpaca import KEY_ID, SECRET, AlpacaServer
from tests.servers.nasdaq import NasdaqServer, a_halt
from tests.servers.nasdaq import a_feed as a_halt_feed
from tests.servers.yahoo import YahooServer, a_chart, a_quote, minute_rows

SYMBOL = network_checks.SYMBOL
NAMES = ("yahoo", "nasdaq", "alpaca")


@dataclass
class World:
    """A keyless chain whose vendors are on this machine."""

    folder: Path
    servers: dict[str, Any]

    def app(self, *more: str, **environment: str) -> App:
        addresses = [f"providers.{n}.base_url={self.servers[n].base_url}" for n in NAMES]
        chains = ["providers.news=[yahoo]", "providers.spare_news=[]", "fx.fixed=1.1"]
        choices = Choices(assignments=(*addresses, *chains, *more))
        return start(choices, self.folder / "data", environment)

    def fill(self) -> None:
        """Everything that Yahoo tells of the session that the doctor asks about."""
        app = self.app()
        session, at = network_checks._session(app, app.clock.now())
        yahoo, first = self.servers["yahoo"], session.date - timedelta(days=10)
        traded = int((at - timedelta(minutes=1)).timestamp())
        yahoo.quotes[SYMBOL] = a_quote(
            SYMBOL, regularMarketPrice=100.0, regularMarketTime=traded, regularMarketOpen=99.0
        )
        days = [s.date for s in app.calendar.sessions(first, session.date)]
        yahoo.charts[SYMBOL] = a_chart(SYMBOL, [(day, 100.0) for day in days])
        opened = session.open.astimezone(NEW_YORK)
        yahoo.minutes[SYMBOL] = minute_rows(session.date, f"{opened:%H:%M}", [100.0] * 30)
        self.servers["nasdaq"].feed = a_halt_feed(a_halt("ZZZ"))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = {"yahoo": YahooServer(), "nasdaq": NasdaqServer(), "alpaca": AlpacaServer()}
    async with AsyncExitStack() as stack:
        servers = {
            name: await stack.enter_async_context(faults.served(server))
            for name, server in made.items()
        }
        yield World(tmp_path, servers)


def one(found: Examination, name: str, level: Level) -> Finding:
    (finding,) = [f for f in found.findings if f.check == name and f.level is level]
    return finding


async def test_a_keyless_chain_is_asked_once_and_its_reach_is_told(world: World) -> None:
    world.fill()

    found = await examine(world.app())

    assert found.matrix["yahoo"] == dict.fromkeys(
        ("price", "minutes", "history", "news", "earnings"), True
    )
    assert found.matrix["nasdaq"]["halts"]
    assert found.reach is not None
    assert found.reach.grade in {Grade.B, Grade.C}
    assert ("liquidity", "rvol missing") in found.reach.lacking
    assert one(found, "clock", Level.OK).detail.startswith("our clock is")
    assert one(found, "fx", Level.OK).detail == "1.1000 USD per EUR (config)"
    left_out = [f.detail for f in found.findings if f.check == "key"]
    assert any("ALPACA_KEY_ID" in text for text in left_out)
    calls = [request.path for request in world.servers["yahoo"].requests]
    assert calls.count("/v7/finance/quote") == 1


async def test_a_chain_that_is_down_is_a_failure_of_the_providers(world: World) -> None:
    for server in world.servers.values():
        server.faults.extend([faults.down()] * 50)

    found = await examine(world.app())

    assert found.cause is Cause.PROVIDER
    assert "yahoo" in one(found, "price", Level.FAIL).detail
    assert not any(found.matrix["yahoo"].values())
    assert found.reach is not None
    assert found.reach.grade is Grade.C


async def test_a_wrong_key_is_told_with_its_provider(world: World) -> None:
    world.fill()

    found = await examine(world.app(ALPACA_KEY_ID="PKXXWRONGXX", ALPACA_SECRET_KEY="SKXXWRONGXX"))

    alpaca = next(f for f in found.findings if f.check == "provider" and "alpaca" in f.detail)
    assert "alpaca does not accept the key (HTTP 40" in alpaca.detail
    assert found.matrix["yahoo"]["price"]
    assert "WRONG" not in repr(found)


async def test_a_good_key_works(world: World) -> None:
    world.fill()

    found = await examine(world.app(ALPACA_KEY_ID=KEY_ID, ALPACA_SECRET_KEY=SECRET))

    assert found.matrix["alpaca"]["price"]
    assert KEY_ID not in repr(found)


async def test_what_is_wrong_in_the_settings_stops_before_anybody_is_asked(world: World) -> None:
    found = await examine(world.app("universe.file=nowhere.csv", "sentiment.use=nothing"))

    wrong = [f.detail for f in found.findings if f.cause is Cause.CONFIGURATION]
    assert len(wrong) == 2
    assert found.probes == ()
    assert world.servers["yahoo"].requests == []


def test_findings_become_the_error_of_the_worst_cause() -> None:
    config = failure("a", "is wrong", "mend it", Cause.CONFIGURATION, blocks=True)
    disk = failure("b", "is full", "", Cause.STATE, blocks=True)
    broker = failure("c", "is away", "wait", Cause.PROVIDER, blocks=True)
    others = [fine("d", "good"), warning("e", "odd", ""), failure("f", "x", "", Cause.STATE)]

    assert blocking_error(others) is None
    assert isinstance(blocking_error([*others, broker]), Unavailable)
    assert str(blocking_error([disk, broker])) == "b: is full; c: is away; wait"
    assert isinstance(blocking_error([disk, broker]), StateUnavailable)
    assert isinstance(blocking_error([disk, config]), ConfigError)


async def test_a_preflight_names_what_blocks(world: World) -> None:
    await preflight(world.app())

    with pytest.raises(ConfigError, match=r"configuration: universe.file nowhere.csv"):
        await preflight(world.app("universe.file=nowhere.csv"))
    (world.folder / "data").rename(world.folder / "moved")
    (world.folder / "data").write_text("a file where a folder should be")
    with pytest.raises(StateUnavailable, match=r"disk: .* cannot be written"):
        await preflight(world.app())


async def test_a_port_in_use_is_named(world: World) -> None:
    app = world.app()
    listener = await asyncio.start_server(lambda *_: None, "127.0.0.1", 8501, reuse_address=True)
    async with listener:
        levels = {f.check: f.level for f in ports(app)}

    assert levels["dashboard port"] is Level.WARN


async def test_it_is_readable_in_80_columns_and_as_a_document(world: World) -> None:
    world.fill()
    found = await examine(world.app())
    console = Console(width=80, record=True, no_color=True)

    print_doctor(console, found)

    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.split()[:2] == ["yahoo", "yes"] for line in lines)
    check("doctor", doctor_document(found))


@pytest.mark.parametrize("kind", ["person", "script"])
def test_the_exit_code_is_of_the_worst_failure(tmp_path: Path, kind: str) -> None:
    as_json = ["--json"] if kind == "script" else []
    words: list[Word] = ["doctor", "--offline", "--data-dir", tmp_path, *as_json]

    empty = fin_agent(*words)
    wrong = fin_agent(*words, "--set", "universe.file=nowhere.csv")

    assert (empty.code, wrong.code) == (1, 78)
    if kind == "script":
        check("doctor", empty.document)
        assert empty.document["ok"] is False
    else:
        assert "daily bars" in empty.out


def test_a_run_that_cannot_trade_does_not_start(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")

    done = fin_agent("run", "--data-dir", file / "data")

    assert done.code == 73
    assert "cannot be written" in done.problems[0]
