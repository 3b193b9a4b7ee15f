"""Watches the world beside the session: the machine's clocks, the venue's hours, the halts."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from fin_agent.adapters.clock import AcceleratedClock
from fin_agent.adapters.market_data.finnhub import Finnhub
from fin_agent.adapters.scheduling.hours_watch import AskHours, HoursWatch
from fin_agent.adapters.scheduling.skew_watch import SkewWatch
from fin_agent.adapters.scheduling.time_zones import check_zone_data
from fin_agent.adapters.scheduling.vigil import ClockStepped, Slept, Vigil
from fin_agent.adapters.ticks.guarded import HaltWatch
from fin_agent.composition.bootstrap import App
from fin_agent.composition.providers import Providers
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.evidence import Known
from fin_agent.domain.session import VenueHours
from fin_agent.ports import ClockPort, OrderPort, TimerPort

_STEP_IS_A_GAP_S = 5.0  # a paused virtual machine comes back as a step forward


class Watchkeeper:
    """Runs beside the agent in real time; used inside ``async with``.

    ``interruptions`` are handed over once; ``clock_doubt`` says why no entry may be sent now.
    """

    def __init__(
        self,
        app: App,
        timer: TimerPort,
        clock: ClockPort,
        providers: Providers,
        say: Callable[[str], None],
        venue: OrderPort | None = None,
    ) -> None:
        self._app = app
        self._timer = timer
        self._providers = providers
        self._say = say
        self._halts = HaltWatch(providers.nasdaq, clock)
        self._skew = SkewWatch()
        self._gaps: deque[str] = deque(maxlen=16)
        self._reconnect: Callable[[], object] = lambda: None
        finnhub = providers.sources.get("finnhub")
        told: list[tuple[AskHours, bool]] = [] if venue is None else [(venue.hours, True)]
        if isinstance(finnhub, Finnhub):
            told.append((lambda: self._market_status(finnhub), False))
        self._hours = HoursWatch(app.calendar, timer.now, self._skew, told)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Raises ConfigError when the time zones of this machine are wrong."""
        found = check_zone_data(self._app.calendar, self._timer.now())
        if found.problems:
            raise ConfigError([*found.problems])
        for warning in found.warnings:
            self._say(warning)
        if not isinstance(self._timer, AcceleratedClock):  # a fast clock is nobody's time
            self._providers.network.client.on_time = self._skew.heard
            self._tasks.append(asyncio.create_task(self._hours.watch(), name="venue hours"))
        self._tasks.append(asyncio.create_task(self._see_gaps(), name="vigil"))
        self._tasks.append(asyncio.create_task(self._halts.watch(), name="halts"))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def on_gap(self, reconnect: Callable[[], object]) -> None:
        """What is to be connected anew when the machine slept."""
        self._reconnect = reconnect

    @property
    def halted(self) -> frozenset[str]:
        return self._halts.halted

    def interruptions(self) -> Sequence[str]:
        """Why everything known is to be doubted, each once; raises what ended a watch."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()
        found = [*self._gaps]
        self._gaps.clear()
        return found

    def clock_doubt(self) -> str | None:
        """Why no entry may be sent by our clock or calendar."""
        return self._skew.doubt or self._hours.doubt

    async def _see_gaps(self) -> None:
        async for found in Vigil().watch():
            is_gap = isinstance(found, Slept) or abs(found.seconds) > _STEP_IS_A_GAP_S
            if is_gap or isinstance(found, ClockStepped):
                self._gaps.append(str(found))
            if is_gap:
                self._reconnect()

    async def _market_status(self, source: Finnhub) -> VenueHours | None:
        told = await source.market_status()
        if not isinstance(told, Known) or told.as_of is None:
            return None
        return VenueHours(told.as_of, told.value.is_open)
