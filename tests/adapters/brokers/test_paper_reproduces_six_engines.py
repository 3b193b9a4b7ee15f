"""The paper broker gives to the cent what six other engines give (performance.md section 1).

The rules are those of ``../shared/bench/daily``: buy up to four gaps of 4 % to 20 % at the open
with a quarter of the day's starting equity each, stop 3 %, target 9 %, else out at the close.
"""

import asyncio
import importlib.util
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fin_agent.adapters.brokers.paper import Paper
from fin_agent.domain.market import Bar
from fin_agent.domain.order import OrderIntent
from fin_agent.domain.plan import Levels
from fin_agent.domain.session import SessionRules, TradingSession
from fin_agent.ports import MinuteBars
from fin_agent.testing.builders import (
    FREE_FILLS,
    a_candidate,
    a_plan,
    a_session,
    an_intent,
    levels,
)
from tests.recorded_data import DATA, need

GENERATOR = DATA.parent / "bench" / "gen_data.py"
LOOKBACK, SLOTS = 20, 4
Columns = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def market() -> Columns:
    """Open, high, low, close and volume of 500 symbols on 1,260 days."""
    need(GENERATOR)
    spec = importlib.util.spec_from_file_location("gen_data", GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    columns: Columns = module.daily(500, 1260, 7)
    return columns


def picks(market: Columns) -> Iterator[tuple[int, list[int]]]:
    """Every day that has picks, with the best four in order of their gap."""
    open_, close, volume = market[0], market[3], market[4]
    for day in range(LOOKBACK, open_.shape[0]):
        gaps = open_[day] / close[day - 1] - 1.0
        usual = volume[day - LOOKBACK : day].sum(axis=0)
        fits = (gaps >= 0.04) & (gaps <= 0.20) & (volume[day - 1] * LOOKBACK >= usual)
        found = np.nonzero(fits)[0]
        if found.size:
            yield day, found[np.lexsort((found, -gaps[found]))][:SLOTS].tolist()


def cents(price: float) -> Decimal:
    return Decimal(math.floor(price * 100.0 + 0.5)) / 100


def levels_of(price: float) -> Levels:
    return levels(Decimal(repr(price)), cents(price * (1 - 0.03)), cents(price * (1 + 0.09)))


def an_order(symbol: str, price: float, equity: Decimal, session: TradingSession) -> OrderIntent:
    quantity = equity / SLOTS // Decimal(repr(price))
    plan = a_plan(a_candidate(symbol), at=levels_of(price))
    return an_intent(quantity=quantity, plan=plan, client_order_id=symbol, session=session)


async def traded(
    orders: list[OrderIntent], bars: dict[str, Bar], session: TradingSession
) -> tuple[Decimal, int]:
    """The day's result and how many positions it opened and closed again."""
    venue = Paper(replace(FREE_FILLS, touch=True), SessionRules(), Decimal(1))
    for order in orders:
        await venue.submit(order, session)
    venue.on_bars(MinuteBars(0, bars))
    venue.at_close()
    fills = [report.fill for report in venue.drain() if report.fill is not None]
    cash = sum((f.quantity * f.price * (-1 if f.is_entry else 1) for f in fills), Decimal(0))
    assert await venue.positions() == {}
    return cash, sum(fill.is_entry for fill in fills)


async def backtest(market: Columns) -> tuple[Decimal, int]:
    session = a_session(date(2020, 1, 2))
    equity, trades = Decimal(1_000_000), 0
    for day, symbols in picks(market):
        bars = {str(s): Bar(0, *market[:, day, s].tolist()) for s in symbols}
        orders = [an_order(symbol, bar.open, equity, session) for symbol, bar in bars.items()]
        result, opened = await traded(orders, bars, session)
        equity += result
        trades += opened
    return equity, trades


def test_trades_and_final_equity_are_those_of_the_other_engines(market: Columns) -> None:
    equity, trades = asyncio.run(backtest(market))

    assert trades == 3_298
    assert equity == Decimal("506290.50")
