"""A strategy tested offline: one invented day through the real day driver."""

# ruff: noqa: S101 - assert is how pytest asks

import asyncio
from decimal import Decimal

from fin_agent.adapters.brokers.paper import Paper
from fin_agent.application.day import DayDriver, DayOutcome
from fin_agent.application.desk import Desk, TradingRules
from fin_agent.domain.entries.pullback import Pullback
from fin_agent.domain.events import GENESIS
from fin_agent.domain.factors.volatility import Volatility
from fin_agent.domain.gates import ScanRules
from fin_agent.domain.plan import PlanRules
from fin_agent.domain.risk import RiskRules
from fin_agent.domain.session import SessionRules
from fin_agent.testing.builders import (
    DAY,
    FREE_FILLS,
    SCAN,
    YESTERDAY,
    a_bar,
    a_session,
    a_snapshot,
    an_instrument,
)
from fin_agent.testing.fakes import FakeFx, FakeMarket, FakeNews, FakeSentiment
from fin_agent.testing.stores import MemoryStore


async def trade() -> DayOutcome:
    """ACME gaps up 8 % on heavy volume, gives half of it back, then runs to its target."""
    market = FakeMarket(
        snapshots={DAY: [a_snapshot(price=108.0, prev_close=100.0, rvol=4.0)]},
        bars={
            DAY: {
                "ACME": [
                    a_bar(0, open_=108.0, low=106.0, close=106.5),
                    a_bar(1, open_=106.5, low=103.0, close=104.5),
                    a_bar(2, open_=104.5, high=114.0, close=113.5),
                ]
            }
        },
    )
    rules = TradingRules(
        account="paper",
        scan=ScanRules(),
        plan=PlanRules(),
        session=SessionRules(),
        risk=RiskRules(),
        settings="{}",
    )
    desk = Desk(
        rules=rules,
        instruments=[an_instrument("ACME")],
        factors=[("volatility", 1.0, Volatility())],
        entries=[("pullback", Pullback())],
        market=market,
        news=FakeNews(),
        sentiment=FakeSentiment(),
        fx=FakeFx(1.0),
        venue=Paper(FREE_FILLS, rules.session, Decimal(1)),
        store=MemoryStore(),
    )
    driver = DayDriver(desk, a_session(), YESTERDAY, Decimal(500), GENESIS)
    await driver.open(inputs="")
    await driver.scan(SCAN, at_open=False)
    await driver.trade()
    return driver.outcome()


def test_half_of_the_gap_is_bought_and_the_target_sells_it() -> None:
    [record] = asyncio.run(trade()).trades

    assert (record.entry_price, record.exit_reason) == (Decimal(104), "target")
    assert record.r_multiple > 0


if __name__ == "__main__":
    outcome = asyncio.run(trade())
    for record in outcome.trades:
        print(record.symbol, record.entry_price, record.exit_price, record.exit_reason)
    print("decision hash", outcome.decision_hash[:12])
