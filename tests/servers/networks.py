"""A network whose time a test moves, and whose events it can read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fin_agent.adapters.http.client import ClientRules
from fin_agent.adapters.http.lane import LaneRules
from fin_agent.adapters.http.network import Network, VendorApi, open_network
from fin_agent.adapters.http.retry import RetryRules
from fin_agent.adapters.http.timing import Timing
from fin_agent.domain.events import DomainEvent
from fin_agent.ports import ClockPort

START = datetime(2025, 11, 21, 13, 0, tzinfo=UTC)  # 08:00 in New York


@dataclass
class HandClock(ClockPort):
    """A clock that only its pauses move; the pauses are kept."""

    at: datetime = START
    ticks: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.ticks += seconds

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.pass_(seconds)
        await asyncio.sleep(0)

    def timing(self, chance: float = 0.5) -> Timing:
        return Timing(self, None, self.sleep, lambda: self.ticks, lambda: chance)


@asynccontextmanager
async def a_network(
    folder: Path,
    clock: HandClock | None = None,
    told: list[DomainEvent] | None = None,
    rules: ClientRules | None = None,
) -> AsyncIterator[Network]:
    """A network in a folder; ``told`` receives its events."""
    timing = (clock or HandClock()).timing()
    events = list[DomainEvent]() if told is None else told
    async with open_network(
        folder, timing, events.append, rules or ClientRules(total_s=1.0), frozenset()
    ) as network:
        yield network


def an_api(
    network: Network,
    provider: str,
    base_url: str,
    headers: dict[str, str] | None = None,
    secrets: dict[str, str] | None = None,
    **rules: Any,
) -> VendorApi:
    """A vendor's REST interface at a local server, asked twice at most."""
    lane = network.lane(LaneRules(provider, **{"retry": RetryRules(attempts=2), **rules}))
    return VendorApi(network, lane, base_url, headers or {}, secrets or {})
