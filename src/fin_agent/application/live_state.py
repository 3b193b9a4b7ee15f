"""What a session knows beyond its book when a real venue and a person are on the other side."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol, TypeVar

from fin_agent.application.limits import OrderLimits
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.market import Bar
from fin_agent.domain.risk import PlanAdvised
from fin_agent.domain.venue import ExecutionLedger
from fin_agent.ports import ControlPort, UnitOfWork, Untradable

T = TypeVar("T")
_MACHINE_S = 10.0  # real seconds that a busy machine may take over one step


class Attention(Protocol):
    """Awaits an answer, and calls something now and then until it is there."""

    async def __call__(
        self, asked: Coroutine[object, object, T], attend: Callable[[], Awaitable[None]]
    ) -> T: ...


async def only(asked: Coroutine[object, object, T], attend: Callable[[], Awaitable[None]]) -> T:
    """Wait for an answer and for nothing else."""
    del attend
    return await asked


@dataclass(frozen=True, slots=True)
class LiveRules:
    """Times and bounds of order safety; the numbers are reliability.md section 3.

    ``first_look`` after the last send a "not found" counts for the first time; an order is absent
    after ``absent_reads`` such answers over at least ``settle``: 60 s in flight, the 10 s in which
    the request itself times out, and 8 s until the venue shows it. ``signal_life`` is how old a
    decision may be when it is sent. ``quote_age`` is how old the last bar may be, measured from
    its end. ``collar_pct`` bounds the distance of an entry from the last price.
    """

    first_look: timedelta = timedelta(seconds=15)
    absent_reads: int = 3
    settle: timedelta = timedelta(seconds=90)
    look_every: timedelta = timedelta(seconds=5)
    signal_life: timedelta = timedelta(seconds=120)
    minute_life: timedelta = timedelta(seconds=90)
    quote_age: timedelta = timedelta(seconds=90)
    collar_pct: float = 1.5
    resting_collar_pct: float = 10.0
    orders_every: timedelta = timedelta(seconds=5)
    positions_every: timedelta = timedelta(seconds=30)
    difference_patience: timedelta = timedelta(seconds=10)
    partial_patience: timedelta = timedelta(seconds=2)
    naked_patience: timedelta = timedelta(seconds=5)
    tell_again: timedelta = timedelta(minutes=10)

    def at_speed(self, speed: float) -> "LiveRules":
        """The same under a fast clock, where seconds of the machine are hours of the day."""
        least = timedelta(seconds=_MACHINE_S * speed)
        return replace(
            self,
            signal_life=max(self.signal_life, least),
            minute_life=max(self.minute_life, least),
            quote_age=max(self.quote_age, least),
        )


@dataclass(slots=True)
class Search:
    """The answers "not found" for one order whose fate is unknown; ``reads`` of them count.

    ``absent_at`` is when the last look found nothing, None when the last look had no answer.
    """

    reads: int = 0
    next_look: datetime | None = None
    absent_at: datetime | None = None


@dataclass(slots=True)
class LiveState:
    """The live part of a day; only use cases change it.

    ``attentively`` awaits what providers are asked, so that nobody else waits for them.

    ``past_exits`` are the generations before the present one, by their ids.

    ``now`` is asked at the moment of sending: a decision may be older than it seems by then.
    ``sickness`` says why facts cannot be recorded, None while they can. ``untradable`` is what the
    feed said last. ``heard`` gives what happened around the agent since it was asked last, and
    ``interruptions`` why everything known is to be doubted: the machine slept, a clock was set.
    ``decided`` hears of each minute when all that it triggers is durable.
    ``window_over``: no entry may work any more by the session's own minutes.
    ``prices`` holds the last close in USD with the end of its minute, ``bars`` every bar so far.
    ``foreign`` are symbols that somebody else has an order in. ``covered`` names the order whose
    legs protect an entry's position, ``uncovered`` says since when a position has no protective
    stop at the venue, ``is_simulated`` that the venue covers by itself, ``is_catching_up`` that
    bars from before the start are still to be seen, ``differs`` holds what the venue and the book
    say of each symbol where they do not agree. ``all_out`` is why every position has to leave, one
    that fills later too. ``told`` is when each trouble was last told.
    """

    rules: LiveRules
    limits: OrderLimits
    control: ControlPort
    now: Callable[[], datetime]
    sickness: Callable[[], str | None] = lambda: None
    attentively: Attention = only
    heard: Callable[[], Sequence[DomainEvent]] = lambda: ()
    interruptions: Callable[[], Sequence[str]] = lambda: ()
    clock_doubt: Callable[[], str | None] = lambda: None
    decided: Callable[[int], None] = lambda _: None
    ledger: ExecutionLedger = field(default_factory=ExecutionLedger)
    prices: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    bars: dict[str, list[Bar]] = field(default_factory=dict)
    searches: dict[str, Search] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)
    untradable: Untradable = field(default_factory=Untradable)
    strangers: set[str] = field(default_factory=set)
    uncovered: dict[str, datetime] = field(default_factory=dict)
    covered: dict[str, str] = field(default_factory=dict)
    differs: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    differs_since: dict[str, datetime] = field(default_factory=dict)
    past_exits: dict[str, ExitIntent] = field(default_factory=dict)
    asked: dict[str, datetime] = field(default_factory=dict)
    told: dict[str, datetime] = field(default_factory=dict)
    unsaved_advice: list[PlanAdvised] = field(default_factory=list)
    is_reconciled: bool = False
    is_simulated: bool = False
    is_catching_up: bool = False
    window_over: bool = False
    orders_at: datetime | None = None
    positions_at: datetime | None = None
    last_problem: str = ""
    all_out: str = ""

    def write(self, work: UnitOfWork) -> None:
        """Put what a restart needs into a transaction."""
        for advice in self.unsaved_advice:
            work.save_advice(advice)

    def saw(self, bars: Mapping[str, Bar], end: datetime) -> None:
        """Keep the bars of a minute that ended."""
        for symbol, bar in bars.items():
            self.prices[symbol] = (bar.close, end)
            self.bars.setdefault(symbol, []).append(bar)

    def may_ask_again(self, client_order_id: str, now: datetime) -> bool:
        """Whether a cancel may be asked for once more; the venue is not flooded with them."""
        asked = self.asked.get(client_order_id)
        if asked is not None and now - asked < self.rules.look_every:
            return False
        self.asked[client_order_id] = now
        return True

    def comparison_due(self, now: datetime) -> bool | None:
        """Whether positions are to be compared as well as orders; None when neither is yet."""
        rules = self.rules
        if self.orders_at is not None and now - self.orders_at < rules.orders_every:
            return None
        return self.positions_at is None or now - self.positions_at >= rules.positions_every

    def is_absent(self, client_order_id: str, since: datetime) -> bool:
        """Whether the venue said at ``since`` or later that it has no such order."""
        search = self.searches.get(client_order_id)
        return search is not None and search.absent_at is not None and search.absent_at >= since

    def keep(self, exit_: ExitIntent) -> None:
        """Remember a generation that another one follows: the venue may still speak of it."""
        self.past_exits[exit_.client_order_id] = exit_

    def covers(self, entry_id: str, *, is_covered: bool, by: str) -> None:
        """Remember which order's legs protect an entry's position at the venue."""
        if is_covered:
            self.covered[entry_id] = by
        elif self.covered.get(entry_id) == by:
            del self.covered[entry_id]
