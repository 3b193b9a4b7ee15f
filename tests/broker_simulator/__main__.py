"""``python -m tests.broker_simulator --port 0 --seed 1 --faults plan.json --state memory.jsonl``.

Prints the port it listens on and serves until it is told to stop.
"""

import argparse
import asyncio
import json
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from fin_agent.adapters.clock import SystemClock
from tests.broker_simulator.engine import Engine
from tests.broker_simulator.faults import FaultPlan
from tests.broker_simulator.journal import Remembering
from tests.broker_simulator.market import Market
from tests.broker_simulator.prices import price_tape
from tests.broker_simulator.server import BrokerServer, ScaledTime


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A broker that forgets nothing and may misbehave.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faults", type=Path, help="JSON with rules, stream and market")
    parser.add_argument("--state", type=Path, help="journal; an existing one is replayed first")
    parser.add_argument("--dedupe", action="store_true", help="refuse a known client order id")
    parser.add_argument("--guards", action="store_true", help="refuse exits of what is not free")
    parser.add_argument("--prices", type=Path, help="CSV of seconds, symbol, price")
    parser.add_argument("--time-scale", type=float, default=1.0, help="seconds for each real one")
    parser.add_argument("--key", help="the only key id that is let in; any when not given")
    parser.add_argument("--secret", help="the only secret key that is let in")
    return parser.parse_args()


async def serve(options: argparse.Namespace) -> None:
    plan: Mapping[str, Any] = json.loads(options.faults.read_text()) if options.faults else {}
    clock = SystemClock()
    engine = Engine(
        options.seed,
        FaultPlan.of(options.seed, plan),
        Market.of(plan.get("market", {})),
        dedupe=options.dedupe,
        guards=options.guards,
    )
    if options.prices:
        engine.venue.tape = price_tape(options.prices)
    memory = Remembering(engine, options.state)
    start = max(clock.now().timestamp(), memory.last_at)
    time = ScaledTime(lambda: clock.now().timestamp(), options.time_scale, start)
    given = {"APCA-API-KEY-ID": options.key, "APCA-API-SECRET-KEY": options.secret}
    server = BrokerServer(memory, time, {name: value for name, value in given.items() if value})
    runner = web.AppRunner(server.app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", options.port)
    await site.start()
    print(runner.addresses[0][1], flush=True)  # noqa: T201 - how the caller learns the port
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    await runner.cleanup()
    memory.close()


if __name__ == "__main__":
    asyncio.run(serve(arguments()))
