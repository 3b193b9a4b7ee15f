"""One Redis for all contract tests of a worker, and every kind of event bus."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.contracts.bus_worlds import BusWorld, MemoryWorld, SqliteWorld
from tests.contracts.redis_server import RedisServer


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(Path(tmp_path_factory.mktemp("redis")))
    server.start()
    yield server
    server.kill()


@pytest.fixture(params=["memory", "sqlite", "redis"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BusWorld]:
    made: BusWorld
    if request.param == "memory":
        made = MemoryWorld()
    elif request.param == "sqlite":
        made = await SqliteWorld.made(tmp_path)
    else:
        from tests.contracts.redis_world import RedisWorld

        server = request.getfixturevalue("redis_server")
        made = await RedisWorld.on(server, tmp_path)
    yield made
    await made.close()
