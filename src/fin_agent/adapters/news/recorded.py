"""Headlines recorded on disk: one JSON line a headline, one file a session date."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from fin_agent.domain.errors import CorruptData
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.news import Headline
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.ports import NewsPort

Earnings = tuple[str, bool]


class Recorded(NewsPort):
    """Reads ``<folder>/<date>.jsonl``; a day without a file has no feed, which is an absence.

    A line is a headline ``{symbol, text, source, published_at, received_at}`` (times ISO 8601 with
    offset, a ``url`` if there is one) or an earnings fact ``{symbol, earnings: true|false}``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def headlines(
        self, symbols: Sequence[str], at: datetime
    ) -> Mapping[str, Evidence[tuple[Headline, ...]]]:
        today = at.astimezone(NEW_YORK).date()
        lines = self._lines(today)
        if lines is None:
            return dict.fromkeys(symbols, Missing(f"no headlines recorded for {today}"))
        lines += self._lines(today - timedelta(days=1)) or []
        found: dict[str, list[Headline]] = {symbol: [] for symbol in symbols}
        for line in lines:
            if isinstance(line, Headline) and line.symbol in found:
                found[line.symbol].append(line)
        return {symbol: Known(tuple(items), "recorded", at) for symbol, items in found.items()}

    async def earnings(
        self, symbols: Sequence[str], session: TradingSession
    ) -> Mapping[str, Evidence[bool]]:
        lines = self._lines(session.date) or []
        told = dict(line for line in lines if not isinstance(line, Headline))
        return {
            symbol: Known(told[symbol], "recorded", session.open)
            if symbol in told
            else Missing("no earnings calendar")
            for symbol in symbols
        }

    def _lines(self, day: date) -> list[Headline | Earnings] | None:
        path = self._folder / f"{day}.jsonl"
        return list(_read(path)) if path.is_file() else None


def _read(path: Path) -> Iterator[Headline | Earnings]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CorruptData(f"{path}: cannot be read ({error})") from error
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
        try:
            told = _told(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            msg = f"{path}: line {number} is no headline ({type(error).__name__}: {error})"
            raise CorruptData(msg) from error
        yield told


def _told(line: Mapping[str, Any]) -> Headline | Earnings:
    if "text" not in line:
        if not isinstance(line["earnings"], bool):
            raise ValueError(f"earnings must be true or false, was {line['earnings']!r}")
        return str(line["symbol"]), line["earnings"]
    return Headline(
        symbol=str(line["symbol"]),
        text=str(line["text"]),
        source=str(line["source"]),
        published_at=_instant(line["published_at"]),
        received_at=_instant(line["received_at"]),
        url=str(line.get("url") or ""),
    )


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return at
