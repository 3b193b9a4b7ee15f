"""A position is nothing but the fold of its fills.

Prices in USD, amounts in account currency.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from fin_agent.domain.entry import OrderKind
from fin_agent.domain.errors import Inconsistent
from fin_agent.domain.market import Bar, Side
from fin_agent.domain.money import ZERO, rounded
from fin_agent.domain.order import Fill, OrderIntent


@dataclass(frozen=True, slots=True)
class Position:
    """One trade from its first fill to its last."""

    intent: OrderIntent
    fx: Decimal
    entered: Decimal = ZERO
    exited: Decimal = ZERO
    cost: Decimal = ZERO
    proceeds: Decimal = ZERO
    fees: Decimal = ZERO
    fills: tuple[Fill, ...] = ()

    @property
    def symbol(self) -> str:
        return self.intent.symbol

    @property
    def side(self) -> Side:
        return self.intent.side

    @property
    def quantity(self) -> Decimal:
        """Shares held now."""
        return self.entered - self.exited

    @property
    def is_open(self) -> bool:
        return self.quantity > 0

    @property
    def entry_price(self) -> Decimal:
        """Average entry price in USD."""
        return self.cost / self.entered if self.entered else ZERO

    @property
    def exit_price(self) -> Decimal | None:
        """Average exit price in USD, None while nothing was sold."""
        return self.proceeds / self.exited if self.exited else None

    @property
    def entry_time(self) -> datetime | None:
        return next((fill.at for fill in self.fills if fill.is_entry), None)

    @property
    def last_exit(self) -> Fill | None:
        """The fill that names the exit's reason."""
        return next((fill for fill in reversed(self.fills) if not fill.is_entry), None)

    @property
    def exposure(self) -> Decimal:
        """What is held, at cost."""
        return self.quantity * self.entry_price / self.fx

    @property
    def realised(self) -> Decimal:
        """Result of the closed part after all fees so far."""
        result = self.side.sign * (self.proceeds - self.exited * self.entry_price)
        return result / self.fx - self.fees

    def unrealised(self, mark: Decimal) -> Decimal:
        """Result of the open part at a mark in USD, before fees."""
        return self.side.sign * (mark - self.entry_price) * self.quantity / self.fx

    def at_risk(self, mark: Decimal) -> Decimal:
        """What the stop may still lose from a mark in USD."""
        distance = self.side.sign * (mark - self.intent.approved.levels.stop)
        return max(ZERO, distance) * self.quantity / self.fx

    def filled(self, fill: Fill) -> "Position":
        """Fold one fill in.

        Raises:
            Inconsistent: more is sold than is held.
        """
        value = fill.quantity * fill.price
        fees, fills = self.fees + fill.fees, (*self.fills, fill)
        if fill.is_entry:
            entered, cost = self.entered + fill.quantity, self.cost + value
            return replace(self, entered=entered, cost=cost, fees=fees, fills=fills)
        if fill.quantity > self.quantity:
            msg = f"{self.symbol}: {fill.quantity} sold of {self.quantity} held"
            raise Inconsistent(msg)
        exited, proceeds = self.exited + fill.quantity, self.proceeds + value
        return replace(self, exited=exited, proceeds=proceeds, fees=fees, fills=fills)


_KPI_GAIN, _KPI_LOSS = 0.07, 0.03


class Excursion:
    """How far the price went with and against a trade, and whether +7 % came before -3 %.

    Worst and best (USD) cover the bars that the position survived plus its exit prices; the KPI is
    measured from the trigger price and runs from the first fill to the session's close.
    """

    __slots__ = (
        "_first_minute",
        "_gain",
        "_loss",
        "_only_loss_first",
        "_sign",
        "best",
        "kpi",
        "worst",
    )

    def __init__(self, intent: OrderIntent, first_minute: int) -> None:
        trigger, sign = float(intent.price), intent.side.sign
        self.worst: float | None = None
        self.best: float | None = None
        self.kpi: bool | None = None
        self._sign = sign
        self._gain = rounded(sign * trigger + trigger * _KPI_GAIN)
        self._loss = rounded(sign * trigger - trigger * _KPI_LOSS)
        self._first_minute = first_minute
        self._only_loss_first = intent.kind is not OrderKind.MARKET

    def survived(self, bar: Bar) -> None:
        """The position is still open at the end of this bar."""
        self._reach(bar.low, bar.high)

    def exited(self, price: float) -> None:
        """A part was sold at this price in USD."""
        self._reach(price, price)

    def watch(self, bar: Bar) -> None:
        """Let the KPI see a bar, whether or not the position is still open."""
        if self.kpi is not None:
            return
        if self._sign > 0:
            open_, high, low = bar.open, bar.high, bar.low
        else:
            open_, high, low = -bar.open, -bar.low, -bar.high
        if low > self._loss and high < self._gain:
            return
        if bar.minute == self._first_minute and self._only_loss_first:
            self.kpi = False if low <= self._loss else None
        elif open_ >= self._gain:
            self.kpi = True
        else:
            self.kpi = low > self._loss

    def _reach(self, low: float, high: float) -> None:
        worst, best = (low, high) if self._sign > 0 else (high, low)
        if self.worst is None or (worst - self.worst) * self._sign < 0:
            self.worst = worst
        if self.best is None or (best - self.best) * self._sign > 0:
            self.best = best
