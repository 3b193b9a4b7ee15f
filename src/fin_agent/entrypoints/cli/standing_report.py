"""What ``positions``, ``orders``, ``plans`` and ``quotas`` show, in 80 columns."""

from collections.abc import Callable
from datetime import date

from rich.table import Table

from fin_agent.composition.standing import Standing, standing
from fin_agent.composition.usage import provider_use
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.order import OrderIntent
from fin_agent.entrypoints.cli.options import Options
from fin_agent.entrypoints.cli.report_grid import grid
from fin_agent.entrypoints.cli.report_words import (
    EXITS,
    clock,
    fate_words,
    money,
    price,
    safe,
    shares,
)
from fin_agent.entrypoints.documents.standing import (
    kind_of,
    orders_document,
    orders_in_order,
    plans_document,
    positions_document,
    quotas_document,
)
from fin_agent.entrypoints.documents.values import Document

NO_STATE = "the agent has not run in this data directory yet; start it: fin-agent run"


async def show_positions(options: Options) -> None:
    """Print what is held."""
    found = await standing(options.app())
    _show(options, found, positions_document, positions_table(found), "nothing is held")


async def show_orders(options: Options) -> None:
    """Print the orders of the newest session."""
    found = await standing(options.app())
    _show(options, found, orders_document, orders_table(found), "no order")


async def show_plans(options: Options) -> None:
    """Print the plans of the newest session."""
    found = await standing(options.app())
    _show(options, found, plans_document, plans_table(found), "no plan")


def _show(
    options: Options,
    found: Standing,
    document: Callable[[Standing], Document],
    table: Table,
    nothing: str,
) -> None:
    if options.as_json:
        options.print_document(document(found))
        return
    console = options.console()
    if found.session_date is None and not table.row_count:
        console.print(NO_STATE, highlight=False)
        return
    day = found.session_date
    console.print(f"{day}  {found.phase}  {found.state.value}", highlight=False)
    console.print(table if table.row_count else nothing, highlight=False)


def positions_table(found: Standing) -> Table:
    """What is held."""
    names = ("shares", "entry", "stop", "target", "value", "risk")
    table = grid(("symbol", ""), ("side", ""), ("since", ""), *((n, "right") for n in names))
    for held in found.positions:
        position = held.position
        levels, entry = position.intent.approved.levels, position.entry_price
        table.add_row(
            safe(position.symbol),
            position.side.value,
            _since(held.session_date, found.session_date)
            or ("" if position.entry_time is None else clock(position.entry_time)),
            shares(position.quantity),
            price(entry),
            price(levels.stop),
            price(levels.target),
            money(position.exposure),
            money(position.at_risk(entry)),
        )
    return table


def _since(day: date, newest: date | None) -> str:
    """The date of a session before the newest one, which nobody finished."""
    return "" if day == newest else day.isoformat()


def orders_table(found: Standing) -> Table:
    """Every order of the newest session."""
    table = grid(
        *((name, "") for name in ("at", "symbol", "for", "side", "kind")),
        *((name, "right") for name in ("shares", "filled", "price")),
        ("state", ""),
        ("id", ""),
    )
    for order, side in orders_in_order(found):
        table.add_row(
            clock(order.decided_at),
            safe(order.symbol),
            _purpose(order),
            side.value,
            kind_of(order),
            shares(order.quantity),
            shares(order.filled),
            price(order.price) if isinstance(order, OrderIntent) else "",
            order.state.value,
            order.client_order_id[-6:],
        )
    return table


def _purpose(order: OrderIntent | ExitIntent) -> str:
    if isinstance(order, OrderIntent):
        return "entry"
    return EXITS.get(order.reason) or safe(order.reason)


def plans_table(found: Standing) -> Table:
    """The plans of the newest session by rank."""
    names = ("entry at", "stop", "target", "shares", "risk")
    table = grid(
        ("#", "right"),
        ("symbol", ""),
        ("side", ""),
        ("entry", ""),
        *((name, "right") for name in names),
        ("what happened", "fold"),
    )
    fates = found.fates
    for advice in found.day.advice:
        plan, sizing = advice.plan, advice.assessment.sizing
        table.add_row(
            str(plan.rank),
            safe(plan.symbol),
            plan.side.value,
            safe(plan.entry),
            price(plan.reference),
            price(plan.levels.stop),
            price(plan.levels.target),
            shares(sizing.quantity),
            money(sizing.risk),
            fate_words(fates.get(plan.symbol)),
        )
    return table


async def show_quotas(options: Options) -> None:
    """Print how often each provider was asked."""
    found = await provider_use(options.app())
    if options.as_json:
        options.print_document(quotas_document(found))
        return
    table = grid(
        *((name, "") for name in ("provider", "group", "key")),
        *((name, "right") for name in ("last minute", "last day", "last call")),
    )
    for use in found:
        words = [safe(word) for word in (use.provider, use.group, use.key)]
        table.add_row(*words, str(use.last_minute), str(use.last_day), clock(use.last_call))
    options.console().print(table if found else "no provider was asked yet", highlight=False)
