"""One consumer at work: keeps its place, fills its window, starts a delivery for each free key."""

import asyncio
from collections.abc import Callable

from fin_agent.adapters.persistence.courier import Courier
from fin_agent.adapters.persistence.office import Office, Place, Source, Subscription
from fin_agent.adapters.persistence.side_by_side import cut
from fin_agent.adapters.persistence.window import Entry, Window
from fin_agent.domain.errors import Inconsistent

_READ = 500  # entries at a time
_LAG = 1_000  # how far the stored cursor may be behind when only other types pass
_IDLE_S = 1.0  # how often the log is looked at when nobody wakes the consumer


class Consumer:
    """One subscription in one process; ``moved`` is called whenever a delivery has ended."""

    def __init__(
        self,
        subscription: Subscription,
        office: Office,
        source: Source,
        moved: Callable[[], None],
    ) -> None:
        self._name = subscription.consumer
        self._subscription = subscription
        self._office = office
        self._source = source
        self._moved = moved
        self._place = Place(subscription, office)
        self._courier = Courier(subscription, office, self._place)
        self._window = Window(0, office.rules.longest_delay)
        self._stored_cursor = 0
        self._awake = asyncio.Event()
        self._look = self._reload = True
        self._tasks: dict[asyncio.Task[bool], Entry] = {}
        self._failed: list[asyncio.Task[bool]] = []
        self._settled: list[Entry] = []

    def behind(self, head: int) -> int:
        """How many events up to a place of the log are not done; 0 while another works on them."""
        if not self._place.is_held:
            return 0
        return max(0, head - self._window.position) + len(self._window)

    def wake(self, *, reload: bool = False) -> None:
        """There is something new in the log; ``reload``: also among what the cursor has passed."""
        self._look = True
        self._reload = self._reload or reload
        self._awake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            while True:
                self._awake.clear()
                if await self._holds_place():
                    await self._fill()
                    self._start_ready()
                if not await self._rested():
                    self._look = True
        finally:
            await self.stop()

    async def drain(self) -> None:
        """Work until nothing more is due now."""
        self.wake()
        while await self._holds_place():
            self._awake.clear()
            await self._fill()
            self._start_ready()
            if self._tasks:
                await self._rested()
            elif not self._look or self._is_full:
                await self._keep_cursor()
                return

    async def stop(self) -> None:
        """Cut what runs and give the place back, so that the next process need not wait."""
        await cut(list(self._tasks))
        self._failed.clear()
        self._settled.clear()
        await self._place.give_back()

    @property
    def _is_full(self) -> bool:
        return len(self._window) >= self._office.rules.window

    async def _holds_place(self) -> bool:
        if self._place.is_held:
            return self._place.is_fresh() or await self._renewed(self._window.cursor())
        for task in self._tasks:  # of the time before the place was lost
            task.cancel()
        cursor = await self._place.take()
        if cursor is None:
            return False
        self._stored_cursor = cursor
        self._window = Window(cursor, self._office.rules.longest_delay)
        self._settled.clear()
        self._look = self._reload = True
        await self._source.open(self._subscription, cursor)
        return True

    async def _renewed(self, cursor: int) -> bool:
        try:
            await self._office.write(self._place.moved(cursor))
        except Inconsistent:
            if await self._place.is_lost():
                return False
            raise
        self._stored_cursor = max(self._stored_cursor, cursor)
        return True

    async def _fill(self) -> None:
        """Bring the window up to date."""
        await self._settle()
        window = self._window
        if self._reload:
            self._reload = False
            for entry in await self._office.deliveries.retries(self._name, window.position):
                window.add(entry)
        if self._look and not self._is_full:
            self._look = False
            reading = await self._source.read(_READ)
            for entry in reading.entries:
                window.add(entry)
            window.pass_to(reading.position)
            if not reading.is_all:
                self.wake()
        if window.cursor() - self._stored_cursor >= _LAG:
            await self._keep_cursor()

    async def _settle(self) -> None:
        settled, self._settled = self._settled, []
        if settled:
            await self._source.settle(settled)

    async def _keep_cursor(self) -> None:
        await self._settle()
        cursor = self._window.cursor()
        if cursor > self._stored_cursor:
            await self._renewed(cursor)

    def _start_ready(self) -> None:
        failed, self._failed = self._failed, []
        for task in failed:
            task.result()  # what a delivery cannot deal with ends the consumer
        while len(self._tasks) < self._office.rules.parallel:
            entry = self._window.take(self._office.clock.now())
            if entry is None:
                return
            task = asyncio.create_task(self._courier.deliver(entry, self._window))
            self._tasks[task] = entry
            task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[bool]) -> None:
        entry = self._tasks.pop(task)
        self._awake.set()
        self._moved()
        if task.cancelled():
            return
        if task.exception() is not None:
            self._failed.append(task)
        elif task.result():
            self._settled.append(entry)

    async def _rested(self) -> bool:
        """Wait for something to do; False when only time has passed."""
        rules, now = self._office.rules, self._office.clock.now()
        seconds = min(_IDLE_S, rules.lease.total_seconds() / 3)
        due = self._window.next_due()
        if due is not None and len(self._tasks) < rules.parallel:
            seconds = min(seconds, max(0.0, (due - now).total_seconds()))
        try:
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        except TimeoutError:
            return False
        return True
