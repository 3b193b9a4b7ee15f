"""Yahoo Finance through yfinance: cookie, crumb and TLS are its work, threads are ours.

yfinance is synchronous and keeps one session a process, so everything here runs in a small pool of
threads. Private calls are used (``YfData``, and ``PriceHistory``, which spares a session and a look
for the zone for each symbol): the version is pinned.
"""

import asyncio
import json
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from pydantic import TypeAdapter

from fin_agent.adapters.http.body import shaped
from fin_agent.adapters.http.client import refusal_of
from fin_agent.adapters.http.failure import Failure
from fin_agent.adapters.http.lane import Lane
from fin_agent.adapters.http.questions import Asking, Question, Told
from fin_agent.adapters.vendors.yahoo_session import YAHOO, YahooSession

T = TypeVar("T")
_ZONE = "America/New_York"
_THREADS = 8


@dataclass(frozen=True, slots=True)
class YahooRules:
    """Where Yahoo is (or stands in), and bounds; ``folder`` is for files of yfinance's own."""

    folder: Path
    base_url: str = YAHOO
    timeout_s: float = 10.0
    max_body: int = 16 << 20
    proxy: str | None = None


class YahooWeb:
    """Yahoo's endpoints for one process; close it when the loop ends."""

    def __init__(self, lane: Lane, rules: YahooRules) -> None:
        self.lane = lane
        self._rules = rules
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="yahoo")
        self._session: YahooSession | None = None
        self._data: Any = None
        self._starting = asyncio.Lock()

    async def json(
        self, path: str, params: Mapping[str, str], model: TypeAdapter[T], ask: Asking
    ) -> Told[T]:
        """An answer of ``query1.finance.yahoo.com`` in the shape of a type.

        Raises:
            Unavailable: no answer.
            Refused: Yahoo says no.
        """
        key = f"{self._rules.base_url}{path}?{urlencode(sorted(params.items()))}"
        question = Question(key, ask.kind, ask.group, urgent=ask.urgent)
        return await self.lane.ask(
            question,
            lambda: self._in_thread(lambda: self._body(YAHOO + path, params)),
            shaped(model),
            ask.allowance,
        )

    async def daily(self, symbol: str, first: date, last: date, ask: Asking) -> Told[Any]:
        """Yfinance's daily history of one symbol as rows ``[date, o, h, l, c, volume, ...]``.

        Prices are adjusted for splits and not for dividends; the last two columns are dividend
        and split ratio.
        """
        key = f"{self._rules.base_url} daily {symbol} {first} {last}"
        question = Question(key, ask.kind, ask.group, urgent=ask.urgent)
        return await self.lane.ask(
            question,
            lambda: self._in_thread(lambda: self._history(symbol, first, last)),
            json.loads,
            ask.allowance,
        )

    async def close(self) -> None:
        """Let the threads end; what they are asked is bounded in time."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._session is not None:
            await asyncio.to_thread(self._session.close)

    async def warm(self) -> None:
        """Import yfinance, which takes a second or more: better before a scan than in it."""
        async with self._starting:
            if self._data is None:
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self._pool, self._start)

    async def _in_thread(self, work: Callable[[], bytes]) -> bytes:
        await self.warm()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._guarded, work)

    def _start(self) -> None:
        import yfinance
        from yfinance.cache import get_cookie_cache
        from yfinance.data import YfData

        self._rules.folder.mkdir(parents=True, exist_ok=True)
        yfinance.set_tz_cache_location(str(self._rules.folder))
        get_cookie_cache().dummy = True  # no file: it is a pickle, and a damaged one ends each call
        yfinance.config.debug.hide_exceptions = False
        rules = self._rules
        self._session = YahooSession(rules.base_url, rules.timeout_s, rules.max_body, rules.proxy)
        data = YfData(session=self._session)
        data.cache_get = data.get  # its cache keeps broken answers as well; ours does not
        self._data = data

    def _guarded(self, work: Callable[[], bytes]) -> bytes:
        """Run in a thread; whatever yfinance or curl raise becomes a ``Failure``."""
        from curl_cffi.requests.exceptions import RequestException, Timeout
        from yfinance.exceptions import YFException, YFPricesMissingError, YFRateLimitError

        _quiet_pandas()
        try:
            return work()
        except YFRateLimitError:
            pause = _seconds(getattr(self._session and self._session.paused, "header", None))
            raise Failure(
                "is asked too often (HTTP 429)", is_transient=True, retry_after_s=pause
            ) from None
        except YFPricesMissingError:
            raise Failure("knows no prices for it", is_refusal=True) from None
        except Timeout:
            raise Failure("did not answer in time", is_transient=True) from None
        except (RequestException, YFException, OSError) as error:
            raise Failure(f"broke off ({type(error).__name__})", is_transient=True) from None
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            what = type(error).__name__
            raise Failure(
                f"answered what yfinance cannot read ({what})", is_transient=True
            ) from None

    def _body(self, url: str, params: Mapping[str, str]) -> bytes:
        response = self._data.get(url, params=dict(params), timeout=self._rules.timeout_s)
        failure = refusal_of(response.status_code)
        if failure is not None:
            raise failure
        body: bytes = response.content
        return body

    def _history(self, symbol: str, first: date, last: date) -> bytes:
        from yfinance.scrapers.history import PriceHistory

        history = PriceHistory(self._data, symbol, _ZONE, self._session)
        frame = history.history(
            start=first.isoformat(),
            end=(last + timedelta(days=1)).isoformat(),
            auto_adjust=False,
            actions=True,
            timeout=self._rules.timeout_s,
        )
        columns = ["Open", "High", "Low", "Close", "Volume", "Dividends", "Stock Splits"]
        values = frame[columns].to_numpy(dtype=float).tolist()
        days = [stamp.date().isoformat() for stamp in frame.index]
        rows = [[day, *row] for day, row in zip(days, values, strict=True)]
        return json.dumps(rows).encode()


def _quiet_pandas() -> None:
    """Yfinance sets its own filter when it is imported: ours must be in front of it.

    Only where it is not there already: setting it anew takes it away for a moment.
    """
    import pandas as pd

    wanted = ("ignore", None, pd.errors.Pandas4Warning, None, 0)
    if wanted not in warnings.filters[:3]:
        warnings.simplefilter("ignore", pd.errors.Pandas4Warning)


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and header.strip().isdigit() else None
