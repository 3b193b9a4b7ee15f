"""The real finnhub-python at a local server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fin_agent.adapters.http.lane import LaneRules
from fin_agent.adapters.http.quota import Quota
from fin_agent.adapters.http.retry import RetryRules
from fin_agent.adapters.vendors.finnhub import FinnhubRules, FinnhubSdk
from tests.servers import faults
from tests.servers.finnhub import KEY, FinnhubServer
from tests.servers.networks import HandClock, a_network


@dataclass
class FinnhubWorld:
    server: FinnhubServer
    clock: HandClock
    sdk: FinnhubSdk


@asynccontextmanager
async def a_finnhub(folder: Path, calls: int = 60, key: str = KEY) -> AsyncIterator[FinnhubWorld]:
    """Faults meet at most two attempts of a question."""
    clock = HandClock()
    async with (
        faults.served(FinnhubServer()) as server,
        a_network(folder, clock) as network,
    ):
        assert isinstance(server, FinnhubServer)
        rules = LaneRules("finnhub", {"*": (Quota(calls, 60),)}, retry=RetryRules(attempts=2))
        base_url = f"{server.base_url}/api/v1"
        given = FinnhubRules(key, base_url, timeout_s=0.8, max_body=1_000_000)
        sdk = FinnhubSdk(network.lane(rules, key), given)
        yield FinnhubWorld(server, clock, sdk)
        await sdk.close()
