"""Scan: one verdict for every symbol of the universe, a score for those that pass every gate."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from fin_agent.application.commands import (
    ChangeWeights,
    DrawPlans,
    MarketSeen,
    ReviewPositions,
    ScanMarket,
)
from fin_agent.application.desk import Day, Desk
from fin_agent.domain.candidate import CandidatesRanked, rank, selected
from fin_agent.domain.control import WeightsChanged
from fin_agent.domain.entry import Expiry, PlanExpired
from fin_agent.domain.evidence import Evidence, Known, Missing, value_of
from fin_agent.domain.factor import candidate_of, setup_of, weighted
from fin_agent.domain.gates import ScanContext
from fin_agent.domain.news import Headline, known_at, plain_text
from fin_agent.domain.session import TradingSession
from fin_agent.domain.snapshot import Snapshot
from fin_agent.domain.verdict import CrossSection, UniverseJudged, Verdicts
from fin_agent.ports import ScanRequest, SentimentPort

_BLIND = frozenset({"quote", "fx"})  # the verdicts of what nobody could look at
_NO_FEED = Missing("no news feed answered")
_NO_EARNINGS = Missing("no earnings calendar")


async def look_at_market(day: Day, at: datetime, *, at_open: bool) -> MarketSeen:
    """Ask every provider; nothing of the day changes, so that others may work on it meanwhile.

    ``at_open`` means the opening instant.

    Raises:
        Unavailable: nobody knows the market.
    """
    desk, session = day.desk, day.session
    fx = await desk.fx.rate(at)
    request = ScanRequest(session, day.previous, at, at_open, desk.instruments)
    section = await desk.market.cross_section(request)
    verdicts = section.judge(ScanContext(day.rules.scan, at, fx))
    return MarketSeen(at, fx, section, verdicts, await _passed(section, verdicts, desk, session))


async def scan_market(day: Day, command: ScanMarket) -> Sequence[object]:
    """Score and rank what was judged; the selected candidates go on to plans.

    A later scan of the day knows better: what was armed and did not trigger gives way to it, but
    for symbols that it could not see (no quote, no rate).
    """
    seen, rules = command.seen, day.rules.scan
    day.at = seen.at
    context = ScanContext(rules, seen.at, seen.fx)
    if isinstance(seen.fx, Known):
        day.use_fx(seen.fx.value)
    day.section, day.verdicts = seen.section, seen.verdicts
    day.record(UniverseJudged(seen.at, value_of(seen.fx), day.verdicts))
    factors = weighted(day.desk.factors, day.weights)
    scored = [candidate_of(setup_of(s, context.rate), factors) for s in seen.passed]
    ranked, verdicts = rank(scored, rules)
    for verdict in verdicts:
        day.verdicts.settle(verdict)
    day.candidates = ranked
    thin = tuple(verdict for verdict in verdicts if verdict.verdict == "evidence")
    day.record(CandidatesRanked(ranked, thin, dict(day.weights) or None))
    blind = {w.plan.symbol for w in day.watches if day.verdicts[w.plan.symbol].verdict in _BLIND}
    given_way = [watch for watch in day.watches if watch.plan.symbol not in blind]
    day.watches = [watch for watch in day.watches if watch.plan.symbol in blind]
    day.cumulative = None
    minute = day.session.minute_of(seen.at)
    follow: list[object] = [PlanExpired(w.plan, Expiry.SUPERSEDED, minute) for w in given_way]
    follow.append(DrawPlans(seen.at, selected(ranked, rules)))
    return [*follow, ReviewPositions()] if day.book.open else follow


async def change_weights(day: Day, command: ChangeWeights) -> Sequence[object]:
    """Weigh the factors anew from the next scan on; what was scanned keeps its scores."""
    day.weights |= command.weights
    day.record(WeightsChanged(dict(day.weights), command.reason))
    return []


async def _passed(
    section: CrossSection, verdicts: Verdicts, desk: Desk, session: TradingSession
) -> list[Snapshot]:
    """The snapshots of symbols that passed every gate, completed by news."""
    symbols = sorted(verdicts.passed)
    if not symbols:
        return []
    headlines = await desk.news.headlines(symbols, section.at)
    earnings = await desk.news.earnings(symbols, session)
    return [
        _completed(
            section.snapshot(symbol),
            _scored(headlines.get(symbol, _NO_FEED), section.at, desk.sentiment),
            earnings.get(symbol, _NO_EARNINGS),
        )
        for symbol in symbols
    ]


def _completed(
    snapshot: Snapshot,
    headlines: Evidence[tuple[Headline, ...]],
    earnings: Evidence[bool],
) -> Snapshot:
    short_interest = snapshot.short_interest
    listed = snapshot.instrument.short_float_pct
    if isinstance(short_interest, Missing) and listed is not None:
        short_interest = Known(listed, "universe")
    return snapshot.completed(headlines, earnings, short_interest)


def _scored(
    answer: Evidence[tuple[Headline, ...]], at: datetime, sentiment: SentimentPort
) -> Evidence[tuple[Headline, ...]]:
    """Only stories received before the scan count, each once and with its sentiment."""
    if isinstance(answer, Missing):
        return answer
    known = tuple(
        headline
        if headline.sentiment is not None
        else replace(
            headline,
            sentiment=sentiment.compound(plain_text(headline.text)),
            scored_by=sentiment.name,
        )
        for headline in known_at(answer.value, at)
    )
    return replace(answer, value=known)
