"""The session's book: order intents, positions, marks and what they have taken of the limits.

State is the fold of recorded intents, reports and bars; nothing else changes it. Amounts are
account currency, marks are USD.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from fin_agent.domain.journal import TradeRecord, record_of
from fin_agent.domain.money import ZERO
from fin_agent.domain.order import Fill, OrderIntent, OrderState
from fin_agent.domain.position import Excursion, Position
from fin_agent.domain.risk import Taken, TradingState
from fin_agent.ports import MinuteBars

_NEAR = 0.01  # account currency: closer to the cap than this, decimals decide


@dataclass(slots=True)
class OpenTrade:
    """A position with its last mark; the floats are for the check of every minute."""

    position: Position
    excursion: Excursion
    mark: float
    quantity: float = 0.0
    entry_price: float = 0.0
    has_costs: bool = False
    first_minute: int = 0

    def fold(self, position: Position) -> None:
        self.position = position
        self.quantity = float(position.quantity) * position.side.sign / float(position.fx)
        self.entry_price = float(position.entry_price)
        self.has_costs = bool(position.exited or position.fees)

    @property
    def unrealised(self) -> Decimal:
        """The open result in account currency at the last mark."""
        return self.position.unrealised(_decimal(self.mark))


class SessionBook:
    """What this session holds, owes and has lost."""

    def __init__(self, equity: Decimal, fx: Decimal) -> None:
        self.equity_at_open = equity
        self.fx = fx
        self.state = TradingState.ACTIVE
        self.intents: dict[str, OrderIntent] = {}
        self.open: dict[str, OpenTrade] = {}
        self.closed: list[OpenTrade] = []
        self.folded: set[Fill] = set()
        self._realised = ZERO
        self._entered: frozenset[str] = frozenset()

    @property
    def realised(self) -> Decimal:
        """Today's realised result, parts of open positions and all fees included."""
        return self._realised + sum((t.position.realised for t in self.open.values()), ZERO)

    @property
    def equity(self) -> Decimal:
        """Account currency, without what is not realised."""
        return self.equity_at_open + self.realised

    @property
    def day_pnl(self) -> Decimal:
        """Realised + unrealised today."""
        return self.realised + sum((trade.unrealised for trade in self.open.values()), ZERO)

    @property
    def live_entries(self) -> Iterator[OrderIntent]:
        return (intent for intent in self.intents.values() if intent.state.is_live)

    @property
    def entered(self) -> frozenset[str]:
        """The symbols that have had their order intent today."""
        return self._entered

    def taken(self) -> Taken:
        """What the risk gate sees."""
        exposure = open_risk = unrealised = ZERO
        realised = self.realised
        held: list[str] = []
        for symbol, trade in self.open.items():
            position, mark = trade.position, _decimal(trade.mark)
            exposure += position.exposure
            open_risk += position.at_risk(mark)
            unrealised += position.unrealised(mark)
            held.append(symbol)
        for intent in self.live_entries:
            levels = intent.approved.levels
            exposure += intent.left * levels.entry / self.fx
            open_risk += intent.left * levels.risk_per_share / self.fx
            if intent.symbol not in self.open:
                held.append(intent.symbol)
        return Taken(
            equity=self.equity_at_open + realised,
            fx=self.fx,
            exposure=exposure,
            day_loss=max(ZERO, -(realised + unrealised)),
            open_risk=open_risk,
            entries=len(self._entered),
            symbols=self._entered,
            held=tuple(held),
            state=self.state,
        )

    def reserve(self, intent: OrderIntent) -> None:
        """An order intent exists: from now on it counts against every limit."""
        self.intents[intent.client_order_id] = intent
        self._entered |= {intent.symbol}

    def move(self, client_order_id: str, state: OrderState, filled: Decimal) -> OrderIntent:
        """Fold the venue's word about an entry order in."""
        intent = self.intents[client_order_id].joined(filled).moved_to(state)
        self.intents[client_order_id] = intent
        return intent

    def held(self, client_order_id: str) -> Decimal:
        """Shares still held of what an entry order bought or sold short."""
        return sum(
            (
                trade.position.quantity
                for trade in self.open.values()
                if trade.position.intent.client_order_id == client_order_id
            ),
            ZERO,
        )

    def put(self, intent: OrderIntent) -> OrderIntent:
        """Take over a changed intent."""
        self.intents[intent.client_order_id] = intent
        return intent

    def fold(self, fill: Fill) -> OpenTrade:
        """Fold an execution into its position; the trade is in ``closed`` when it was the last."""
        self.folded.add(fill)
        intent = self.intents[fill.client_order_id]
        trade = self.open.get(fill.symbol)
        if trade is None:
            excursion = Excursion(intent, fill.minute)
            trade = OpenTrade(Position(intent, self.fx), excursion, float(fill.price))
            trade.first_minute = fill.minute
            self.open[fill.symbol] = trade
        trade.fold(trade.position.filled(fill))
        if not fill.is_entry:
            trade.excursion.exited(float(fill.price))
        if not trade.position.is_open:
            del self.open[fill.symbol]
            self.closed.append(trade)
            self._realised += trade.position.realised
        return trade

    def on_bars(self, minute: MinuteBars) -> None:
        """Mark at the close of a completed minute and remember how far prices went."""
        bars = minute.bars
        for symbol, trade in self.open.items():
            bar = bars.get(symbol)
            if bar is not None:
                trade.mark = bar.close
                trade.excursion.survived(bar)
        for trade in self.closed:
            if trade.excursion.kpi is None:
                bar = bars.get(trade.position.symbol)
                if bar is not None:
                    trade.excursion.watch(bar)

    def relive(self, minute: MinuteBars) -> None:
        """Mark and measure with a minute from before a restart; every fill is folded already."""
        for trade in (*self.open.values(), *self.closed):
            position, bar = trade.position, minute.bars.get(trade.position.symbol)
            if bar is None:
                continue
            out = position.last_exit
            last = minute.minute if position.is_open or out is None else out.minute - 1
            if position.is_open:
                trade.mark = bar.close
            if trade.first_minute <= minute.minute <= last:
                trade.excursion.survived(bar)
            elif minute.minute > last:
                trade.excursion.watch(bar)

    def has_lost(self, cap: Decimal) -> bool:
        """Whether realised + unrealised is at or below the negative cap."""
        rough, is_exact = float(self._realised), True
        for trade in self.open.values():
            rough += (trade.mark - trade.entry_price) * trade.quantity
            is_exact = is_exact and not trade.has_costs
        if is_exact and rough > -float(cap) + _NEAR:
            return False
        return self.day_pnl <= -cap

    def record(self, trade: OpenTrade) -> TradeRecord:
        """The journal's record of a closed trade; its KPI is final at the session's close."""
        return record_of(trade.position, trade.excursion, trade.position.intent.quantity)


def _decimal(mark: float) -> Decimal:
    return Decimal(repr(mark))
