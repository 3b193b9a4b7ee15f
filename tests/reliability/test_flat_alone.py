"""``fin-agent flat`` after the agent was killed with positions at the broker, faults included."""

import asyncio
import time
from datetime import datetime
from pathlib import Path

from tests.acceptance.command_line import Done, in_own_process
from tests.reliability.killed_agent import KEYS, OPENS, Agent, Broker, lay_out
from tests.reliability.process_kills import SPEED

PATIENCE_S = 60.0


def flat(data: Path, broker: Broker, at: datetime) -> Done:
    options = f"{{base_url: '{broker.url}', total_timeout_s: 0.5}}"
    broker_words = ("--set", "broker.use=alpaca", "--set", f"broker.options={options}")
    clock = ("--clock", f"{at.isoformat()}@{SPEED:g}")
    place = ("--config", data / "config.yaml", "--data-dir", data)
    return in_own_process("flat", "--json", *broker_words, *clock, *place, env=KEYS)


def positions(broker: Broker) -> dict[str, str]:
    return {s: q for s, q in broker.ledger()["positions"].items() if float(q)}


def test_it_takes_everything_out_at_the_broker_itself(tmp_path: Path) -> None:
    data = asyncio.run(lay_out(tmp_path))
    broker = Broker(tmp_path, 3, SPEED)
    try:
        agent, until = Agent(data, broker, SPEED), time.monotonic() + PATIENCE_S
        while not positions(broker) and time.monotonic() < until:
            assert agent.lives_for(0.1) is None, agent.said()
        agent.kill()
        held = positions(broker)
        assert held

        done = flat(data, broker, broker.now())

        assert (done.code, done.problems) == (0, [])
        assert done.document == {"done": True, "state": "HALTED", "open": {}, "agent": None}
        assert "no agent runs: this command takes everything out" in done.err
        assert positions(broker) == {}
        assert broker.ledger()["violations"] == []
    finally:
        broker.close()


def test_while_the_exchange_is_closed_the_wish_is_kept(tmp_path: Path) -> None:
    data = asyncio.run(lay_out(tmp_path))
    broker = Broker(tmp_path, 3, SPEED)
    try:
        done = flat(data, broker, OPENS)

        assert (done.code, done.document["done"]) == (0, True)
        assert broker.ledger()["requests"] == []
    finally:
        broker.close()
