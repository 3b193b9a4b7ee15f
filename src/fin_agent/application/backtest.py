"""The same day driver over many days; equity and the hash chain run through."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from decimal import Decimal

from fin_agent.application.day import DayDriver, DayOutcome
from fin_agent.application.desk import Desk, TradingRules
from fin_agent.domain.events import GENESIS
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.performance import DayResult, Performance, measure
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.ports import CalendarPort, SimulatedVenue

AT_OPEN = "open"

ASSUMED_DAILY = (
    "daily bars: intraday order unknown; the open is assumed known before the auction (optimistic)"
)
ASSUMED_OPEN = "no pre-market bars stored: scanned at the open"
ASSUMED_PAPER = "fills by the paper broker's rules from one-minute bars; no order book, no queue"
ASSUMED_FX = "one fx rate for the whole run"


@dataclass(slots=True)
class RunOutcome:
    """One or many replayed days; amounts in account currency, zero days included."""

    start: Decimal
    daily: bool
    days: list[DayResult] = field(default_factory=list)
    trades: list[TradeRecord] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    locked: int = 0
    assumptions: list[str] = field(default_factory=list)
    data_quality: dict[str, object] = field(default_factory=dict)
    decision_hash: str = GENESIS

    @property
    def performance(self) -> Performance:
        return measure(self.trades, self.days, self.start, close_is_late=not self.daily)

    def add(self, day: DayOutcome) -> None:
        """Fold a finished day in."""
        self.days.append(day.result)
        self.trades.extend(day.trades)
        self.verdicts.update(day.verdicts.counts())
        self.refused.update(
            fate.split(":")[0] for fate in day.fates.values() if not fate.startswith("filled")
        )
        self.locked += day.is_locked
        self.decision_hash = day.decision_hash

    def assume(self, *sentences: str) -> None:
        """Say once what these results rest on."""
        self.assumptions.extend(s for s in sentences if s not in self.assumptions)


@dataclass(frozen=True, slots=True)
class ScanTime:
    """When a session is scanned: a New York time or the open; ``fixed`` means the user said so."""

    at: str
    fixed: bool = False

    def of(self, session: TradingSession, *, has_pre_market: bool) -> tuple[datetime, bool]:
        """The instant of a session's scan, and whether it is the opening instant."""
        if self.at == AT_OPEN:
            return session.open, True
        at = datetime.combine(session.date, time.fromisoformat(self.at), NEW_YORK)
        if at < session.open and not (has_pre_market or self.fixed):
            return session.open, True
        return at, False


VenueOf = Callable[[Decimal], SimulatedVenue]
WeightsOf = Callable[[TradingSession, datetime], Awaitable[Mapping[str, float]]]


class Replayer:
    """Drives stored days; the venue is made new for each of them.

    ``weights_of`` says what a person had made of the factors' weights before a scan.
    """

    def __init__(
        self, desk: Desk, calendar: CalendarPort, scan: ScanTime, venue_of: VenueOf
    ) -> None:
        self._desk = desk
        self._calendar = calendar
        self._scan = scan
        self._venue_of = venue_of
        self.weights_of: WeightsOf | None = None
        self._symbols = [instrument.symbol for instrument in desk.instruments]

    @property
    def rules(self) -> TradingRules:
        """What the days are decided by."""
        return self._desk.rules

    async def prepare(
        self, session: TradingSession, equity: Decimal, head: str, outcome: RunOutcome
    ) -> DayDriver:
        """Open a day and scan it; nothing is traded yet."""
        desk = self._desk
        fx = await desk.fx.rate(session.open)
        venue = self._venue_of(Decimal(repr(getattr(fx, "value", 1.0))))
        desk = replace(desk, venue=venue)
        previous = self._calendar.previous(session.date).date
        driver = DayDriver(desk, session, previous, equity, head)
        await driver.open(await desk.market.fingerprint(session, self._symbols))
        has_pre_market = await desk.market.has_pre_market(session, self._symbols)
        at, at_open = self._scan.of(session, has_pre_market=has_pre_market)
        if at_open and self._scan.at != AT_OPEN:
            outcome.assume(ASSUMED_OPEN)
        if self.weights_of is not None:
            driver.day.weights = dict(await self.weights_of(session, at))
        await driver.scan(at, at_open=at_open)
        return driver

    async def run(
        self,
        sessions: Sequence[TradingSession],
        start: Decimal,
        on_day: Callable[[DayOutcome], None] | None = None,
    ) -> RunOutcome:
        """Trade every session in order; ``on_day`` is told of each finished one."""
        daily = self._desk.rules.daily
        outcome = RunOutcome(start, daily)
        outcome.assume(ASSUMED_DAILY if daily else ASSUMED_PAPER)
        equity = start
        for session in sessions:
            driver = await self.prepare(session, equity, outcome.decision_hash, outcome)
            await driver.trade()
            day = driver.outcome()
            outcome.add(day)
            equity = day.result.equity
            if on_day is not None:
                on_day(day)
        return outcome


def quality(counts: Mapping[str, int], sessions: int) -> dict[str, object]:
    """How much of the universe could be judged at all, as counts over symbol-days."""
    judged = sum(counts.values())
    blind = sum(counts.get(rule, 0) for rule in ("history", "quote"))
    return {
        "sessions": sessions,
        "symbol_days": judged,
        "without_history": counts.get("history", 0),
        "without_quote": counts.get("quote", 0),
        "usable_share": round((judged - blind) / judged, 6) if judged else None,
    }
