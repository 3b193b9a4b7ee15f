"""One scan of the market as it is now, beside a running agent or without one; it sends nothing."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from fin_agent.adapters.bars.store import BarStore
from fin_agent.adapters.fx.fixed import FixedFx
from fin_agent.adapters.http.timing import Timing
from fin_agent.adapters.market_data.live import Live, LiveFeeds, LiveRules
from fin_agent.application.day import DayDriver
from fin_agent.composition.bootstrap import App, Scope, memory_store
from fin_agent.composition.history import sync_history
from fin_agent.composition.providers import Given, open_providers
from fin_agent.composition.rules import profile_minutes
from fin_agent.composition.standing import Standing, standing
from fin_agent.composition.usage import quota_path
from fin_agent.domain.events import GENESIS, DomainEvent
from fin_agent.domain.evidence import Evidence, value_of
from fin_agent.domain.position import PositionReviewed
from fin_agent.domain.risk import PlanAdvised
from fin_agent.domain.session import TradingSession
from fin_agent.domain.verdict import Verdict
from fin_agent.ports import FxPort


@dataclass(frozen=True, slots=True)
class PlanLookedAt:
    """A plan of today's earlier scans, what became of it, and what this scan says."""

    advice: PlanAdvised
    fate: str
    verdict: Verdict
    composite: float | None


@dataclass(frozen=True, slots=True)
class ScannedNow:
    """A scan with what it was made with, and what the agent holds and has planned today."""

    driver: DayDriver
    fx: Evidence[float]
    standing: Standing | None

    def reviews(self) -> Sequence[PositionReviewed]:
        """What this scan says of each open position, in order of symbol."""
        day = self.driver.day
        if self.standing is None or day.section is None or day.verdicts is None:
            return ()
        scores = {candidate.symbol: candidate.composite for candidate in day.candidates}
        found = []
        for held in sorted(self.standing.positions, key=lambda held: held.position.symbol):
            symbol = held.position.symbol
            if symbol in day.verdicts:
                price = value_of(day.section.snapshot(symbol).price)
                verdict = day.verdicts[symbol]
                found.append(PositionReviewed(held.position, verdict, price, scores.get(symbol)))
        return found

    def plans_before(self) -> Sequence[PlanLookedAt]:
        """The newest plan of each symbol that was advised today, in order of symbol."""
        day = self.driver.day
        if self.standing is None or day.verdicts is None:
            return ()
        scores = {candidate.symbol: candidate.composite for candidate in day.candidates}
        newest = {advice.plan.symbol: advice for advice in self.standing.day.advice}
        fates = self.standing.fates
        return [
            PlanLookedAt(
                newest[symbol], fates.get(symbol, ""), day.verdicts[symbol], scores.get(symbol)
            )
            for symbol in sorted(newest)
            if symbol in day.verdicts
        ]


async def scan_now(
    app: App, session: TradingSession, symbols: Sequence[str], say: Callable[[str], None]
) -> ScannedNow:
    """Scan the universe, or some symbols, at this moment.

    Raises:
        ConfigError: a provider is configured wrongly.
        UsageError: a symbol is neither in the universe nor stored.
    """
    desk, _, _ = await app.desk(Scope(tuple(symbols)), memory_store())
    asked = [instrument.symbol for instrument in desk.instruments]
    names = {i.symbol: i.name for i in desk.instruments if i.name}
    settings, told = app.settings, list[DomainEvent]()
    given = Given(
        settings.providers,
        app.loaded.secrets,
        app.calendar,
        Timing(app.clock),
        told.append,
        names,
    )
    async with AsyncExitStack() as held:
        providers = await held.enter_async_context(open_providers(quota_path(app).parent, given))
        for reason in providers.left_out:
            say(reason)
        await providers.warm()
        await sync_history(app, providers, asked, session, say)
        fx: FxPort = FixedFx(settings.fx.fixed, settings.account.currency)
        if settings.fx.fixed is None:
            fx = providers.make_fx(settings.fx.use, settings.account.currency)
        chain = providers.market
        market = Live(
            BarStore(app.data_dir / "bars"),
            app.calendar,
            app.clock,
            LiveFeeds(chain, chain, providers.nasdaq),
            LiveRules(profile_minutes(settings), settings.scan.min_gap_pct),
        )
        desk = replace(desk, market=market, news=providers.news, fx=fx)
        previous = app.calendar.previous(session.date).date
        driver = DayDriver(desk, session, previous, settings.account.bankroll, GENESIS)
        found = await _today(app, driver, session)
        at = app.clock.now()
        await driver.scan(at, at_open=False)
        return ScannedNow(driver, await fx.rate(at), found)


async def _today(app: App, driver: DayDriver, session: TradingSession) -> Standing | None:
    """What the agent has of today, folded into the book: it counts against every limit."""
    found = await standing(app)
    if found.session_date != session.date:
        return None
    book = driver.day.book
    book.state = found.state
    for intent in found.day.intents:
        book.reserve(intent)
    for fill in found.day.fills:
        book.fold(fill)
    return found
