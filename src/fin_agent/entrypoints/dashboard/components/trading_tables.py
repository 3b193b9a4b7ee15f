"""Positions, armed plans, orders and fills as tables; prices in USD."""

from collections.abc import Sequence

from fin_agent.entrypoints.api.models.scan import Plan
from fin_agent.entrypoints.api.models.trading import Fill, Order, Position
from fin_agent.entrypoints.dashboard.components.markup import Cell, Column, table, tone_of
from fin_agent.entrypoints.dashboard.trader_words import exit_words, fate_words, order_words
from fin_agent.entrypoints.dashboard.words import (
    DASH,
    clock,
    in_r,
    money,
    number,
    percent,
    price,
    shares,
)

_NO_PRICE = "no price is known for it now"


def positions_table(positions: Sequence[Position]) -> None:
    """What is held, with its result so far."""
    table(
        "Open positions",
        [
            Column("symbol", "word"),
            Column("side", "word"),
            Column("open R"),
            Column("result"),
            Column("shares"),
            Column("entry"),
            Column("last"),
            Column("stop"),
            Column("target"),
            Column("at risk"),
            Column("since"),
        ],
        [_position(position) for position in positions],
    )


def _position(held: Position) -> list[Cell | str]:
    return [
        held.symbol,
        held.side,
        Cell(in_r(held.open_r), tone_of(held.open_r), "" if held.open_r is not None else _NO_PRICE),
        Cell(
            money(held.unrealised, sign=True),
            tone_of(held.unrealised),
            "" if held.unrealised is not None else _NO_PRICE,
        ),
        shares(held.quantity),
        price(held.entry_price),
        _last(held.last_price),
        price(held.stop),
        price(held.target),
        money(held.at_risk if held.at_risk is not None else held.risk),
        clock(held.entry_time),
    ]


def _last(value: float | None) -> Cell:
    return Cell(price(value), "", "" if value is not None else _NO_PRICE)


def armed_table(plans: Sequence[Plan]) -> None:
    """Plans that wait for their trigger, with the way that is left to it."""
    table(
        "Plans of the day",
        [
            Column("#"),
            Column("symbol", "word"),
            Column("at"),
            Column("last"),
            Column("to go"),
            Column("stop"),
            Column("target"),
            Column("shares"),
            Column("entry", "word"),
            Column("now", "long"),
        ],
        [
            [
                str(plan.rank),
                plan.symbol,
                price(plan.reference),
                _last(plan.last_price),
                Cell(
                    percent(plan.distance_pct, sign=True) if plan.is_armed else DASH,
                    "",
                    ""
                    if plan.is_armed and plan.distance_pct is not None
                    else "nothing to wait for",
                ),
                price(plan.stop),
                price(plan.target),
                shares(plan.quantity),
                plan.entry.replace("_", " "),
                fate_words(plan.fate),
            ]
            for plan in plans
        ],
    )


def orders_table(orders: Sequence[Order]) -> None:
    """Orders with their state at the broker."""
    table(
        "Orders",
        [
            Column("decided"),
            Column("symbol", "word"),
            Column("purpose", "word"),
            Column("kind", "word"),
            Column("shares"),
            Column("filled"),
            Column("price"),
            Column("stop"),
            Column("target"),
            Column("state", "word"),
        ],
        [
            [
                clock(order.decided_at),
                order.symbol,
                order.purpose.lower() if not order.reason else exit_words(order.reason),
                order.kind,
                shares(order.quantity),
                shares(order.filled),
                price(order.price),
                price(order.stop),
                price(order.target),
                order_words(order.state),
            ]
            for order in orders
        ],
    )


def fills_table(fills: Sequence[Fill]) -> None:
    """Executions, newest first."""
    table(
        "Fills",
        [
            Column("at"),
            Column("symbol", "word"),
            Column("", "word"),
            Column("shares"),
            Column("price"),
            Column("fees"),
            Column("slip, bps"),
            Column("why", "word"),
        ],
        [
            [
                clock(fill.at),
                fill.symbol,
                "in" if fill.is_entry else "out",
                shares(fill.quantity),
                price(fill.price),
                money(fill.fees),
                Cell(
                    number(fill.slippage_bps, 1, sign=True),
                    "",
                    "" if fill.slippage_bps is not None else "an exit has no trigger to compare",
                ),
                "entry" if fill.is_entry else exit_words(fill.reason),
            ]
            for fill in fills
        ],
    )
