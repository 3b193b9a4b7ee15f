"""The sessions of the New York Stock Exchange, from the exchange_calendars library.

The library and its pandas take seconds to import, so their answer is kept in a file, keyed by the
library's version; a warm process reads that file and never imports them.
"""

import contextlib
import json
import tempfile
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock

from fin_agent.domain.errors import Unavailable
from fin_agent.domain.session import TradingSession
from fin_agent.ports import CalendarPort

_EXCHANGE = "XNYS"
_LIBRARY = "exchange_calendars"
_FIRST = date(1990, 1, 1)
_UNTIL = date(2027, 12, 31)
_EARLIEST = date(1928, 1, 1)
_LONGEST_CLOSURE = timedelta(days=14)  # the bank holiday of March 1933 took eleven days
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


class _Sessions:
    """Every session of a range of dates: ordinals of the dates, minutes since 1970 in UTC."""

    def __init__(self, first: date, last: date, rows: Sequence[Sequence[int]]) -> None:
        days, opens, closes = rows
        if not 0 < len(days) == len(opens) == len(closes):
            raise ValueError("empty, or the columns differ in length")
        self.first, self.last = first, last
        self.rows = rows
        self.days = days
        self._opens, self._closes = opens, closes
        self._made: dict[int, TradingSession] = {}

    def at(self, index: int) -> TradingSession:
        made = self._made.get(index)
        if made is None:
            opened = _EPOCH + self._opens[index] * _MINUTE
            closed = _EPOCH + self._closes[index] * _MINUTE
            made = TradingSession(date.fromordinal(self.days[index]), opened, closed)
            self._made[index] = made
        return made


class ExchangeCalendar(CalendarPort):
    """XNYS, holidays and half-days included; opens and closes are in UTC.

    Known from 1990 (earlier years on demand) to ``until``. ``cache`` is the directory of the
    cached sessions; a cache that cannot be read or written costs time and nothing else.
    """

    def __init__(self, cache: Path | None = None, until: date = _UNTIL) -> None:
        self._cache = cache
        self._until = until
        self._known: _Sessions | None = None
        self._lock = Lock()

    def session(self, day: date) -> TradingSession | None:
        """The session of a day, None on weekends and holidays.

        Raises:
            Unavailable: the calendar does not reach the day.
        """
        known = self._covering(day, day)
        index = bisect_left(known.days, day.toordinal())
        found = index < len(known.days) and known.days[index] == day.toordinal()
        return known.at(index) if found else None

    def sessions(self, first: date, last: date) -> Sequence[TradingSession]:
        """Every session from first to last, both included.

        Raises:
            Unavailable: the calendar does not reach one of them.
        """
        known = self._covering(first, last)
        begin = bisect_left(known.days, first.toordinal())
        end = bisect_right(known.days, last.toordinal())
        return [known.at(index) for index in range(begin, end)]

    def previous(self, day: date) -> TradingSession:
        """The last session before a day.

        Raises:
            Unavailable: the calendar does not reach it.
        """
        known = self._covering(max(_EARLIEST, day) - _LONGEST_CLOSURE, day)
        return known.at(bisect_left(known.days, day.toordinal()) - 1)

    def _covering(self, first: date, last: date) -> _Sessions:
        known = self._known
        if known is not None and known.first <= first and last <= known.last:
            return known
        with self._lock:
            known = self._known or self._read()
            until = self._until if known is None else max(self._until, known.last)
            if first < _EARLIEST or last > until:
                raise Unavailable(
                    f"the exchange calendar knows {_EARLIEST} to {until}, "
                    f"{first} to {last} was asked for: check the dates, or set a later end"
                )
            if known is None or first < known.first or last > known.last:
                known = _computed(min(first.replace(month=1, day=1), _FIRST), until)
                self._write(known)
            self._known = known
            return known

    def _path(self) -> Path | None:
        try:
            return self._cache and self._cache / f"{_EXCHANGE}-{version(_LIBRARY)}.json"
        except PackageNotFoundError:
            return None

    def _read(self) -> _Sessions | None:
        path = self._path()
        if path is None:
            return None
        try:
            document = json.loads(path.read_bytes())
            first, last = (date.fromisoformat(document[name]) for name in ("first", "last"))
            return _Sessions(first, last, document["rows"])
        except (OSError, ValueError, KeyError, TypeError):
            return None  # computed again

    def _write(self, known: _Sessions) -> None:
        path = self._path()
        if path is None:
            return
        document = {"first": str(known.first), "last": str(known.last), "rows": known.rows}
        with contextlib.suppress(OSError):  # the next process computes it again
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=path.parent) as beside:
                finished = Path(beside) / path.name
                finished.write_text(json.dumps(document, separators=(",", ":")))
                finished.replace(path)


def _computed(first: date, last: date) -> _Sessions:
    try:
        import exchange_calendars

        found = exchange_calendars.get_calendar(_EXCHANGE, start=str(first), end=str(last))
    except (ImportError, ValueError) as error:
        text = " ".join(str(error).split())
        raise Unavailable(f"no calendar from {first} to {last}: {text}") from error
    nanoseconds = 60_000_000_000
    days = [moment.toordinal() for moment in found.sessions]
    opens = [int(stamp) // nanoseconds for stamp in found.opens_nanos]
    closes = [int(stamp) // nanoseconds for stamp in found.closes_nanos]
    return _Sessions(first, last, (days, opens, closes))
