"""Alpaca's clock is read whole or not at all."""

import json
from datetime import datetime

import pytest

from fin_agent.adapters.brokers.alpaca import Alpaca
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.session import VenueHours
from tests.adapters.brokers.alpaca_worlds import KEYS, HandClock, OneAnswer

CLOCK = {
    "timestamp": "2026-03-03T09:31:02.123456789-05:00",
    "is_open": True,
    "next_open": "2026-03-04T09:30:00-05:00",
    "next_close": "2026-03-03T16:00:00-05:00",
}


def told(status: int, body: bytes) -> Alpaca:
    return Alpaca(KEYS, HandClock(), transport=OneAnswer(status, body))


async def test_the_clock_is_read() -> None:
    found = await told(200, json.dumps(CLOCK).encode()).hours()

    assert found == VenueHours(
        datetime.fromisoformat("2026-03-03T09:31:02.123456-05:00"),
        True,
        datetime.fromisoformat("2026-03-04T09:30:00-05:00"),
        datetime.fromisoformat("2026-03-03T16:00:00-05:00"),
    )


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in CLOCK),
        {"is_open": "true"},
        {"timestamp": "2026-03-03T09:31:02"},
        {"next_open": "tomorrow"},
        {"next_close": 16},
    ],
    ids=str,
)
async def test_half_a_clock_is_none(changes: dict[str, object]) -> None:
    with pytest.raises(Unavailable, match="clock: "):
        await told(200, json.dumps(CLOCK | changes).encode()).hours()


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"[]"), (200, b"<html>"), (200, b""), (503, b"{}"), (404, b"{}")]
)
async def test_no_clock_is_no_answer(status: int, body: bytes) -> None:
    with pytest.raises(Unavailable):
        await told(status, body).hours()
