"""A network whose time stands still until somebody waits."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fin_agent.domain.events import DomainEvent
from tests.adapters.http.lanes import World
from tests.servers.networks import HandClock, a_network


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock, told = HandClock(), list[DomainEvent]()
    async with a_network(tmp_path, clock, told) as network:
        yield World(network, clock, told)
