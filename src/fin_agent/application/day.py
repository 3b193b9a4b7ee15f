"""Drives one session through the table; live, replay and backtest all call this.

The order of things at the end of each minute is strategy.md section 7: fills of the bar, mark,
daily-loss lock, window cancels, flatten, triggers in order of rank.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from fin_agent.application import watch_session
from fin_agent.application.commands import (
    CancelEntries,
    CloseSession,
    FlattenPositions,
    LockSession,
    RecordReport,
    ScanMarket,
)
from fin_agent.application.decisions import DecisionLog
from fin_agent.application.desk import Day, Desk
from fin_agent.application.scan_market import look_at_market
from fin_agent.application.subscriptions import SUBSCRIPTIONS
from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.entry import Expiry, PlanExpired, PlanTriggered
from fin_agent.domain.errors import Inconsistent
from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.performance import DayResult
from fin_agent.domain.risk import PlanAdvised
from fin_agent.domain.session import SessionOpened, TradingSession
from fin_agent.domain.verdict import Verdicts
from fin_agent.ports import MinuteBars, SimulatedVenue

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class DayOutcome:
    """Everything a session decided and what came of it; amounts in account currency."""

    session: TradingSession
    at: datetime
    fx: Decimal
    verdicts: Verdicts
    candidates: Sequence[TradeCandidate]
    advice: Sequence[PlanAdvised]
    fates: dict[str, str]
    trades: Sequence[TradeRecord]
    result: DayResult
    is_locked: bool
    decision_hash: str


class DayDriver:
    """One session from the first scan to the day's result."""

    def __init__(
        self, desk: Desk, session: TradingSession, previous: date, equity: Decimal, head: str
    ) -> None:
        log = DecisionLog(desk.rules.account, session.date, head)
        self.day = Day(desk, session, previous, equity, log)
        rules = desk.rules.session
        self._entry_end = session.entry_end(rules)
        self._flat_at = session.flat_at(rules)
        self._cap = desk.rules.risk.daily_loss_cap

    async def scan(self, at: datetime, *, at_open: bool) -> None:
        """One scan, with plans and advice; sends nothing."""
        await self._handle([ScanMarket(await look_at_market(self.day, at, at_open=at_open))])

    async def open(self, inputs: str) -> None:
        """Record what the day is decided by and on."""
        day = self.day
        day.at = day.session.pre_market_open  # whenever the program was started
        day.record(SessionOpened(day.session, day.equity, day.rules.settings, inputs))
        await day.commit()

    async def trade(self) -> None:
        """Live through the session minute by minute from the scan on, then close it."""
        day, desk = self.day, self.day.desk
        first = max(0, day.session.minute_of(day.at))
        self._at_minute(first)
        if first < self._entry_end:
            await self._handle(watch_session.at_open(day))
        else:
            await self._handle([CancelEntries(first, Expiry.WINDOW)])
        symbols = sorted(watch.plan.symbol for watch in day.watches)
        symbols = sorted({*symbols, *(i.symbol for i in day.book.intents.values())})
        if symbols:
            async for minute in desk.market.minutes(day.session, symbols):
                if minute.minute < first:
                    watch_session.before_scan(day.watches, minute)
                else:
                    await self._minute(minute)
        self._at_minute(day.session.minutes)
        self._simulated().at_close()
        await self._reports()
        await self._handle([CloseSession()])

    def outcome(self) -> DayOutcome:
        """The finished day.

        Raises:
            ValueError: nothing was scanned yet.
        """
        day = self.day
        if day.verdicts is None or day.section is None:
            msg = "a day without a scan has no outcome"
            raise ValueError(msg)
        result = DayResult(day.session.date, day.book.equity, day.book.realised)
        return DayOutcome(
            session=day.session,
            at=day.section.at,
            fx=day.book.fx,
            verdicts=day.verdicts,
            candidates=day.candidates,
            advice=day.advice,
            fates=day.fates,
            trades=day.trades,
            result=result,
            is_locked=day.is_locked,
            decision_hash=day.log.head,
        )

    async def _minute(self, minute: MinuteBars) -> None:
        day, end = self.day, minute.minute + 1
        self._fill(minute)
        self._at_minute(end)
        await self._reports()
        day.book.on_bars(minute)
        if not day.is_locked and day.book.has_lost(self._cap):
            await self._handle([LockSession(end)])
        if end == self._entry_end:
            await self._handle([CancelEntries(end, Expiry.WINDOW)])
        if end == self._flat_at:
            await self._handle([FlattenPositions(end, "flat")])
        if day.watches and end < self._entry_end:
            await self._decide(watch_session.after(day, minute))

    def _fill(self, minute: MinuteBars) -> None:
        self._simulated().on_bars(minute)

    async def _decide(self, found: Sequence[PlanTriggered | PlanExpired]) -> None:
        """Act on what the end of a minute triggers; on a stored day it is in time by definition."""
        await self._handle(found)

    def _simulated(self) -> SimulatedVenue:
        """The venue that fills from bars.

        Raises:
            Inconsistent: stored days were given a venue that trades for real.
        """
        venue = self.day.desk.venue
        if not isinstance(venue, SimulatedVenue):
            raise Inconsistent(f"{type(venue).__name__} cannot fill from stored bars")
        return venue

    async def _reports(self) -> None:
        reports = self.day.desk.venue.drain()
        if reports:
            await self._handle([RecordReport(report) for report in reports])

    def _at_minute(self, minute: int) -> None:
        self.day.at = self.day.session.open + minute * _MINUTE

    async def _handle(self, messages: Iterable[object]) -> None:
        """Route messages and what follows from them, first in, first out."""
        queue = deque(messages)
        while queue:
            message = queue.popleft()
            queue.extend(await SUBSCRIPTIONS[type(message)](self.day, message))
            if not queue:
                queue.extend(RecordReport(report) for report in self.day.desk.venue.drain())
        await self.day.commit()
