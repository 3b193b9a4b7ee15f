"""A stand-in for SEC EDGAR: the feed of current 8-K filings and the list of companies.

Nothing is recorded here: title, summary, ``updated`` and id are in the form that public readers
quote from live feeds. Inferred: pages by ``start``, newest first, and the 403 without a contact.
"""

from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any

from aiohttp import web

from fin_agent.domain.session import NEW_YORK
from tests.servers.faults import FaultyServer

CONTACT = "fin-agent test@example.com"


def a_filing(
    cik: int, at: datetime, *items: tuple[str, str], number: int = 1, title: str | None = None
) -> str:
    told = title or f"8-K - ACME {cik} INC ({cik:010}) (Filer)"
    lines = "".join(f"\n<br>Item {number}: {words}" for number, words in items)
    accession = f"{cik:010}-25-{number:06}"
    summary = f" <b>Filed:</b> 2025-11-21 <b>AccNo:</b> {accession} <b>Size:</b> 200 KB {lines}\n"
    return (
        f"<entry><title>{escape(told)}</title><link rel='alternate' href='https://www.sec.gov/x'/>"
        f"<summary type='html'>{escape(summary)}</summary>"
        f"<updated>{at.astimezone(NEW_YORK).isoformat(timespec='seconds')}</updated>"
        "<category scheme='https://www.sec.gov/' label='form type' term='8-K'/>"
        f"<id>urn:tag:sec.gov,2008:accession-number={accession}</id></entry>"
    )


def a_feed(*entries: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="ISO-8859-1" ?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>Latest Filings</title>{''.join(entries)}</feed>"
    ).encode("latin-1")


@dataclass
class EdgarServer(FaultyServer):
    """Filings, newest first, and companies by ticker."""

    filings: list[str] = field(default_factory=list)
    ciks: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.routes |= {
            "/cgi-bin/browse-edgar": self._feed,
            "/files/company_tickers.json": self._companies,
        }

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if "@" not in request.headers.get("User-Agent", ""):
            self.requests.append(request)
            return web.Response(status=403, text="<html>Undeclared Automated Tool</html>")
        return await super()._handle(request)

    async def _feed(self, request: web.Request) -> web.Response:
        assert request.query["type"] == "8-K"
        start, count = (int(request.query[key]) for key in ("start", "count"))
        page = self.filings[start : start + count]
        return web.Response(body=a_feed(*page), content_type="application/atom+xml")

    async def _companies(self, _request: web.Request) -> web.Response:
        rows: dict[str, Any] = {
            str(place): {"cik_str": cik, "ticker": ticker, "title": ticker}
            for place, (ticker, cik) in enumerate(self.ciks.items())
        }
        return web.json_response(rows)
