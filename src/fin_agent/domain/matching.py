"""What one bar does to one entry order and its pair of exits: the paper broker's fill rules.

Strategy.md section 11. Prices are compared as floats (order prices are on their tick, bar prices
have at most 4 decimals, so equality is exact); fills are decimals. Shorts are computed as longs of
negated prices, so there is one set of rules.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import inf

from fin_agent.domain.entry import OrderKind
from fin_agent.domain.market import Bar
from fin_agent.domain.money import WHOLE_SHARE, ZERO, fill_price, floor_to_lot
from fin_agent.domain.order import Fill, OrderIntent

_NEVER = 1 << 30
_BASIS_POINT = Decimal("0.0001")
_PERCENT = Decimal("0.01")
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class FeeTable:
    """What a venue charges, in USD: an amount an order, an amount a share, percent of value."""

    per_order: Decimal = ZERO
    per_share: Decimal = ZERO
    percent: Decimal = ZERO

    def of(self, quantity: Decimal, price: Decimal, *, first: bool) -> Decimal:
        """The fee of one fill in USD; the amount an order is charged with its first fill."""
        share = quantity * (self.per_share + price * self.percent * _PERCENT)
        return share + (self.per_order if first else ZERO)


@dataclass(frozen=True, slots=True)
class FillRules:
    """The ``paper`` settings; slippage against the trader on market and stop fills."""

    slippage_bps: Decimal = Decimal(5)
    participation_pct: Decimal = Decimal(10)
    touch: bool = False
    lot: Decimal = WHOLE_SHARE
    fees: FeeTable = FeeTable()

    @property
    def slip(self) -> Decimal:
        """The slippage of a market fill as a fraction of its price."""
        return self.slippage_bps * _BASIS_POINT

    def capacity(self, volume: float) -> Decimal:
        """Shares one order may take of a bar's volume."""
        share = Decimal(repr(volume)) * self.participation_pct * _PERCENT
        return floor_to_lot(share, self.lot)


class Bracket:
    """One entry order and, from its first fill on, the stop and target that cover the position.

    ``entry_end`` is the minute from which the entry may not fill any more. Prices inside carry the
    trade's sign: a short is the long of the negated market.
    """

    def __init__(
        self, intent: OrderIntent, rules: FillRules, opens_at: datetime, fx: Decimal, entry_end: int
    ) -> None:
        levels, self._sign = intent.approved.levels, intent.side.sign
        self.intent = intent
        self.entry_left = intent.quantity
        self.held = ZERO
        self._rules, self._opens_at, self._fx, self._entry_end = rules, opens_at, fx, entry_end
        self._entry = self._sign * float(levels.entry)
        self._stop = self._sign * float(levels.stop)
        self._target = self._sign * float(levels.target)
        self._kind = intent.kind
        self._going_out: str | None = None
        self._is_ambiguous = False
        self._charged: set[str] = set()
        self._fills: list[Fill] = []
        self._find_quiet_band()

    @property
    def is_done(self) -> bool:
        return self.held == 0 and self.entry_left == 0

    def cancel_entry(self) -> None:
        """Take the rest of the entry order back."""
        self.entry_left = ZERO
        self._find_quiet_band()

    def exit_at_next_open(self, reason: str) -> None:
        """Cancel both legs and go out at market from the next open on; the first reason stays."""
        self.cancel_entry()
        self._going_out = self._going_out or reason
        self._find_quiet_band()

    def on_bar(self, bar: Bar) -> list[Fill]:
        """Everything this bar fills: exits at the open, entry, other exits."""
        if self._sign > 0:
            open_, high, low = bar.open, bar.high, bar.low
        else:
            open_, high, low = -bar.open, -bar.low, -bar.high
        had_position = self.held > 0
        self._fills = []
        self._bar, self._open, self._high, self._low = bar, open_, high, low
        self._target_used = False
        if had_position:
            self._exits_at_open()
        entered_as = self._try_entry()
        if self.held and self._going_out is None:
            if had_position or entered_as is None:
                self._exits_inside()
            else:
                self._exits_of_entry_bar(entered_as)
        self._find_quiet_band()
        return self._fills

    def sleeps_through(self, bar: Bar) -> bool:
        """Whether a bar can change nothing, so that ``on_bar`` need not look at it."""
        inside = self.quiet_low < bar.low and bar.high < self.quiet_high
        return inside and bar.minute < self.wake_minute

    def _find_quiet_band(self) -> None:
        """The prices in USD, and the minutes, between which nothing can happen."""
        low, high, minute = inf, -inf, self._entry_end
        if self.held:
            if not self.entry_left and self._going_out is None:
                low, high, minute = self._stop, self._target, _NEVER
        elif not self.entry_left:
            low, high, minute = -inf, inf, _NEVER
        elif self._kind is OrderKind.LIMIT:
            low, high = self._entry, inf
        elif self._kind is OrderKind.STOP:
            low, high = -inf, self._entry
        self.quiet_low, self.quiet_high = (low, high) if self._sign > 0 else (-high, -low)
        self.wake_minute = minute

    def close_out(self, bar: Bar, closes_at: datetime) -> list[Fill]:
        """What is left at the session's end goes out at the last close less slip."""
        self.cancel_entry()
        self._fills, self._bar = [], bar
        if self.held:
            price = self._slipped(_magnitude(bar.close), is_entry=False)
            self._fill(self.held, price, "close", closes_at)
        return self._fills

    def _exits_at_open(self) -> None:
        if self._going_out is not None:
            self._out(self._slipped(_magnitude(self._open), is_entry=False), self._going_out)
        elif self._open <= self._stop:
            self._stop_out(self._open, ambiguous=False)
        elif self._open >= self._target:
            self._target_out(self._open)

    def _try_entry(self) -> OrderKind | None:
        """Fill what the entry order can get; the kind it filled as, None without a fill."""
        if not self.entry_left or self._bar.minute >= self._entry_end:
            self.cancel_entry()
            return None
        kind, price = self._kind, self._entry_price()
        if price is None:
            return None
        if kind is OrderKind.STOP:
            self._kind = OrderKind.MARKET
        quantity = min(self.entry_left, self._rules.capacity(self._bar.volume))
        if not quantity:
            return None
        self._entered_at_open = price == self._open
        at = _magnitude(price)
        slips = kind is not OrderKind.LIMIT
        self._fill(quantity, self._slipped(at, is_entry=True) if slips else at, None)
        return kind

    def _entry_price(self) -> float | None:
        """The signed price at which the entry order fills in this bar, None if it does not."""
        if self._kind is OrderKind.MARKET:
            return self._open
        if self._kind is OrderKind.LIMIT:
            if self._open <= self._entry:
                return self._open
            touched = self._low == self._entry and self._rules.touch
            return self._entry if self._low < self._entry or touched else None
        return max(self._open, self._entry) if self._high >= self._entry else None

    def _exits_of_entry_bar(self, entered_as: OrderKind) -> None:
        """A market entry has both legs from the open on; others only the stop, after the fill."""
        if entered_as is OrderKind.MARKET:
            if self._open <= self._stop or self._open >= self._target:
                self._exits_at_open()
            else:
                self._exits_inside()
        elif self._low <= self._stop:
            price = min(self._open, self._stop) if self._entered_at_open else self._stop
            self._stop_out(price, ambiguous=entered_as is OrderKind.STOP)

    def _exits_inside(self) -> None:
        touched = self._high == self._target and self._rules.touch
        hits_target = not self._target_used and (self._high > self._target or touched)
        if self._low <= self._stop:
            self._stop_out(self._stop, ambiguous=hits_target)
        elif hits_target:
            self._target_out(self._target)

    def _stop_out(self, price: float, *, ambiguous: bool) -> None:
        """The stop is hit: what the bar cannot take goes out at market at the following opens."""
        self.cancel_entry()
        self._going_out, self._is_ambiguous = "stop", ambiguous
        self._out(self._slipped(_magnitude(price), is_entry=False), "stop")

    def _target_out(self, price: float) -> None:
        self._target_used = True
        self._out(_magnitude(price), "target")

    def _out(self, price: Decimal, reason: str) -> None:
        quantity = min(self.held, self._rules.capacity(self._bar.volume))
        if quantity:
            self.cancel_entry()
            self._fill(quantity, price, reason)

    def _slipped(self, price: Decimal, *, is_entry: bool) -> Decimal:
        against = self._sign if is_entry else -self._sign
        return price * (_ONE + against * self._rules.slip)

    def _fill(
        self,
        quantity: Decimal,
        price: Decimal,
        exit_reason: str | None,
        at: datetime | None = None,
    ) -> None:
        is_entry, clean = exit_reason is None, fill_price(price)
        if is_entry:
            self.entry_left -= quantity
            self.held += quantity
        else:
            self.held -= quantity
        reason = exit_reason or "entry"
        fee = self._rules.fees.of(quantity, clean, first=reason not in self._charged)
        self._charged.add(reason)
        fill = Fill(
            client_order_id=self.intent.client_order_id,
            symbol=self.intent.symbol,
            quantity=quantity,
            price=clean,
            at=at or self._opens_at + timedelta(minutes=self._bar.minute),
            minute=self._bar.minute,
            reason=reason,
            is_entry=is_entry,
            fees=fee / self._fx,
            ambiguous=reason == "stop" and self._is_ambiguous,
        )
        self._fills.append(fill)


def _magnitude(signed: float) -> Decimal:
    return Decimal(repr(abs(signed)))
