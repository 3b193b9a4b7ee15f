"""Nasdaq Trader, no key: what is listed on US exchanges, and what is halted.

The symbol directory is two text files with ``|`` between the columns; their last line tells when
they were made, so a file that was cut off is noticed. The halt feed is RSS with a namespace of its
own; a halt without a resumption time lasts.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element

from fin_agent.adapters.http.answers import Kind
from fin_agent.adapters.http.body import page_free_text, xml_of
from fin_agent.adapters.http.failure import Failure
from fin_agent.adapters.http.network import VendorApi
from fin_agent.adapters.http.questions import Asking, Told
from fin_agent.adapters.sources import DirectorySource, HaltSource
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.market import Instrument, InstrumentType
from fin_agent.domain.session import NEW_YORK

_MADE = "File Creation Time: "
_OLDEST = timedelta(days=5)  # over a long weekend
_EXCHANGES = {
    "A": "NYSE American",
    "N": "NYSE",
    "P": "NYSE Arca",
    "V": "IEX",
    "Z": "Cboe BZX",
}
_NAMESPACE = "{http://www.nasdaqtrader.com/}"
# In order: the first that is in the name decides. A "right" or "unit" is a word of its own.
_TYPES = (
    (InstrumentType.WARRANT, r"\bwarrants?\b"),
    (InstrumentType.RIGHT, r"\brights?\b"),
    (InstrumentType.UNIT, r"\bunits?\b(?! of beneficial)"),
    (InstrumentType.ETN, r"\betns?\b|exchange[- ]traded notes?"),
    (InstrumentType.ADR, r"american depositary|\bad[rs]s?\b"),
    (InstrumentType.FUND, r"\bfund\b|\bmunicipal\b.*\btrust\b"),
)
_NOT_TRADED = r"preferred|preference|\bnotes? due|debenture|subordinated|\bbonds?\b|senior notes"
_LEVERAGED = r"\b[1-5](\.\d+)?x\b|ultra|leveraged|inverse|\bbear\b|\bbull\b|-[1-3]x"


class Nasdaq(DirectorySource, HaltSource):
    """The symbol directory and the trade halts of every US exchange."""

    name = "nasdaq"

    def __init__(self, api: VendorApi) -> None:
        self._api = api

    async def directory(self) -> Evidence[tuple[Instrument, ...]]:
        """Common stocks, ADRs, ETFs, ETNs, warrants, units and rights; no preferreds, no notes."""
        try:
            nasdaq, other = await asyncio.gather(
                self._file("nasdaqlisted", _NASDAQ), self._file("otherlisted", _OTHER)
            )
        except (Unavailable, Refused) as error:
            return Missing(str(error))
        found = {i.symbol: i for i in (*other.value, *nasdaq.value)}
        listed = tuple(found[symbol] for symbol in sorted(found))
        return Known(listed, "nasdaq", min(nasdaq.at, other.at))

    async def halts(self, at: datetime) -> Evidence[Mapping[str, str]]:
        """By the newest halt of each symbol that began before the instant."""
        try:
            told = await self._api.read(
                "/rss.aspx", {"feed": "tradehalts"}, _halts, Asking(Kind.HALTS)
            )
        except (Unavailable, Refused) as error:
            return Missing(str(error))
        newest: dict[str, _Halt] = {}
        for halt in told.value:
            known = newest.get(halt.symbol)
            if halt.start <= at and (known is None or halt.start >= known.start):
                newest[halt.symbol] = halt
        active = {s: h.reason for s, h in newest.items() if h.end is None or h.end > at}
        return Known(active, "nasdaq", told.at)

    async def _file(self, name: str, columns: "_Columns") -> Told[list[Instrument]]:
        now = self._api.lane.now
        return await self._api.read(
            f"/dynamic/SymDir/{name}.txt",
            {},
            lambda body: _listed(body, columns, now),
            Asking(Kind.UNIVERSE),
        )


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which column of a file says what; ``exchange`` is None where all are on Nasdaq."""

    symbol: str
    exchange: str | None


_NASDAQ = _Columns("Symbol", None)
_OTHER = _Columns("ACT Symbol", "Exchange")


@dataclass(frozen=True, slots=True)
class _Halt:
    symbol: str
    start: datetime
    end: datetime | None
    reason: str


def _listed(body: bytes, columns: _Columns, now: datetime) -> list[Instrument]:
    """The instruments of one file.

    Raises:
        Failure: it is cut off, old, or in another format.
    """
    header, *lines = page_free_text(body).splitlines()
    made = [line for line in lines if line.startswith(_MADE)]
    if not made:
        raise Failure("sent a symbol list that is cut off", is_transient=True)
    stamp = made[0].removeprefix(_MADE).split("|")[0].strip()
    if now - _made_at(stamp) > _OLDEST:
        raise Failure(f"sent an old symbol list (made {stamp})")
    names = header.split("|")
    needed = {columns.symbol, columns.exchange or "ETF", "Security Name", "Test Issue", "ETF"}
    if not needed.issubset(names):
        raise Failure(f"changed its format: the columns are {header[:80]}")
    rows = [line.split("|") for line in lines if line.strip() and not line.startswith(_MADE)]
    if any(len(row) != len(names) for row in rows):
        raise Failure("changed its format: a row has other columns than the header")
    found = (_instrument(dict(zip(names, row, strict=True)), columns) for row in rows)
    return [instrument for instrument in found if instrument is not None]


def _made_at(stamp: str) -> datetime:
    try:
        return datetime.strptime(stamp.replace(" ", ""), "%m%d%Y%H:%M").replace(tzinfo=NEW_YORK)
    except ValueError:
        raise Failure(f"changed its format: the list was made at {stamp!r}") from None


def _instrument(row: Mapping[str, str], columns: _Columns) -> Instrument | None:
    symbol, name = row[columns.symbol].strip(), row["Security Name"].strip()
    folded = name.casefold()
    if not symbol or row["Test Issue"] != "N" or "$" in symbol:
        return None
    code = columns.exchange and row[columns.exchange]
    exchange = "Nasdaq" if code is None else _EXCHANGES.get(code, code)
    if row["ETF"] == "Y":
        is_leveraged = re.search(_LEVERAGED, folded) is not None
        return Instrument(symbol, name, exchange, type=InstrumentType.ETF, leveraged=is_leveraged)
    if re.search(_NOT_TRADED, folded):
        return None
    matching = (kind for kind, words in _TYPES if re.search(words, folded))
    return Instrument(symbol, name, exchange, type=next(matching, InstrumentType.STOCK))


def _halts(body: bytes) -> list[_Halt]:
    """Every halt of the feed.

    Raises:
        Failure: it is no halt feed, or does not hold as many halts as it says.
    """
    channel = xml_of(body).find("channel")
    if channel is None:
        raise Failure("changed its format: no channel in the halt feed")
    items = channel.findall("item")
    count = channel.findtext(f"{_NAMESPACE}numItems")
    if count is not None and count.strip() != str(len(items)):
        raise Failure(f"sent {len(items)} of {count.strip()} halts", is_transient=True)
    return [_halt(item) for item in items]


def _halt(item: Element) -> _Halt:
    def told(name: str) -> str:
        return (item.findtext(f"{_NAMESPACE}{name}") or "").strip()

    symbol, day = told("IssueSymbol"), told("HaltDate")
    start = _instant(day, told("HaltTime"))
    if not symbol or start is None:
        raise Failure("changed its format: a halt without symbol or time")
    end = _instant(told("ResumptionDate") or day, told("ResumptionTradeTime"))
    return _Halt(symbol, start, end, told("ReasonCode") or "no reason given")


def _instant(day: str, clock: str) -> datetime | None:
    """New York time; the feed writes 07:32:12, 07:32:12.540 and 07:32:12 .540."""
    if not clock:
        return None
    text = f"{day} {clock.split('.', maxsplit=1)[0].strip()}"
    try:
        return datetime.strptime(text, "%m/%d/%Y %H:%M:%S").replace(tzinfo=NEW_YORK)
    except ValueError:
        raise Failure(f"changed its format: {day} {clock} is no time") from None
