"""Stand-ins for the European Central Bank's table of rates and Alpha Vantage's ``/query``.

Alpha Vantage's refusals are recorded. The ECB's table and Alpha Vantage's exchange rate are in the
form that public readers quote.
"""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.servers.faults import FaultyServer

KEY = "canary-alpha-vantage"


def a_table(day: str = "2025-11-20", **rates: str) -> bytes:
    cubes = "".join(f"<Cube currency='{name}' rate='{rate}'/>" for name, rate in rates.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?><gesmes:Envelope'
        ' xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"'
        ' xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">'
        "<gesmes:subject>Reference rates</gesmes:subject>"
        f"<Cube><Cube time='{day}'>{cubes}</Cube></Cube></gesmes:Envelope>"
    ).encode()


@dataclass
class EcbServer(FaultyServer):
    """One table of rates."""

    table: bytes = field(default_factory=lambda: a_table(USD="1.0800", GBP="0.8000"))

    def __post_init__(self) -> None:
        self.routes["/stats/eurofxref/eurofxref-daily.xml"] = self._table

    async def _table(self, _request: web.Request) -> web.Response:
        return web.Response(body=self.table, content_type="text/xml")


def an_exchange_rate(rate: str = "1.0800", at: str = "2025-11-21 12:59:00") -> dict[str, Any]:
    return {
        "Realtime Currency Exchange Rate": {
            "1. From_Currency Code": "EUR",
            "3. To_Currency Code": "USD",
            "5. Exchange Rate": rate,
            "6. Last Refreshed": at,
            "7. Time Zone": "UTC",
        }
    }


@dataclass
class AlphaVantageServer(FaultyServer):
    """Answers by function and symbol (or from-currency)."""

    answers: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.routes["/query"] = self._query

    async def _query(self, request: web.Request) -> web.Response:
        query = request.query
        if query.get("apikey") != KEY:
            return web.json_response({"Error Message": "the parameter apikey is invalid"})
        asked = query["function"], query.get("symbol") or query["from_currency"]
        return web.json_response(self.answers.get(asked, {"Error Message": "Invalid API call"}))
