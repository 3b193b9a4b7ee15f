"""No news feed at all: every answer is a named absence."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fin_agent.domain.evidence import Evidence, Missing
from fin_agent.domain.news import Headline
from fin_agent.domain.session import TradingSession
from fin_agent.ports import NewsPort


class Silent(NewsPort):
    """The default for stored days: nobody recorded what the headlines were."""

    async def headlines(
        self, symbols: Sequence[str], at: datetime
    ) -> Mapping[str, Evidence[tuple[Headline, ...]]]:
        del at
        return dict.fromkeys(symbols, Missing("no news feed"))

    async def earnings(
        self, symbols: Sequence[str], session: TradingSession
    ) -> Mapping[str, Evidence[bool]]:
        del session
        return dict.fromkeys(symbols, Missing("no earnings calendar"))
