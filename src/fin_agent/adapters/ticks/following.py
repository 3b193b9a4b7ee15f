"""One session followed on a trade stream: its minutes, its silences and its gaps.

A minute is complete when the clock passed its end by a grace and a print of a later minute came;
without one, after a patience. What comes for it later is counted, not folded: it was decided on.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from math import inf

from fin_agent.adapters.http.conversation import Conversation
from fin_agent.adapters.http.socket import SocketOwner
from fin_agent.adapters.ticks.book import MINUTE_MS, TickBook
from fin_agent.adapters.ticks.gaps import Filled, Gaps, asked, beats_while
from fin_agent.adapters.ticks.rules import FeedRules, FeedSeams, FeedStatistics
from fin_agent.adapters.ticks.trades import TradeStream
from fin_agent.adapters.ticks.watch import Remedy, StreamWatch
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.market import Bar
from fin_agent.domain.provider import ProviderFellBack, ProviderSuspended
from fin_agent.domain.session import TradingSession
from fin_agent.ports import MinuteBars, Pulse, TimerPort

_MINUTE = timedelta(minutes=1)


class Following:
    """Make it, ``start`` it, take the minutes in order, ``close`` it."""

    def __init__(
        self,
        stream: TradeStream,
        timer: TimerPort,
        session: TradingSession,
        symbols: Sequence[str],
        rules: FeedRules,
        seams: FeedSeams,
    ) -> None:
        self._stream, self._timer, self._session = stream, timer, session
        self._rules, self._seams = rules, seams
        self._symbols = [*dict.fromkeys(symbols)]
        extra = [] if rules.reference is None else [rules.reference]
        self._asked = [*dict.fromkeys([*symbols, *extra])]
        self.book = TickBook(session, self._asked, rules.future_s * 1000.0)
        self.watch = StreamWatch(rules.watch)
        self.statistics = FeedStatistics()
        self.owner = SocketOwner(
            lambda: stream.address,
            self._introduce,
            self._hear,
            rules.socket,
            seams.timing,
        )
        self._gaps = Gaps()
        self._gaps.open(-inf)  # until the first connection
        self._cut_off: dict[str, Gaps] = {}
        self._is_connected = self._is_open = False
        self._connections = 0
        self._looked: dict[str, int] = {}
        self._handed_over: tuple[int, bool] | None = None

    def start(self) -> None:
        if self._symbols:
            self.owner.start()

    async def close(self) -> None:
        await self.owner.close()

    async def earlier(self, first: int) -> AsyncGenerator[MinuteBars | Pulse, None]:
        """The minutes that were over before the start."""
        if first == 0 or not self._symbols:
            for number in range(first):
                yield MinuteBars(number, {})
            return
        asking = self._ask(self._symbols, 0, first - 1)
        async with aclosing(self._while(asking)) as pulses:
            async for pulse in pulses:
                yield pulse
        filled = asking.result()
        self._tell_filled(filled, f"{first} minutes before the start")
        for number in range(first):
            yield MinuteBars(number, filled.bars.get(number, {}))

    async def minute(self, number: int) -> AsyncGenerator[MinuteBars | Pulse, None]:
        """One minute, when it is complete."""
        end = self._session.open + (number + 1) * _MINUTE
        left = self._left_s(end)
        while left > 0:
            await self._timer.sleep(min(self._rules.every_s, left))
            await self._look()
            left = self._left_s(end)
            if left > 0:  # else the minute itself is next, and orders wait for it
                yield Pulse(self._timer.now())
        if self._symbols and self.book.watermark_ms < _ms(end):
            self.statistics.forced += 1
        bars = self.book.hand_over(number)
        broken = self._broken(number)
        self._handed_over = (number, bool(broken))
        if broken:
            asking = self._ask(broken, number, number)
            async with aclosing(self._while(asking)) as pulses:
                async for pulse in pulses:
                    yield pulse
            self._repair(number, bars, broken, asking.result())
        yield MinuteBars(number, {s: bar for s, bar in bars.items() if s in self._symbols})

    def decided(self, number: int) -> None:
        """Everything that a minute triggers is decided: count how late that is."""
        if self._handed_over is None or self._handed_over[0] != number:
            return  # it was over before the start
        end = self._session.open + (number + 1) * _MINUTE
        late_s = (self._timer.now() - end).total_seconds() - self._rules.grace_s
        lags = self._seams.lags
        kind = lags.repaired if self._handed_over[1] else lags.streamed
        kind.note(late_s / self._rules.speed)

    def _left_s(self, end: datetime) -> float:
        """Seconds of the clock until a minute may be handed over; 0 when it may now."""
        rules, now = self._rules, self._timer.now()
        if not self._symbols:
            return max(0.0, (end - now).total_seconds())
        over = (now - end).total_seconds()
        if over < rules.grace_s:
            return rules.grace_s - over
        if self.book.watermark_ms >= _ms(end):
            return 0.0
        return min(rules.grace_s, max(0.0, rules.patience_s - over))

    def _ask(self, symbols: Sequence[str], first: int, last: int) -> "asyncio.Task[Filled]":
        source, again_s = self._seams.back_fill, self._rules.again_s
        minutes = first, last
        return asyncio.create_task(
            asked(source, self._session, symbols, minutes, again_s, self._timer)
        )

    async def _while(self, asking: "asyncio.Task[Filled]") -> AsyncGenerator[Pulse, None]:
        """Pulses until an answer is there, with an eye on the stream at each."""
        async with aclosing(beats_while(asking, self._timer, self._rules.every_s)) as beats:
            async for _ in beats:
                await self._look()
                yield Pulse(self._timer.now())

    def _hear(self, frame: bytes) -> None:
        now_ms, began_s = _ms(self._timer.now()), self._seams.real_s()
        if self._seams.record is not None:
            self._seams.record(self._stream.name, "frame", "trades", frame)
        self.statistics.frames += 1
        heard = self._stream.read(frame)
        self.book.take_frame(heard, now_ms)
        ticks = heard.ticks or heard.named
        if ticks:
            late_s = (now_ms - ticks[-1].at_ms) / 1000.0 / self._rules.speed
            self._seams.lags.prints.note(late_s + self._seams.real_s() - began_s)
        if heard.remarks:
            self.statistics.remarks += len(heard.remarks)
            self._suspended("; ".join(heard.remarks))

    async def _look(self) -> None:
        """See whether anybody fell silent, and do something about it."""
        self.owner.check()
        real = self._seams.real_s()
        ticks = {symbol: line.ticks for symbol, line in self.book.lines.items()}
        self._conflate(ticks)
        is_open = self._session.open <= self._timer.now() < self._session.close
        if not self._follow_connection(ticks, real, is_open=is_open) or not is_open:
            return
        remedy, symbols = self.watch.look(ticks, real)
        self._mark_cut_off()
        if remedy is Remedy.RECONNECT:
            self.statistics.reconnected += 1
            self._suspended(f"silent for {self._rules.watch.reconnect_s:g} s")
            self.owner.reconnect("silent")
            self.watch.begin(ticks, real)
        elif remedy is Remedy.RESUBSCRIBE:
            self.statistics.resubscribed += 1
            await self._ask_again(symbols)
        if self.watch.stale >= {*self._asked}:  # every symbol: nothing of this time is known
            self._gaps.open(self.book.watermark_ms)
        else:
            self._gaps.close(_ms(self._timer.now()))

    async def _ask_again(self, symbols: Sequence[str]) -> None:
        talk = self.owner.talk
        if talk is None:
            return
        try:
            await self._stream.ask_again(talk, symbols)
        except Unavailable as error:
            self.owner.reconnect(str(error))

    async def _introduce(self, talk: Conversation) -> None:
        """Greet on a new connection: what was made since the last print of the old one is lost."""
        if self.owner.connections:
            self._gaps.open(max(self.book.watermark_ms, _ms(self._session.pre_market_open)))
        await self._stream.introduce(talk, self._asked)
        self._gaps.close(_ms(self._timer.now()) + 1000.0 * self._rules.subscribed_s)

    def _follow_connection(self, ticks: Mapping[str, int], real: float, *, is_open: bool) -> bool:
        """Note when the connection ends and begins; True while it is there.

        It may have ended and begun since the last look: connections are counted for that.
        """
        is_connected, count = self.owner.talk is not None, self.owner.connections
        is_new = count != self._connections
        if self._is_connected and (is_new or not is_connected):
            self._suspended(self.owner.last_problem)
        if is_connected and (is_new or is_open != self._is_open):
            self.watch.begin(ticks, real)
        if not is_connected:
            self.watch.stale = frozenset(self._asked)
            if count:
                self._gaps.open(max(self.book.watermark_ms, _ms(self._session.pre_market_open)))
        self._is_connected, self._is_open, self._connections = is_connected, is_open, count
        return is_connected

    def _mark_cut_off(self) -> None:
        now = _ms(self._timer.now())
        for symbol in self.watch.cut_off - self._cut_off.keys():
            found = self.book.newest(symbol)
            self._cut_off[symbol] = Gaps()
            self._cut_off[symbol].open(now if found is None else found[1])
        for symbol in self._cut_off.keys() - self.watch.cut_off:
            self._cut_off[symbol].close(now)

    def _broken(self, number: int) -> list[str]:
        """The symbols whose minute the stream did not see whole."""
        start = _ms(self._session.open + number * _MINUTE)
        end = start + MINUTE_MS
        if self._symbols and self._gaps.touch(start, end):
            return self._symbols
        found = [
            s for s in self._symbols if s in self._cut_off and self._cut_off[s].touch(start, end)
        ]
        for symbol in [s for s, gaps in self._cut_off.items() if not gaps.touch(start, inf)]:
            del self._cut_off[symbol]
        return found

    def _repair(self, number: int, bars: dict[str, Bar], broken: list[str], filled: Filled) -> None:
        for symbol, bar in filled.bars.get(number, {}).items():
            bars[symbol] = bar
            self.statistics.repaired += 1
        self.statistics.unrepaired += len(
            {*broken} & {*filled.unknown} - {*filled.bars.get(number, {})}
        )
        self._tell_filled(filled, f"minute {number}")

    def _tell_filled(self, filled: Filled, what: str) -> None:
        known = len({symbol for bars in filled.bars.values() for symbol in bars})
        reason = f"{what}: {known} symbols repaired"
        if filled.unknown:
            reason += f", {len(filled.unknown)} not ({filled.why})"
        self._tell(
            ProviderFellBack("trades", self._stream.name, filled.source or "nobody", known, reason)
        )

    def _suspended(self, reason: str) -> None:
        self._tell(ProviderSuspended(self._stream.name, 0, f"trade stream: {reason}"))

    def _tell(self, event: DomainEvent) -> None:
        if self._seams.tell is not None:
            self._seams.tell(event)

    def _conflate(self, ticks: Mapping[str, int]) -> None:
        """Between two looks only the newest price of a symbol is seen; the others are counted."""
        for symbol, count in ticks.items():
            new = count - self._looked.get(symbol, 0)
            self.statistics.conflated += max(0, new - 1)
        self._looked = dict(ticks)


def _ms(at: datetime) -> float:
    return at.timestamp() * 1000.0
