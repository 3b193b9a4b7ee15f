"""Sessions judged together get the verdicts, records and snapshots of sessions judged alone."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from fin_agent.adapters.bars.cross_section import ColumnarSection
from fin_agent.adapters.market_data.daily import Daily
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.gates import ScanContext, ScanRules
from fin_agent.domain.market import Instrument
from fin_agent.domain.session import TradingSession
from fin_agent.domain.verdict import CrossSection
from fin_agent.ports import ScanRequest
from fin_agent.testing.fakes import FakeCalendar
from tests.adapters.bars.histories import DAYS, History, random_history
from tests.adapters.market_data.memory_bars import MemoryBars, daily_table

CALENDAR = FakeCalendar.weekdays(DAYS[0], DAYS[-1])
SESSIONS = CALENDAR.sessions(DAYS[1], DAYS[-1])
RULES = ScanRules(min_history=15, min_price=20, max_price=250, min_adv=5e6, min_gap_pct=1.5)


def market_of(history: History) -> Daily:
    table = daily_table(history.bars, history.is_adjusted)
    return Daily(MemoryBars(table, splits=history.splits))


async def sections(
    market: Daily, sessions: Iterable[TradingSession], symbols: Iterable[str]
) -> dict[TradingSession, ColumnarSection]:
    instruments = [Instrument(symbol) for symbol in symbols]
    found = {}
    for session in sessions:
        previous = CALENDAR.previous(session.date).date
        request = ScanRequest(session, previous, session.open, True, instruments)
        found[session] = await market.cross_section(request)
        found[session].judge(ScanContext(RULES, session.open, Known(1.0, "fixed")))
    return found


def told(section: CrossSection, context: ScanContext) -> list[object]:
    verdicts = section.judge(context)
    return [
        verdicts.passed,
        verdicts.counts(),
        verdicts.record(),
        verdicts.record_text(),
        {symbol: verdicts[symbol] for symbol in verdicts if symbol not in verdicts.passed},
        [section.snapshot(symbol) for symbol in section.symbols],
    ]


@settings(max_examples=6)
@given(st.integers(0, 10**9), st.sampled_from([Known(1.0, "fixed"), Known(1.1, "fixed")]))
async def test_in_order_as_one_by_one(seed: int, fx: Evidence[float]) -> None:
    history = random_history(seed, symbols=6)
    symbols = [*history.bars, "UNKNOWN"][:: Random(seed).choice([1, 1, 2])]
    together = await sections(market_of(history), SESSIONS, symbols)
    alone = await sections(market_of(history), reversed(SESSIONS), symbols)

    for session in SESSIONS:
        context = ScanContext(RULES, session.open, fx)
        assert told(together[session], context) == told(alone[session], context)


async def test_rules_may_change_and_fx_may_be_missing() -> None:
    history = random_history(3, symbols=6)
    together = await sections(market_of(history), SESSIONS, history.bars)
    alone = await sections(market_of(history), reversed(SESSIONS), history.bars)

    for number, session in enumerate(SESSIONS):
        rules = replace(RULES, min_gap_pct=float(number % 3))
        fx = Missing("no rate") if number % 5 == 0 else Known(1.0, "fixed")
        context = ScanContext(rules, session.open, fx)
        assert told(together[session], context) == told(alone[session], context)


async def test_a_day_that_is_left_out_is_looked_at_alone() -> None:
    history = random_history(5, symbols=6)
    some = [session for number, session in enumerate(SESSIONS) if number % 7]
    together = await sections(market_of(history), some, history.bars)
    alone = await sections(market_of(history), reversed(SESSIONS), history.bars)

    for session in some:
        context = ScanContext(RULES, session.open, Known(1.0, "fixed"))
        assert told(together[session], context) == told(alone[session], context)
