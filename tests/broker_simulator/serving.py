"""The simulated broker for tests: inside the test's own loop, or as a process of its own."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from aiohttp import web

from tests.broker_simulator.engine import Engine
from tests.broker_simulator.journal import Remembering
from tests.broker_simulator.server import BrokerServer, ScaledTime

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def serving(
    engine: Engine, time: ScaledTime, keys: Mapping[str, str] | None = None
) -> AsyncIterator[str]:
    """The address of a server in this loop."""
    runner = web.AppRunner(
        BrokerServer(Remembering(engine, None), time, keys or {}).app(),
        access_log=None,
        shutdown_timeout=0.1,
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


class BrokerProcess:
    """A broker that outlives whoever trades with it."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"

    def tell(self, name: str, **asked: Any) -> Any:
        """Ask one of its `/_sim` routes."""
        body = json.dumps(asked).encode()
        request = Request(f"{self.url}/_sim/{name}", data=body, method="POST")  # noqa: S310 - loopback
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
            return json.load(answer)

    def ledger(self) -> Any:
        return self.tell("ledger")


@contextmanager
def broker_process(*arguments: str) -> Iterator[BrokerProcess]:
    """Start a broker on a free port; it is killed at the end, by its own id."""
    command = [sys.executable, "-m", "tests.broker_simulator", "--port", "0", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield BrokerProcess(process, int(process.stdout.readline()))
    finally:
        process.kill()
        process.communicate()
