"""A stand-in for Nasdaq Trader: the two symbol lists and the halt feed.

Nothing is recorded here: the columns, the last line and the feed's elements are those that public
readers of these files agree on. Inferred: that ``numItems`` counts the halts of the feed, and that
one item follows a halt from its beginning to its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from aiohttp import web

from tests.servers.faults import FaultyServer

_NASDAQ = (
    "Symbol|Security Name|Market Category|Test Issue|Financial Status|Round Lot Size|ETF|NextShares"
)
_OTHER = "ACT Symbol|Security Name|Exchange|CQS Symbol|ETF|Round Lot Size|Test Issue|NASDAQ Symbol"

NASDAQ_LISTED = (
    "AAPL|Apple Inc. - Common Stock|Q|N|N|100|N|N",
    "ASML|ASML Holding N.V. - American Depositary Shares|Q|N|N|100|N|N",
    "QQQ|Invesco QQQ Trust, Series 1|G|N|N|100|Y|N",
    "TQQQ|ProShares UltraPro QQQ|G|N|N|100|Y|N",
    "ZVZZT|NASDAQ TEST STOCK|G|Y|N|100|N|N",
    "ACMEW|Acme Acquisition Corp - Warrant|S|N|N|100|N|N",
    "ACMEU|Acme Acquisition Corp - Unit|S|N|N|100|N|N",
    "ACMER|Acme Acquisition Corp - Rights|S|N|N|100|N|N",
    "ACMEP|Acme Corp - 7.5% Series A Preferred Stock|S|N|N|100|N|N",
)
OTHER_LISTED = (
    "BRK.B|Berkshire Hathaway Inc. Class B Common Stock|N|BRK.B|N|100|N|BRK.B",
    "AA$B|Alcoa Inc. $3.75 Preferred Stock|A|AApB|N|100|N|AA-B",
    "FNGS|MicroSectors FANG+ ETNs due January 8, 2038|P|FNGS|N|100|N|FNGS",
    "SPXS|Direxion Daily S&P 500 Bear 3X Shares|P|SPXS|Y|100|N|SPXS",
    "XYZ|Block, Inc. Common Stock|V|XYZ|N|100|N|XYZ",
    "BRW|Saba Capital Income & Opportunities Fund|N|BRW|N|100|N|BRW",
)


def a_halt(symbol: str, **elements: str) -> str:
    told = {
        "HaltDate": "11/21/2025",
        "HaltTime": "07:32:12.540",
        "IssueSymbol": symbol,
        "IssueName": "Acme &amp; Sons",
        "Market": "NASDAQ",
        "ReasonCode": "T1",
        "ResumptionDate": "",
        "ResumptionTradeTime": "",
        **elements,
    }
    inner = "".join(f"<ndaq:{name}>{text}</ndaq:{name}>" for name, text in told.items())
    return f"<item><title>{symbol}</title>{inner}<ndaq:PauseThresholdPrice /></item>"


def a_feed(*halts: str, count: int | None = None) -> bytes:
    said = f"<ndaq:numItems>{len(halts) if count is None else count}</ndaq:numItems>"
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<rss version="2.0" xmlns:ndaq="http://www.nasdaqtrader.com/"><channel>'
        f"<title>NASDAQTrader.com</title>{said}{''.join(halts)}</channel></rss>"
    ).encode()


def a_list(header: str, rows: Sequence[str], made: str = "1120202521:31") -> bytes:
    return "\r\n".join((header, *rows, f"File Creation Time: {made}|||||||", "")).encode()


@dataclass
class NasdaqServer(FaultyServer):
    """The files of 2025-11-20, and the halts of the day after."""

    nasdaq: bytes = field(default_factory=lambda: a_list(_NASDAQ, NASDAQ_LISTED))
    other: bytes = field(default_factory=lambda: a_list(_OTHER, OTHER_LISTED))
    feed: bytes = field(default_factory=a_feed)

    def __post_init__(self) -> None:
        self.routes |= {
            "/dynamic/SymDir/nasdaqlisted.txt": self._nasdaq,
            "/dynamic/SymDir/otherlisted.txt": self._other,
            "/rss.aspx": self._feed,
        }

    async def _nasdaq(self, _request: web.Request) -> web.Response:
        return web.Response(body=self.nasdaq, content_type="text/plain")

    async def _other(self, _request: web.Request) -> web.Response:
        return web.Response(body=self.other, content_type="text/plain")

    async def _feed(self, request: web.Request) -> web.Response:
        assert request.query["feed"] == "tradehalts"
        return web.Response(body=self.feed, content_type="text/xml")
