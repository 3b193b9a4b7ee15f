"""The broker as a process: it outlives the agent, and its journal outlives it."""

import json
from pathlib import Path
from signal import SIGKILL

import pytest

from fin_agent.adapters.brokers.alpaca import Alpaca
from fin_agent.adapters.clock import SystemClock
from fin_agent.domain.errors import Ambiguous
from fin_agent.testing.builders import OPEN, a_session
from tests.adapters.brokers.alpaca_worlds import ENTRY, KEYS, an_entry
from tests.broker_simulator.serving import broker_process


def venue_at(url: str) -> Alpaca:
    return Alpaca(KEYS, SystemClock(), base_url=url, stream=False)


async def test_a_killed_broker_comes_back_as_it_was(tmp_path: Path) -> None:
    faults = tmp_path / "plan.json"
    rules = [{"kind": "lost_reply", "method": "POST", "nth": [1]}]
    faults.write_text(json.dumps({"rules": rules, "market": {"partial": 0.0, "legs": 0.0}}))
    arguments = ["--seed", "7", "--faults", str(faults), "--state", str(tmp_path / "memory.jsonl")]
    arguments += ["--key", KEYS.headers()["APCA-API-KEY-ID"], "--time-scale", "20"]

    with broker_process(*arguments) as broker:
        venue = venue_at(broker.url)
        with pytest.raises(Ambiguous):
            await venue.submit(an_entry(), a_session())
        await venue.close()
        broker.tell("clock", advance=60)
        before = broker.ledger()
        broker.process.send_signal(SIGKILL)
        broker.process.wait()

    with broker_process(*arguments) as broker:
        venue = venue_at(broker.url)
        report = await venue.find(ENTRY)
        listed = await venue.orders(OPEN)
        await venue.close()
        after = broker.ledger()

    assert report is not None
    assert report.filled == 10
    assert [r.client_order_id for r in listed] == [ENTRY]
    assert [after["fills"], after["positions"]] == [before["fills"], {"ACME": "10"}]
    assert after["faults"] == {"lost_reply": 1}
    assert [r["path"] for r in after["requests"][:1]] == ["/v2/orders"]
