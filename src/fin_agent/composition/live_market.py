"""The market of a live day: providers, scans, minutes, halts and the tape, opened once a process.

Everything runs by the agent's own clock, whether it is the machine's or a fast one; only quotas,
time-outs and the pauses towards servers are in real seconds.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from fin_agent.adapters.bars.store import BarStore
from fin_agent.adapters.clock import ScanClock, SystemClock, speed_of
from fin_agent.adapters.fx.fixed import FixedFx
from fin_agent.adapters.http.timing import Timing
from fin_agent.adapters.market_data.live import Live, LiveFeeds
from fin_agent.adapters.market_data.live import LiveRules as AskingRules
from fin_agent.adapters.scheduling.agenda import Agenda, FiredPasses, Missed
from fin_agent.adapters.scheduling.scheduled_feed import ScheduledFeed, Timetable
from fin_agent.adapters.tape.answers import DUE, LIFE, text_of
from fin_agent.adapters.tape.control import RecordedControl
from fin_agent.adapters.tape.day import TapedDays
from fin_agent.adapters.tape.line import AGENT
from fin_agent.adapters.tape.reader import taped_days
from fin_agent.adapters.tape.recorder import Tape
from fin_agent.adapters.tape.recording import (
    RecordedFeed,
    RecordedFx,
    RecordedMarket,
    RecordedNews,
    Taping,
    due_json,
)
from fin_agent.adapters.ticks.feed import StreamedFeed
from fin_agent.adapters.ticks.guarded import GuardedFeed
from fin_agent.adapters.ticks.lags import FeedLags
from fin_agent.adapters.ticks.polled import PolledFeed, PollRules
from fin_agent.adapters.ticks.rules import FeedRules, FeedSeams
from fin_agent.application.desk import Desk
from fin_agent.application.live import LiveDriver
from fin_agent.composition import timetable
from fin_agent.composition.bootstrap import App
from fin_agent.composition.history import sync_history
from fin_agent.composition.live_parts import LiveParts
from fin_agent.composition.live_watch import Watchkeeper
from fin_agent.composition.providers import Given, Providers, open_providers
from fin_agent.composition.rules import profile_minutes
from fin_agent.composition.streams import trade_stream
from fin_agent.composition.tidings import Tidings
from fin_agent.composition.usage import quota_path
from fin_agent.domain.control import ErrorRaised, Latch
from fin_agent.domain.events import Event
from fin_agent.domain.session import TradingSession
from fin_agent.ports import (
    ControlPort,
    FxPort,
    OrderPort,
    ScanDue,
    SessionFeedPort,
    TimerPort,
)

Say = Callable[[str], None]
_MISSED = "the next scan of the schedule is made; start the agent earlier, keep the machine awake"


def tape_folder(app: App) -> Path:
    """Where live days are recorded."""
    return app.data_dir / "tape"


@asynccontextmanager
async def open_live_market(
    app: App, timer: TimerPort, say: Say, venue: OrderPort | None = None
) -> AsyncIterator["LiveMarket"]:
    """Everything a live day asks; a venue tells its own hours.

    Raises:
        ConfigError: an address, a chain or the schedule is wrong, or the time zones are.
    """
    tidings, clock = Tidings(), ScanClock(timer)
    hidden = app.loaded.secrets.texts()
    instruments = await app.instruments()
    names = {i.symbol: i.name for i in instruments if i.name}
    timing = Timing(clock, machine=SystemClock())
    given = Given(
        app.settings.providers, app.loaded.secrets, app.calendar, timing, tidings.add, names
    )
    async with AsyncExitStack() as held:
        tape = await held.enter_async_context(
            Tape(tape_folder(app), timer, tidings.add, secrets=hidden)
        )
        providers = await held.enter_async_context(open_providers(quota_path(app).parent, given))
        providers.network.record_to(tape.record)
        for reason in providers.left_out:
            say(reason)
        fx: FxPort = FixedFx(app.settings.fx.fixed, app.settings.account.currency)
        if app.settings.fx.fixed is None:
            fx = providers.make_fx(app.settings.fx.use, app.settings.account.currency)
        watch = await held.enter_async_context(
            Watchkeeper(app, timer, clock, providers, say, venue)
        )
        await providers.warm()
        yield LiveMarket(app, timer, clock, providers, tape, fx, tidings, watch, say, timer.now())


@dataclass(slots=True)
class LiveMarket:
    """What is open, and how a session uses it."""

    app: App
    timer: TimerPort
    clock: ScanClock
    providers: Providers
    tape: Tape
    fx: FxPort
    tidings: Tidings
    watch: Watchkeeper
    say: Say
    started: datetime
    streamed: StreamedFeed | None = None
    lags: FeedLags = field(default_factory=FeedLags)
    _timetable: Timetable | None = None
    _taping: Taping | None = None

    async def ready(self, session: TradingSession) -> None:
        """Bring the daily history up to the session before this one."""
        symbols = [instrument.symbol for instrument in await self.app.instruments()]
        await sync_history(self.app, self.providers, symbols, session, self.say)

    def begin(self, session: TradingSession, events: Sequence[Event]) -> None:
        """Take a session up: what was told and which scans were begun are not asked anew."""
        earlier: TapedDays | None = None
        if session.date in taped_days(tape_folder(self.app)):
            earlier = TapedDays(tape_folder(self.app))
            earlier.answers(session.date, DUE)  # now, before this life adds anything
        self._taping = Taping(self.tape.record, self.tape.settle, earlier)
        life = {"speed": speed_of(self.timer), "began": self.timer.now().isoformat()}
        self.tape.record(AGENT, LIFE, str(session.date), text_of(life))
        self._timetable = self._made_timetable(session, events)

    def control(
        self, control: ControlPort, latches: Sequence[Latch], driver: LiveDriver
    ) -> ControlPort:
        """The person's words, every one recorded, and what holds from before."""
        day, deciding = driver.day, self._of_session().deciding
        recorded = RecordedControl(
            control, self.tape.record, day.session.date, lambda: day.at, deciding
        )
        recorded.begin(latches)
        return recorded

    def desk(self, desk: Desk) -> Desk:
        """The same desk with the live market behind it, every answer recorded."""
        app, taping = self.app, self._of_session()
        rules = AskingRules(profile_minutes(app.settings), app.settings.scan.min_gap_pct)
        chain = self.providers.market
        feeds = LiveFeeds(chain, chain, self.providers.nasdaq)
        live = Live(BarStore(app.data_dir / "bars"), app.calendar, self.clock, feeds, rules)
        return replace(
            desk,
            market=RecordedMarket(live, taping),
            news=RecordedNews(self.providers.news, taping),
            fx=RecordedFx(self.fx, taping),
        )

    async def early_scans(self, driver: LiveDriver, every_s: float) -> None:
        """Wait for the scans before the open and make them; the person is heard meanwhile."""
        session, timer, table = driver.day.session, self.timer, self._table()
        table.repeat(driver.unfinished_scans)
        while timer.now() < session.open:
            for due in table.due(timer.now()):
                await self._scan(driver, due)
            coming = table.next_at()
            if coming is None or coming >= session.open:
                return
            await driver.hear_person()
            left = (min(coming, session.open) - timer.now()).total_seconds()
            await timer.sleep(max(0.0, min(left, every_s)))

    def feed(self, driver: LiveDriver, decided: int) -> SessionFeedPort:
        """The session's minutes and scans from now on."""
        live = self._source(driver)
        guarded = GuardedFeed(live, lambda: self.watch.halted, lambda: live.stale)
        scheduled = ScheduledFeed(guarded, self._table(), self.clock.standing)
        return RecordedFeed(scheduled, self._of_session(), decided)

    def parts(self) -> LiveParts:
        """What is to be watched of it."""
        return LiveParts(self.providers.network, self.streamed, self.lags)

    def decided(self, minute: int) -> None:
        """Everything that a minute triggers is decided and durable."""
        if self.streamed is not None:
            self.streamed.decided(minute)

    def _source(self, driver: LiveDriver) -> StreamedFeed | PolledFeed:
        app, timer, speed = self.app, self.timer, speed_of(self.timer)
        stream = trade_stream(app.settings.providers, app.loaded.secrets)
        chain, tell = self.providers.market, self.tidings.add
        if stream is None or driver.day.session.close <= timer.now():
            return PolledFeed(chain, timer, PollRules().at_speed(speed), tell)
        rules = FeedRules().at_speed(speed)
        socket = replace(rules.socket, proxy=app.settings.providers.client.proxy)
        seams = FeedSeams(chain, self.tape.record, tell, lags=self.lags)
        prices = {a.plan.symbol: a.plan.candidate.price for a in driver.day.advice}
        feed = StreamedFeed(stream, timer, replace(rules, socket=socket), seams, prices)
        self.streamed = feed
        self.watch.on_gap(lambda: feed.reconnect("the machine slept"))
        return feed

    async def _scan(self, driver: LiveDriver, due: ScanDue) -> None:
        day = str(driver.day.session.date)
        taped = self._of_session().decided_on(DUE, day, text_of(due_json(due)))
        with self.clock.standing(due.at):
            async with taped:
                await driver.look(due)

    def _made_timetable(self, session: TradingSession, events: Sequence[Event]) -> Timetable:
        """The scans of a session from the agent's start on; none of one that is over.

        ``events`` of the session say what was begun before a restart.
        """
        speed, settings = speed_of(self.timer), self.app.settings
        jobs = timetable.scan_jobs(settings.schedule, self.app.calendar, speed)
        if session.close <= self.timer.now():
            jobs = []
        fired = FiredPasses(timetable.begun_passes(events))
        begun = max(self.started, session.pre_market_open)
        return Timetable(Agenda(jobs, begun, fired), self._missed, speed)

    def _missed(self, missed: Missed) -> None:
        problem = f"the scan {missed.job} was not made: {missed.reason}"
        self.tidings.add(ErrorRaised(problem, _MISSED))

    def _of_session(self) -> Taping:
        if self._taping is None:
            raise RuntimeError("no session was begun")
        return self._taping

    def _table(self) -> Timetable:
        if self._timetable is None:
            raise RuntimeError("no session was begun")
        return self._timetable
