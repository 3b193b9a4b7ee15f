"""A live day once more from its tape: the same driver, no network, no clock of its own."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from fin_agent.adapters.fx.taped import TapedFx
from fin_agent.adapters.market_data.taped import Taped
from fin_agent.adapters.news.taped import Taped as TapedNews
from fin_agent.adapters.tape.answers import LIFE
from fin_agent.adapters.tape.control import TapedControl
from fin_agent.adapters.tape.day import TapedDays
from fin_agent.adapters.tape.feed import TapeClock, TapedFeed
from fin_agent.adapters.tape.reader import taped_days
from fin_agent.application.backtest import RunOutcome
from fin_agent.application.desk import TradingRules
from fin_agent.application.limits import LimitRules, OrderLimits
from fin_agent.application.live import LiveDriver
from fin_agent.application.live_state import LiveRules, LiveState
from fin_agent.composition.bootstrap import App, Scope
from fin_agent.composition.journal import LIVE, decisions_of
from fin_agent.composition.maintenance import state_path
from fin_agent.composition.weights import weights_recorded
from fin_agent.domain.control import StoredDay
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.events import GENESIS, Event
from fin_agent.domain.session import TradingSession
from fin_agent.ports import (
    FeedItem,
    MarketDataPort,
    ScanDue,
    SessionFeedPort,
    StorePort,
)

ASSUMED_TAPE = "replayed from the tape of the live day; fills by the paper broker's rules"


@dataclass(frozen=True, slots=True)
class TapedRun:
    """A replayed live day, and the market that can be asked about it."""

    run: RunOutcome
    driver: LiveDriver
    rules: TradingRules
    market: MarketDataPort


def has_tape(app: App, day: date) -> bool:
    """Whether a live day was recorded."""
    return day in taped_days(app.data_dir / "tape")


async def live_decisions(app: App, day: date) -> Sequence[Event]:
    """What the agent itself decided on a day; empty when its database does not know the day."""
    if not state_path(app).is_file():
        return []
    return await decisions_of(app, LIVE, day)


async def replay_tape(app: App, session: TradingSession, store: StorePort) -> TapedRun:
    """Drive a recorded session again.

    Raises:
        CorruptData: the tape was changed, or holds no scan.
    """
    folder, clock = app.data_dir / "tape", TapeClock(session.pre_market_open)
    desk, _, venue_of = await app.desk(Scope(), store)
    market, fx = Taped(folder), TapedFx(folder)
    desk = replace(desk, market=market, news=TapedNews(folder), fx=fx)
    rate = await fx.rate(session.open)
    desk = replace(desk, venue=venue_of(Decimal(repr(getattr(rate, "value", 1.0)))))
    equity = _equity(await live_decisions(app, session.date), app.settings.account.bankroll)
    previous = app.calendar.previous(session.date).date
    driver = LiveDriver(desk, session, previous, equity, GENESIS)
    rules = LiveRules().at_speed(_speed(TapedDays(folder), session))
    control = TapedControl()
    live = LiveState(rules, OrderLimits(LimitRules()), control, clock.now)

    async def hear(at: datetime) -> None:
        clock.at = driver.day.at = at
        await driver.hear_person()

    feed = TapedFeed(folder, session.date, clock, control.say, hear)
    await driver.recover(live, StoredDay(), feed.latches())
    await driver.open(await market.fingerprint(session, ()))
    async for due in feed.early_scans(session):
        driver.day.weights = dict(await weights_recorded(app, session.date, due.at))
        await driver.look(due)
    await driver.run(_Weighed(feed, app, driver))
    if not driver.was_scanned:
        raise CorruptData(f"the tape of {session.date} holds no scan")
    run = RunOutcome(equity, daily=False)
    run.assume(ASSUMED_TAPE)
    run.add(driver.outcome())
    return TapedRun(run, driver, desk.rules, market)


class _Weighed(SessionFeedPort):
    """Another feed; each scan of it weighs the factors as the agent did."""

    def __init__(self, feed: SessionFeedPort, app: App, driver: LiveDriver) -> None:
        self._feed = feed
        self._app = app
        self._driver = driver

    async def follow(
        self, session: TradingSession, symbols: Sequence[str]
    ) -> AsyncGenerator[FeedItem, None]:
        async with aclosing(self._feed.follow(session, symbols)) as items:
            async for item in items:
                if isinstance(item, ScanDue):
                    weights = await weights_recorded(self._app, session.date, item.at)
                    self._driver.day.weights = dict(weights)
                yield item


def _equity(decisions: Sequence[Event], bankroll: Decimal) -> Decimal:
    """What the day began with."""
    opened = (event for event in decisions if event.type == "SessionOpened")
    return next((Decimal(json.loads(event.payload)["equity"]) for event in opened), bankroll)


def _speed(days: TapedDays, session: TradingSession) -> float:
    """The speed of the clock that the day was lived by."""
    lives = days.answers(session.date, LIFE).get(str(session.date), ())
    return max((float(life["speed"]) for life in lives), default=1.0)
