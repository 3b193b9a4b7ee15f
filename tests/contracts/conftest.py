"""One Redis for all contract tests of a worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.redis_server import RedisServer


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(Path(tmp_path_factory.mktemp("redis")))
    server.start()
    yield server
    server.kill()
