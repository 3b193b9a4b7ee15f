"""SEC EDGAR, no key: the 8-K filings of the last day, the best free catalyst feed.

Item 2.02 of an 8-K is "Results of Operations": earnings were reported. That there is none says
nothing, results may come in another form. The SEC wants a User-Agent with a way to reach you, or
answers 403.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element

from pydantic import BaseModel, TypeAdapter

from fin_agent.adapters.headlines import answer, plain_text
from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.body import xml_of
from fin_agent.adapters.http.failure import Failure
from fin_agent.adapters.http.network import VendorApi
from fin_agent.adapters.http.questions import Asking, Told
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.news import WINDOW, Headline
from fin_agent.domain.session import TradingSession
from fin_agent.ports import CalendarPort, NewsPort

_ATOM = "{http://www.w3.org/2005/Atom}"
_PAGE = 100  # entries: EDGAR's most
_MOST_PAGES = 8
_RESULTS = "2.02"
_CIK = re.compile(r"\((\d{10})\) \(Filer\)\s*$")
_ITEM = re.compile(r"Item (\d\.\d\d): ?([^\n<]*)")


class _Company(BaseModel):
    cik_str: int
    ticker: str


_COMPANIES = TypeAdapter(dict[str, _Company])


@dataclass(frozen=True, slots=True)
class _Filing:
    """One filer's 8-K; ``items`` are (number, title)."""

    cik: int
    accession: str
    at: datetime
    items: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        titles = [title or f"Item {number}" for number, title in self.items if number != "9.01"]
        return plain_text(f"8-K: {'; '.join(titles)}" if titles else "8-K filed")


@dataclass(frozen=True, slots=True)
class _Day:
    """The filings back to a time; ``flaw`` when the feed did not reach so far."""

    filings: Mapping[int, Sequence[_Filing]]
    received: datetime
    flaw: str | None


class Edgar(NewsPort):
    """The 8-K feed by symbol."""

    def __init__(self, api: VendorApi, calendar: CalendarPort) -> None:
        self._api = api
        self._calendar = calendar

    async def headlines(
        self, symbols: Sequence[str], at: datetime
    ) -> Mapping[str, Evidence[tuple[Headline, ...]]]:
        try:
            ciks, day = await self._ciks(), await self._filings(at - WINDOW)
        except (Unavailable, Refused) as error:
            return dict.fromkeys(symbols, Missing(str(error)))
        return {symbol: _headlines(symbol, ciks, day, at) for symbol in symbols}

    async def earnings(
        self, symbols: Sequence[str], session: TradingSession
    ) -> Mapping[str, Evidence[bool]]:
        """True where results were filed since the previous close; never False."""
        closed = self._calendar.previous(session.date).close
        try:
            ciks, day = await self._ciks(), await self._filings(closed)
        except (Unavailable, Refused) as error:
            return dict.fromkeys(symbols, Missing(str(error)))
        return {symbol: _earnings(ciks.get(symbol), day, closed) for symbol in symbols}

    async def _ciks(self) -> dict[str, int]:
        told = await self._api.json(
            "/files/company_tickers.json", {}, _COMPANIES, Asking(Kind.UNIVERSE)
        )
        return {_exchange_symbol(c.ticker): c.cik_str for c in told.value.values()}

    async def _filings(self, since: datetime) -> _Day:
        filings: dict[int, dict[str, _Filing]] = {}
        oldest: datetime | None = None
        page = await self._page(0)
        received = page.at
        for number in range(1, _MOST_PAGES + 1):
            for filing in page.value:
                filings.setdefault(filing.cik, {})[filing.accession] = filing
            oldest = min((filing.at for filing in page.value), default=oldest)
            if len(page.value) < _PAGE or (oldest is not None and oldest < since):
                break
            if number == _MOST_PAGES:
                flaw = f"edgar: only the last {_MOST_PAGES * _PAGE} filings were read"
                return _Day({c: [*f.values()] for c, f in filings.items()}, received, flaw)
            page = await self._page(number)
        return _Day({c: [*f.values()] for c, f in filings.items()}, received, None)

    async def _page(self, number: int) -> Told[list[_Filing]]:
        params = {
            "action": "getcurrent",
            "type": "8-K",
            "owner": "include",
            "start": str(number * _PAGE),
            "count": str(_PAGE),
            "output": "atom",
        }
        return await self._api.read("/cgi-bin/browse-edgar", params, _entries, Asking(Kind.NEWS))


def _headlines(
    symbol: str, ciks: Mapping[str, int], day: _Day, at: datetime
) -> Evidence[tuple[Headline, ...]]:
    cik = ciks.get(symbol)
    if cik is None:
        return Missing("edgar knows no such symbol")
    found = (
        Headline(symbol, filing.text, "edgar", filing.at, day.received)
        for filing in day.filings.get(cik, ())
    )
    told = answer(found, "edgar", day.received, at)
    return Known(told.value, told.source, told.as_of, degraded=day.flaw)


def _earnings(cik: int | None, day: _Day, closed: datetime) -> Evidence[bool]:
    if cik is None:
        return Missing("edgar knows no such symbol")
    for filing in day.filings.get(cik, ()):
        if filing.at >= closed and _RESULTS in {number for number, _ in filing.items}:
            return Known(value=True, source="edgar", as_of=filing.at)
    return Missing("edgar: no results filed since the previous close, which is no proof")


def _entries(body: bytes) -> list[_Filing]:
    """The 8-K entries of a page, amendments included.

    Raises:
        Failure: it is no Atom feed, or an entry lacks what is read.
    """
    root = xml_of(body)
    if root.tag != f"{_ATOM}feed":
        raise Failure(f"changed its format: {root.tag[:40]} instead of a feed")
    return [_filing(entry) for entry in root.findall(f"{_ATOM}entry")]


def _filing(entry: Element) -> _Filing:
    title, accession, updated, summary = (
        entry.findtext(f"{_ATOM}{name}") or "" for name in ("title", "id", "updated", "summary")
    )
    filer = _CIK.search(title)
    try:
        at = datetime.fromisoformat(updated.strip())
    except ValueError:
        raise Failure(f"changed its format: updated is {updated[:40]!r}") from None
    if filer is None or at.tzinfo is None or not accession:
        raise Failure(f"changed its format: an entry is called {plain_text(title)[:60]!r}")
    items = tuple((number, words.strip()) for number, words in _ITEM.findall(summary))
    return _Filing(int(filer[1]), accession, at, items)


def _exchange_symbol(ticker: str) -> str:
    """BRK-B of the SEC is BRK.B of the exchanges."""
    return ticker.replace("-", ".")
