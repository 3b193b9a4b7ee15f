"""Yahoo behind the real yfinance, with a clock that stands at 08:00 New York."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from fin_agent.adapters.http.lane import LaneRules
from fin_agent.adapters.http.network import Network
from fin_agent.adapters.http.quota import Quota
from fin_agent.adapters.http.retry import RetryRules
from fin_agent.adapters.market_data.yahoo import Yahoo
from fin_agent.adapters.vendors.yahoo import YahooRules, YahooWeb
from fin_agent.domain.evidence import Evidence
from fin_agent.domain.session import TradingSession
from fin_agent.testing.fakes import FakeCalendar
from tests.servers import faults
from tests.servers.networks import HandClock, a_network
from tests.servers.yahoo import YahooServer, a_quote

DAY = date(2025, 11, 21)
YESTERDAY = date(2025, 11, 20)
CALENDAR = FakeCalendar.weekdays(date(2019, 1, 1), date(2025, 12, 31))


def a_session(day: date = DAY) -> TradingSession:
    session = CALENDAR.session(day)
    assert session is not None
    return session


@dataclass
class World:
    server: YahooServer
    network: Network
    clock: HandClock
    yahoo: Yahoo
    web: YahooWeb

    async def last(self, *symbols: str, day: date = DAY) -> dict[str, Evidence[float]]:
        return dict(await self.yahoo.last_trades(symbols, a_session(day), self.clock.now()))

    async def one(self, **fields: Any) -> Evidence[float]:
        """The last trade of a symbol with these fields in its row."""
        self.server.quotes["A"] = a_quote(**fields)
        return (await self.last("A"))["A"]


def a_world_of(
    network: Network, server: YahooServer, folder: Path, clock: HandClock, timeout_s: float
) -> World:
    rules = LaneRules(
        "yahoo", {"*": (Quota(1000, 3600),)}, parallel=8, retry=RetryRules(attempts=2)
    )
    lane = network.lane(rules)
    web = YahooWeb(lane, YahooRules(folder, server.base_url, timeout_s, max_body=2_000_000))
    return World(server, network, clock, Yahoo(web, CALENDAR), web)


@asynccontextmanager
async def a_world(
    folder: Path, clock: HandClock | None = None, timeout_s: float = 15.0
) -> AsyncIterator[World]:
    """Faults meet the data, not the cookie; a cookie that is late on a busy machine still comes."""
    clock = clock or HandClock()
    async with faults.served(YahooServer(faulty="/v")) as server:
        assert isinstance(server, YahooServer)
        async with a_network(folder, clock) as network:
            world = a_world_of(network, server, folder / "yahoo", clock, timeout_s)
            yield world
            await world.web.close()
