"""The orders we send, in Alpaca's words: day orders with prices as text on their tick."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import assert_never

from fin_agent.domain.entry import OrderKind
from fin_agent.domain.errors import Refused
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.market import Side
from fin_agent.domain.money import down_to_tick, tick_size, up_to_tick
from fin_agent.domain.order import OrderIntent
from fin_agent.domain.plan import Levels

Body = Mapping[str, object]

_SIDES = {Side.LONG: "buy", Side.SHORT: "sell"}
_PERCENT = Decimal(100)


def entry_body(intent: OrderIntent, collar_pct: Decimal) -> Body:
    """An entry with its stop and target as one bracket; never a naked market order.

    A market or stop entry may pay ``collar_pct`` percent more than its trigger price and stays
    inside its own target, which Alpaca demands of a bracket.

    Raises:
        Refused: a fraction of a share, which Alpaca takes no bracket for; nothing is sent.
    """
    quantity = intent.quantity
    if quantity != quantity.to_integral_value():
        raise Refused(
            f"order {intent.client_order_id}: a bracket takes whole shares, not {quantity}"
        )
    levels = intent.approved.levels
    return {
        "symbol": intent.symbol,
        "qty": _plain(quantity),
        "side": _SIDES[intent.side],
        "time_in_force": "day",
        "order_class": "bracket",
        "client_order_id": intent.client_order_id,
        **_pricing(intent.kind, levels, collar_pct),
        "take_profit": {"limit_price": _plain(_no_more(levels.side)(levels.target))},
        "stop_loss": {"stop_price": _plain(_no_less(levels.side)(levels.stop))},
    }


def _pricing(kind: OrderKind, levels: Levels, collar_pct: Decimal) -> dict[str, object]:
    side, entry = levels.side, levels.entry
    match kind:
        case OrderKind.LIMIT:
            return {"type": "limit", "limit_price": _plain(_no_more(side)(entry))}
        case OrderKind.MARKET:
            return {"type": "limit", "limit_price": _plain(_collar(levels, collar_pct))}
        case OrderKind.STOP:
            stop = _no_less(side)(entry)
            return {
                "type": "stop_limit",
                "stop_price": _plain(stop),
                "limit_price": _plain(_collar(levels, collar_pct)),
            }
        case _:
            assert_never(kind)


def _collar(levels: Levels, collar_pct: Decimal) -> Decimal:
    """The worst price an entry accepts: ``collar_pct`` beyond the trigger, short of the target."""
    sign = levels.side.sign
    worst = levels.entry * (1 + sign * collar_pct / _PERCENT)
    inside = levels.target - sign * tick_size(levels.entry)
    nearest = min(worst, inside) if levels.side is Side.LONG else max(worst, inside)
    return _no_more(levels.side)(nearest)


def exit_body(intent: ExitIntent, held: Side) -> Body:
    """The way out of a ``held`` position: at market, a stop, or a stop and target pair.

    The position intent makes Alpaca refuse a single order that would open the other side.
    """
    way_out = held.opposite
    body: dict[str, object] = {
        "symbol": intent.symbol,
        "qty": _plain(intent.quantity),
        "side": _SIDES[way_out],
        "time_in_force": "day",
        "client_order_id": intent.client_order_id,
    }
    closing = {"position_intent": f"{_SIDES[way_out]}_to_close"}
    if intent.stop is None:
        return body | closing | {"type": "market"}
    stop = {"stop_price": _plain(_no_less(held)(intent.stop))}
    if intent.target is None:
        return body | closing | {"type": "stop"} | stop
    target = {"limit_price": _plain(_no_more(held)(intent.target))}
    return body | {"type": "limit", "order_class": "oco", "take_profit": target, "stop_loss": stop}


def _no_more(side: Side) -> Callable[[Decimal], Decimal]:
    """Rounds a price that a long must not exceed and a short must not fall below."""
    return down_to_tick if side is Side.LONG else up_to_tick


def _no_less(side: Side) -> Callable[[Decimal], Decimal]:
    return up_to_tick if side is Side.LONG else down_to_tick


def _plain(number: Decimal) -> str:
    """Digits without an exponent; whole numbers without a fraction."""
    return f"{number.to_integral_value() if number == number.to_integral_value() else number:f}"
