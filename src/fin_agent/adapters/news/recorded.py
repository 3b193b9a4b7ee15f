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


class Recorded(NewsPort):
    """Reads ``<folder>/<date>.jsonl``; a day without a file has no feed, which is an absence.

    A line is a headline ``{symbol, text, source, published_at, received_at}`` (times ISO 8601 with
    offset) or an earnings fact ``{symbol, earnings: true|false}``.
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
            if "text" in line and line["symbol"] in found:
                found[line["symbol"]].append(_headline(line))
        return {symbol: Known(tuple(items), "recorded", at) for symbol, items in found.items()}

    async def earnings(
        self, symbols: Sequence[str], session: TradingSession
    ) -> Mapping[str, Evidence[bool]]:
        lines = self._lines(session.date) or []
        told = {line["symbol"]: bool(line["earnings"]) for line in lines if "earnings" in line}
        return {
            symbol: Known(told[symbol], "recorded", session.open)
            if symbol in told
            else Missing("no earnings calendar")
            for symbol in symbols
        }

    def _lines(self, day: date) -> list[dict[str, Any]] | None:
        path = self._folder / f"{day}.jsonl"
        return list(_read(path)) if path.is_file() else None


def _read(path: Path) -> Iterator[dict[str, Any]]:
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            line = json.loads(text)
            line["symbol"]
        except (ValueError, KeyError, TypeError) as error:
            raise CorruptData(f"{path}: line {number} is no headline ({error})") from error
        yield line


def _headline(line: Mapping[str, Any]) -> Headline:
    return Headline(
        symbol=line["symbol"],
        text=line["text"],
        source=line["source"],
        published_at=datetime.fromisoformat(line["published_at"]),
        received_at=datetime.fromisoformat(line["received_at"]),
    )
