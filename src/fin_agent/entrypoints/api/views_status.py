"""Builds the answers about the present: status, positions, orders, fills."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from fin_agent.composition.api_reads import Asked, events_after, fills_before, payload_of
from fin_agent.composition.bootstrap import App
from fin_agent.composition.live_view import LiveView
from fin_agent.composition.standing import Held, Standing, standing
from fin_agent.domain.control import ErrorRaised
from fin_agent.domain.session import NEW_YORK
from fin_agent.entrypoints.api.models import status as told
from fin_agent.entrypoints.api.models.base import Told
from fin_agent.entrypoints.api.models.trading import (
    Fill,
    Fills,
    Order,
    Orders,
    Position,
    Positions,
)
from fin_agent.entrypoints.api.paging import paged
from fin_agent.entrypoints.documents.looking import look_at
from fin_agent.entrypoints.documents.standing import order_rows, position_row
from fin_agent.entrypoints.documents.values import maybe, number
from fin_agent.entrypoints.documents.whole import session_document, status_document

_ERRORS = 20


async def status_of(app: App, view: LiveView) -> told.Status:
    """Everything that the banner and the gauges show."""
    look = await look_at(app)
    found = look.found
    positions = [position_of(held, view) for held in found.positions]
    document = status_document(look.status)
    utc = app.clock.now()
    return told.Status.model_validate(
        {
            **document,
            "session": session_document(app.current_session(view.now), view.now),
            "clock": {
                "utc": utc,
                "new_york": utc.astimezone(NEW_YORK),
                "session_now": view.now.astimezone(NEW_YORK),
                "speed": view.speed,
            },
            "loss": _gauge(found, positions, look.status.daily_loss_cap),
            "grades": _grades(found),
            "positions": positions,
            "errors": await _errors(app, found),
            "weights": dict(view.weights) or configured_weights(app),
        }
    )


def configured_weights(app: App) -> dict[str, float]:
    """The factors' weights by the settings."""
    return {choice.use: choice.weight for choice in app.settings.factors}


def _gauge(found: Standing, positions: Sequence[Position], cap: Decimal) -> told.LossGauge:
    used = max(Decimal(0), -found.realised)
    open_ = [p.unrealised for p in positions]
    return told.LossGauge(
        realised=None if found.session_date is None else number(found.realised),
        unrealised=None if None in open_ else number(sum(value or 0.0 for value in open_)),
        cap=number(cap),
        used=number(used),
        used_share=number(used / cap),
        open_risk=number(sum(p.risk if p.at_risk is None else p.at_risk for p in positions)),
    )


def _grades(found: Standing) -> dict[str, int]:
    counts: dict[str, int] = {}
    for advice in found.day.advice:
        grade = advice.plan.grade.value
        counts[grade] = counts.get(grade, 0) + 1
    return dict(sorted(counts.items()))


async def _errors(app: App, found: Standing) -> list[Told]:
    """What a person should know of the session, newest first."""
    if found.session_date is None:
        return []
    asked = Asked(ErrorRaised.__name__, found.session_date)
    raised, _ = await events_after(app, asked, None, _ERRORS)
    return [
        Told(
            seq=one.seq,
            at=one.event.occurred_at,
            problem=payload["problem"],
            remedy=payload["remedy"],
            critical=bool(payload.get("critical")),
        )
        for one in reversed(raised)
        for payload in [payload_of(one)]
    ]


def position_of(held: Held, view: LiveView) -> Position:
    """A position with what its last price makes of it."""
    position, row = held.position, position_row(held)
    last = view.prices.get(position.symbol)
    if last is None or position.quantity <= 0:
        return Position.model_validate(row)
    price, at = last
    mark = Decimal(repr(price))
    levels = position.intent.approved.levels
    moved = position.side.sign * (mark - position.entry_price) / levels.risk_per_share
    return Position.model_validate(
        {
            **row,
            "last_price": price,
            "last_price_at": at.astimezone(NEW_YORK),
            "unrealised": number(position.unrealised(mark)),
            "open_r": number(moved),
            "at_risk": number(position.at_risk(mark)),
        }
    )


async def positions_of(app: App, view: LiveView, cursor: str | None, limit: int) -> Positions:
    """What is held."""
    found = await standing(app)
    rows = [position_of(held, view) for held in found.positions]
    return Positions(**_head(found), **paged(rows, cursor, limit))


async def orders_of(app: App, cursor: str | None, limit: int) -> Orders:
    """The orders of the newest session."""
    found = await standing(app)
    rows = [Order.model_validate(row) for row in order_rows(found)]
    return Orders(**_head(found), **paged(rows, cursor, limit))


def _head(found: Standing) -> dict[str, Any]:
    return {
        "session_date": found.session_date,
        "phase": found.phase,
        "state": found.state.value,
    }


async def fills_of(
    app: App, day: date | None, symbol: str | None, cursor: str | None, limit: int
) -> Fills:
    """Executions, newest first."""
    found, after = await fills_before(app, day, symbol, int(cursor or 0), limit)
    rows = [
        Fill(
            execution_id=one.execution_id,
            client_order_id=one.fill.client_order_id,
            symbol=one.fill.symbol,
            session_date=one.session_date,
            is_entry=one.fill.is_entry,
            quantity=number(one.fill.quantity),
            price=number(one.fill.price),
            fees=number(one.fill.fees),
            at=one.fill.at,
            reason=one.fill.reason,
            slippage_bps=maybe(one.slippage_bps),
        )
        for one in found
    ]
    return Fills(items=rows, count=len(rows), next_cursor=None if after is None else str(after))
