"""A news source: one CSV file of headlines with the columns symbol, received_at and text."""

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.news import Headline
from fin_agent.domain.session import TradingSession
from fin_agent.ports import NewsPort


class HeadlineCsv(NewsPort):
    """Reads ``<folder>/headlines.csv``; without the file there is no feed, which is an absence."""

    def __init__(self, folder: Path, *, file: str = "headlines.csv") -> None:
        self._path = folder / file

    async def headlines(
        self, symbols: Sequence[str], at: datetime
    ) -> Mapping[str, Evidence[tuple[Headline, ...]]]:
        if not self._path.is_file():
            return dict.fromkeys(symbols, Missing(f"no {self._path.name}"))
        told = [headline for headline in self._read() if headline.received_at < at]
        return {
            symbol: Known(tuple(h for h in told if h.symbol == symbol), "csv", at)
            for symbol in symbols
        }

    async def earnings(
        self, symbols: Sequence[str], session: TradingSession
    ) -> Mapping[str, Evidence[bool]]:
        del session
        return dict.fromkeys(symbols, Missing("no earnings calendar"))

    def _read(self) -> list[Headline]:
        with self._path.open(encoding="utf-8", newline="") as file:
            return [_headline(row) for row in csv.DictReader(file)]


def _headline(row: Mapping[str, str]) -> Headline:
    received = datetime.fromisoformat(row["received_at"])
    return Headline(row["symbol"], row["text"], "csv", received, received)
