"""What is listed and what is halted, and no half of either."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from fin_agent.adapters.market_data.nasdaq import Nasdaq
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.market import Instrument, InstrumentType
from tests.servers import faults
from tests.servers.nasdaq import NasdaqServer, a_feed, a_halt
from tests.servers.networks import START, HandClock, a_network, an_api


@dataclass
class World:
    server: NasdaqServer
    clock: HandClock
    nasdaq: Nasdaq

    async def halted(self, *halts: str) -> dict[str, str]:
        self.server.feed = a_feed(*halts)
        found = await self.nasdaq.halts(START)
        assert isinstance(found, Known)
        assert (found.source, found.as_of) == ("nasdaq", self.clock.now())
        return dict(found.value)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = HandClock()
    async with (
        faults.served(NasdaqServer()) as server,
        a_network(tmp_path, clock) as network,
    ):
        assert isinstance(server, NasdaqServer)
        yield World(server, clock, Nasdaq(an_api(network, "nasdaq", server.base_url)))


async def test_the_directory_says_what_everything_is(world: World) -> None:
    found = await world.nasdaq.directory()

    assert isinstance(found, Known)
    kinds = {i.symbol: (i.type, i.exchange, i.leveraged) for i in found.value}
    assert kinds == {
        "AAPL": (InstrumentType.STOCK, "Nasdaq", None),
        "ASML": (InstrumentType.ADR, "Nasdaq", None),
        "QQQ": (InstrumentType.ETF, "Nasdaq", False),
        "TQQQ": (InstrumentType.ETF, "Nasdaq", True),
        "ACMEW": (InstrumentType.WARRANT, "Nasdaq", None),
        "ACMEU": (InstrumentType.UNIT, "Nasdaq", None),
        "ACMER": (InstrumentType.RIGHT, "Nasdaq", None),
        "BRK.B": (InstrumentType.STOCK, "NYSE", None),
        "FNGS": (InstrumentType.ETN, "NYSE Arca", None),
        "SPXS": (InstrumentType.ETF, "NYSE Arca", True),
        "XYZ": (InstrumentType.STOCK, "IEX", None),
        "BRW": (InstrumentType.FUND, "NYSE", None),
    }
    assert found.value[1] == Instrument(
        "ACMER", "Acme Acquisition Corp - Rights", "Nasdaq", type=InstrumentType.RIGHT
    )


async def test_the_directory_is_asked_for_once_a_day(world: World) -> None:
    await world.nasdaq.directory()
    world.clock.pass_(86_000)
    await world.nasdaq.directory()
    assert len(world.server.requests) == 2

    world.clock.pass_(1_000)
    await world.nasdaq.directory()
    assert len(world.server.requests) == 4


async def test_a_list_that_is_cut_off_is_none(world: World) -> None:
    world.server.nasdaq = world.server.nasdaq[:200]

    assert await world.nasdaq.directory() == Missing("nasdaq sent a symbol list that is cut off")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"1120202521:31", b"1101202521:31", "nasdaq sent an old symbol list (made 1101202521:31)"),
        (b"1120202521:31", b"yesterday", "nasdaq changed its format: the list was made at 'yeste"),
        (b"|ETF|", b"|Fund|", "nasdaq changed its format: the columns are Symbol|Security Name"),
        (b"|Q|N|N|", b"|Q|N|", "nasdaq changed its format: a row has other columns"),
    ],
)
async def test_a_list_in_another_format_is_none(
    world: World, old: bytes, new: bytes, reason: str
) -> None:
    world.server.nasdaq = world.server.nasdaq.replace(old, new)

    found = await world.nasdaq.directory()

    assert isinstance(found, Missing)
    assert found.reason.startswith(reason)


async def test_a_stamp_may_have_a_blank(world: World) -> None:
    world.server.other = world.server.other.replace(b"1120202521:31", b"11202025 21:31")

    assert isinstance(await world.nasdaq.directory(), Known)


async def test_a_halt_lasts_until_trading_resumes(world: World) -> None:
    resumed = {"ResumptionDate": "11/21/2025", "ResumptionTradeTime": "07:59:59"}
    later = {"ResumptionDate": "11/21/2025", "ResumptionTradeTime": "08:00:01"}
    undated = {"HaltTime": "07:40:00 .540", "ResumptionTradeTime": "07:45:00"}

    found = await world.halted(
        a_halt("OPEN"),
        a_halt("BACK", **resumed),
        a_halt("SOON", **later, ReasonCode="LUDP"),
        a_halt("SHORT", **undated),
        a_halt("LATE", HaltTime="08:00:01"),
        a_halt("LONG", HaltDate="11/03/2025", ReasonCode=""),
    )

    assert found == {"OPEN": "T1", "SOON": "LUDP", "LONG": "no reason given"}


async def test_the_newest_halt_of_a_symbol_counts(world: World) -> None:
    """The end of an earlier one may never be filled in."""
    earlier = a_halt("A", HaltDate="11/20/2025")
    back = a_halt("A", ResumptionDate="11/21/2025", ResumptionTradeTime="07:50:00")

    assert await world.halted(earlier, back) == {}
    world.clock.pass_(31)
    assert await world.halted(a_halt("B"), back) == {"B": "T1"}


async def test_no_halts_is_an_answer(world: World) -> None:
    assert await world.halted() == {}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (faults.page(), "nasdaq answered with a web page instead of XML"),
        (faults.empty(), "nasdaq answered with an empty body"),
        (faults.text("busy"), "nasdaq answered with broken XML"),
        (faults.truncated(a_feed(a_halt("A"))[:150]), "nasdaq broke off its answer"),
        (faults.json_text("{}"), "nasdaq answered with broken XML"),
        (faults.Fault(body=b"<rss/>"), "nasdaq changed its format: no channel"),
        (faults.Fault(body=a_feed(a_halt("A"), count=2)), "nasdaq sent 1 of 2 halts"),
        (faults.Fault(body=a_feed(a_halt(""))), "nasdaq changed its format: a halt without"),
        (faults.Fault(body=a_feed(a_halt("A", HaltTime=""))), "nasdaq changed its format"),
        (faults.Fault(body=a_feed(a_halt("A", HaltTime="soon"))), "nasdaq changed its format"),
        (faults.Fault(body=b'<!DOCTYPE r [<!ENTITY a "aaaa">]><rss>&a;</rss>'), "nasdaq answered"),
        (faults.down(), "nasdaq is in trouble (HTTP 503)"),
        (faults.too_often("120"), "nasdaq is asked too often (HTTP 429)"),
        (faults.slow(2), "nasdaq did not answer within 1 s"),
    ],
)
async def test_a_bad_feed_is_a_named_absence(
    world: World, fault: faults.Fault, reason: str
) -> None:
    world.server.faults.extend([fault] * 2)

    found = await world.nasdaq.halts(START)

    assert isinstance(found, Missing)
    assert found.reason.startswith(reason)


async def test_a_halt_after_the_asked_instant_is_not_known_yet(world: World) -> None:
    world.server.feed = a_feed(a_halt("A", HaltTime="07:59:00"))

    found = await world.nasdaq.halts(START - timedelta(minutes=2))

    assert isinstance(found, Known)
    assert found.value == {}
