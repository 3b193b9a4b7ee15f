"""A position is nothing but the fold of its fills.

Prices in USD, amounts in account currency.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import inf, isfinite

from fin_agent.domain.construction import quickly_made
from fin_agent.domain.entry import OrderKind
from fin_agent.domain.errors import Inconsistent
from fin_agent.domain.events import DomainEvent, significant
from fin_agent.domain.market import Bar, Side
from fin_agent.domain.money import ZERO, rounded
from fin_agent.domain.order import Fill, OrderIntent
from fin_agent.domain.verdict import Verdict


@quickly_made
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
        entered, cost, exited, proceeds = self.entered, self.cost, self.exited, self.proceeds
        value = fill.quantity * fill.price
        if fill.is_entry:
            entered, cost = entered + fill.quantity, cost + value
        elif fill.quantity > self.quantity:
            msg = f"{self.symbol}: {fill.quantity} sold of {self.quantity} held"
            raise Inconsistent(msg)
        else:
            exited, proceeds = exited + fill.quantity, proceeds + value
        fees, fills = self.fees + fill.fees, (*self.fills, fill)
        return Position(self.intent, self.fx, entered, exited, cost, proceeds, fees, fills)


_KPI_GAIN, _KPI_LOSS = 0.07, 0.03


class Excursion:
    """How far the price went with and against a trade, and whether +7 % came before -3 %.

    Worst and best (USD) cover the bars that the position survived plus its exit prices; the KPI is
    measured from the trigger price and runs from the first fill to the session's close.
    """

    __slots__ = (
        "_first_minute",
        "_gain",
        "_high",
        "_kpi_high",
        "_kpi_low",
        "_long",
        "_loss",
        "_low",
        "_only_loss_first",
        "kpi",
    )

    def __init__(self, intent: OrderIntent, first_minute: int) -> None:
        trigger, sign = float(intent.price), intent.side.sign
        self.kpi: bool | None = None
        self._low, self._high = inf, -inf
        self._long = sign > 0
        self._gain = rounded(sign * trigger + trigger * _KPI_GAIN)
        self._loss = rounded(sign * trigger - trigger * _KPI_LOSS)
        levels = (self._loss, self._gain) if self._long else (-self._gain, -self._loss)
        self._kpi_low, self._kpi_high = levels
        self._first_minute = first_minute
        self._only_loss_first = intent.kind is not OrderKind.MARKET

    @property
    def worst(self) -> float | None:
        """The worst price in USD, None before anything was reached."""
        worst = self._low if self._long else self._high
        return worst if isfinite(worst) else None

    @property
    def best(self) -> float | None:
        """The best price in USD, None before anything was reached."""
        best = self._high if self._long else self._low
        return best if isfinite(best) else None

    def survived(self, bar: Bar) -> None:
        """The position is still open at the end of this bar."""
        self._low = min(self._low, bar.low)
        self._high = max(self._high, bar.high)
        self.watch(bar)

    def exited(self, price: float) -> None:
        """A part was sold at this price in USD."""
        self._low, self._high = min(self._low, price), max(self._high, price)

    def watch(self, bar: Bar) -> None:
        """Let the KPI see a bar, whether or not the position is still open."""
        if self.kpi is not None or self._kpi_low < bar.low <= bar.high < self._kpi_high:
            return
        if self._long:
            open_, low = bar.open, bar.low
        else:
            open_, low = -bar.open, -bar.high
        if bar.minute == self._first_minute and self._only_loss_first:
            self.kpi = False if low <= self._loss else None
        elif open_ >= self._gain:
            self.kpi = True
        else:
            self.kpi = low > self._loss


@dataclass(frozen=True, slots=True)
class PositionReviewed(DomainEvent):
    """A later scan looked at a position again: what it would say of the symbol now.

    ``composite`` is the score now (None when a gate refuses the symbol), ``planned`` the score of
    its plan, ``price`` USD at the scan. It moves no order: stop, target and the close do.
    """

    position: Position
    verdict: Verdict
    price: float | None
    composite: float | None

    @property
    def stands(self) -> bool:
        """Whether the symbol would still be a candidate with its price on the plan's side."""
        return self.composite is not None

    @property
    def result_r(self) -> float | None:
        """What closing at ``price`` would bring, in units of the risk that was taken."""
        if self.price is None:
            return None
        levels = self.position.intent.approved.levels
        gain = (self.price - float(self.position.entry_price)) * self.position.side.sign
        return rounded(gain / float(levels.risk_per_share))

    def payload(self) -> dict[str, object]:
        plan = self.position.intent.approved.plan
        return {
            "symbol": self.position.symbol,
            "client_order_id": self.position.intent.client_order_id,
            "verdict": self.verdict.verdict,
            "measured": significant(self.verdict.measured),
            "price": significant(self.price),
            "composite": self.composite,
            "planned": plan.candidate.composite,
            "result_r": self.result_r,
            "stands": self.stands,
        }
