"""The source before a server that speaks its format: a trade, no trade today, no answer."""

# ruff: noqa: S101 - assert is how pytest asks

import asyncio
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer

from docs.examples.local_quotes import LocalQuotes
from fin_agent.adapters.http.client import ClientRules
from fin_agent.adapters.http.network import open_network
from fin_agent.adapters.http.timing import Timing
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.testing.builders import OPEN, SCAN, a_session
from fin_agent.testing.live import SteppedClock

TOLD = {
    "ACME": {"price": 105.5, "at": "2025-03-12T12:58:00Z"},
    "LATE": {"price": 30.0, "at": "2025-03-11T20:00:00Z"},
}


async def ask(folder: Path, *symbols: str) -> Mapping[str, Evidence[float]]:
    async def last(request: web.Request) -> web.Response:
        del request
        return web.json_response(TOLD)

    app = web.Application()
    app.router.add_get("/last", last)
    timing, rules = Timing(SteppedClock(SCAN)), ClientRules(total_s=5.0)
    async with (
        TestServer(app) as server,
        open_network(folder, timing, list[object]().append, rules, frozenset()) as network,
    ):
        source = LocalQuotes(network, server.port or 0)
        return await source.last_trades(symbols, a_session(OPEN.date()), SCAN)


def test_a_trade_of_today_is_evidence_with_source_and_time(tmp_path: Path) -> None:
    found = asyncio.run(ask(tmp_path, "ACME"))["ACME"]

    assert isinstance(found, Known)
    assert (found.value, found.source) == (105.5, "local_quotes")


def test_what_is_not_known_of_today_is_a_named_absence(tmp_path: Path) -> None:
    found = asyncio.run(ask(tmp_path, "LATE", "ELSE"))

    assert found["ELSE"] == Missing("local_quotes does not know it")
    assert isinstance(found["LATE"], Missing)
    assert "no trade yet today" in found["LATE"].reason
