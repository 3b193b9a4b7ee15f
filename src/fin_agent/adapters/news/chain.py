"""Several news feeds as one: the headlines of all that answer, each story once.

Spares are asked only about symbols that no feed knows anything of. A feed that does not answer is
named on the answer of the others; when nobody answers, every reason is.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from fin_agent.adapters.headlines import one_of_each
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.news import Headline
from fin_agent.domain.provider import ProviderFellBack
from fin_agent.domain.session import TradingSession
from fin_agent.ports import NewsPort

Feeds = Sequence[tuple[str, NewsPort]]
News = Evidence[tuple[Headline, ...]]


class Chain(NewsPort):
    """Feeds by name in the order of trust, and spares."""

    def __init__(self, feeds: Feeds, spares: Feeds, tell: Callable[[DomainEvent], None]) -> None:
        self._feeds = feeds
        self._spares = spares
        self._tell = tell

    async def headlines(self, symbols: Sequence[str], at: datetime) -> Mapping[str, News]:
        answers = await asyncio.gather(*(feed.headlines(symbols, at) for _, feed in self._feeds))
        told = {s: [a.get(s, Missing("no answer")) for a in answers] for s in symbols}
        found = {symbol: _merged(parts) for symbol, parts in told.items()}
        for name, spare in self._spares:
            silent = [symbol for symbol in symbols if isinstance(found[symbol], Missing)]
            if not silent:
                break
            self._tell_fallback("headlines", name, [told[s][-1] for s in silent if told[s]])
            answer = await spare.headlines(silent, at)
            for symbol in silent:
                told[symbol].append(answer.get(symbol, Missing(f"{name} sent nothing")))
                found[symbol] = _merged(told[symbol])
        return found

    async def earnings(
        self, symbols: Sequence[str], session: TradingSession
    ) -> Mapping[str, Evidence[bool]]:
        """A yes of any feed counts; else the first feed's no; else every reason."""
        feeds = (*self._feeds, *self._spares)
        answers = await asyncio.gather(*(feed.earnings(symbols, session) for _, feed in feeds))
        return {
            symbol: _earnings([a.get(symbol, Missing("no answer")) for a in answers])
            for symbol in symbols
        }

    def _tell_fallback(self, what: str, name: str, reasons: Sequence[News]) -> None:
        first = self._feeds[0][0] if self._feeds else "nobody"
        reason = next((r.reason for r in reasons if isinstance(r, Missing)), "no feed")
        self._tell(ProviderFellBack(what, first, name, len(reasons), reason))


def _merged(parts: Sequence[News]) -> News:
    known = [part for part in parts if isinstance(part, Known)]
    silent = [part.reason for part in parts if isinstance(part, Missing)]
    if not known:
        return Missing("; ".join(silent) or "no news feed is configured")
    headlines = [headline for part in known for headline in part.value]
    headlines.sort(key=lambda h: (h.published_at, h.source, h.text), reverse=True)
    flaws = [*(part.degraded for part in known if part.degraded), *silent]
    return Known(
        one_of_each(headlines),
        "+".join(part.source for part in known),
        max((part.as_of for part in known if part.as_of is not None), default=None),
        min(part.delay_s for part in known),
        "; ".join(flaws) or None,
    )


def _earnings(parts: Sequence[Evidence[bool]]) -> Evidence[bool]:
    known = [part for part in parts if isinstance(part, Known)]
    if not known:
        reasons = [part.reason for part in parts if isinstance(part, Missing)]
        return Missing("; ".join(reasons) or "no earnings calendar")
    return next((part for part in known if part.value), known[0])
