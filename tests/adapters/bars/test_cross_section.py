"""Columnar verdicts equal those of the scalar gates, symbol by symbol and as they are hashed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.bars.columns import days_since_1970
from fin_agent.adapters.bars.cross_section import ColumnarSection
from fin_agent.adapters.bars.features import DailyColumns
from fin_agent.adapters.bars.scan_columns import EvidenceColumn, Marks, ScanColumns, Universe
from fin_agent.domain.events import canonical, plain
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.gates import ScanContext, ScanRules
from fin_agent.domain.market import Instrument, InstrumentType
from fin_agent.domain.session import NEW_YORK
from fin_agent.domain.snapshot import CorporateActions
from fin_agent.domain.verdict import CrossSection, Verdict

AT = datetime(2025, 3, 10, 8, 0, tzinfo=NEW_YORK)  # the Monday after the clocks changed
YESTERDAY = date(2025, 3, 7)
NAN = float("nan")
SEEDS = st.integers(0, 10**9)
Column = npt.NDArray[np.float64]
FX = st.sampled_from([Known(1.0, "fixed"), Known(1.0837, "ecb"), Missing("no fx rate")])
RULES = st.builds(
    ScanRules,
    min_adv=st.sampled_from([0.0, 5_000_000.0]),
    rvol_missing=st.sampled_from(["keep", "reject"]),
    allow_short=st.booleans(),
    min_history=st.sampled_from([0, 15, 21]),
    max_quote_age_s=st.sampled_from([900.0, 60.0]),
)


def random_columns(seed: int, count: int) -> ScanColumns:
    random = Random(seed)
    universe = Universe([_instrument(random, n) for n in range(count)])
    daily = _daily(random, count)
    price = _prices(random, daily)
    return ScanColumns(AT, universe, daily, price, _rvol(random, count), _marks(random, universe))


def _instrument(random: Random, number: int) -> Instrument:
    kinds = [None, *[InstrumentType.STOCK] * 8, *InstrumentType]
    maybe = [None, None, True, False]
    return Instrument(
        f"{random.choice('ABÄ')}{number}",
        type=random.choice(kinds),
        leveraged=random.choice([None, None, None, False, True]),
        kid=random.choice(maybe),
        shortable=random.choice(maybe),
    )


def _daily(random: Random, count: int) -> DailyColumns:
    choices = [0, 1, 6, 14, 15, 20, 21, 300, 300, 300]
    bars = np.array([random.choice(choices) for _ in range(count)], np.int64)
    late = np.array([random.choice([0, 0, 0, 0, 3, 400]) for _ in range(count)], np.int64)
    last_day = np.where(bars > 0, days_since_1970(YESTERDAY) - late, -1)

    def known(needed: int, low: float, high: float, *edges: float) -> Column:
        values = np.array(
            [
                random.choice(edges)
                if edges and random.random() < 0.3
                else random.uniform(low, high)
                for _ in range(count)
            ]
        )
        return np.where(bars >= needed, np.round(values, 4), NAN)

    return DailyColumns(
        bars,
        last_day,
        last_day == days_since_1970(YESTERDAY),
        known(1, 1, 400, 2.0, 100.0, 250.0, 300.0),
        known(15, 0.1, 9),
        known(6, 0.1, 9),
        known(20, 0, 2e7, 5_000_000.0),
        known(20, 0, 1e6),
    )


def _prices(random: Random, daily: DailyColumns) -> EvidenceColumn:
    count = len(daily.bars)
    moves = [1.0, 1.01, 1.04, 0.96, 1.05, 1.08, 1.2, 1.21, 0.93, 2.0, 0.5, 0.1001, 10.1, 3.07, 0.33]
    kinds = (
        Missing("no trade yet today"),
        Known(0.0, "bars"),
        Known(0.0, "feed", delay_s=900.0),
        Known(0.0, "feed", degraded="from the second source"),
    )
    values = np.nan_to_num(daily.prev_close, nan=50.0) * [
        random.choice(moves) for _ in range(count)
    ]
    for place in range(count):
        if random.random() < 0.1:
            values[place] = random.choice([0.0, -1.0, NAN, float("inf"), float("-inf"), 300.0])
    kind = np.array([random.choice([0, 1, 1, 1, 1, 2, 3]) for _ in range(count)], np.int64)
    ages = [0.0, 60.0, 60.5, 899.999999, 900.0, 901.123456, NAN, 3 * 86400.0]
    age_s = np.array([random.choice([*[0.0] * 8, *ages]) for _ in range(count)])
    return EvidenceColumn(kinds, kind, np.round(values, 4), age_s)


def _rvol(random: Random, count: int) -> EvidenceColumn:
    if random.random() < 0.3:
        return EvidenceColumn.nothing(count, Missing("no volume is known"))
    kinds = (Missing("nothing normal"), Known(0.0, "bars/profile"), Known(0.0, "bars/20 sessions"))
    kind = np.array([random.choice([0, 1, 2, 2]) for _ in range(count)], np.int64)
    values = np.array([random.choice([1.5, round(4.0 * random.random(), 6)]) for _ in range(count)])
    return EvidenceColumn(kinds, kind, values, np.zeros(count))


def _marks(random: Random, universe: Universe) -> Marks:
    def some(share: float) -> list[str]:
        return [symbol for symbol in (*universe.symbols, "OTHER") if random.random() < share]

    halts: list[Evidence[bool]] = [
        Known(True, "feed", AT),
        Known(False, "feed"),
        Missing("no answer"),
    ]
    actions = [
        CorporateActions(split_known=True),
        CorporateActions(unadjusted="renamed today"),
        CorporateActions(split_known=True, unadjusted="two splits"),
    ]
    return Marks(
        {symbol: random.choice(actions) for symbol in some(0.1)},
        {symbol: random.choice(halts) for symbol in some(0.1)},
        dict.fromkeys(some(0.05), "by hand until Friday"),
    )


@given(SEEDS, st.integers(0, 60), RULES, FX)
def test_columnar_verdicts_equal_the_scalar_ones(
    seed: int, count: int, rules: ScanRules, fx: Evidence[float]
) -> None:
    section = ColumnarSection(random_columns(seed, count))
    context = ScanContext(rules, AT, fx)

    columnar, scalar = section.judge(context), CrossSection.judge(section, context)

    assert columnar.passed == scalar.passed
    assert list(columnar) == list(scalar)
    assert len(columnar) == len(scalar) == count
    assert columnar.counts() == scalar.counts()
    assert columnar.record() == scalar.record()
    assert columnar.record_text() == scalar.record_text() == canonical(plain(scalar.record()))
    for symbol in set(scalar) - set(scalar.passed):
        assert columnar[symbol] == scalar[symbol]


def test_a_large_universe_is_written_the_same_way() -> None:
    section = ColumnarSection(random_columns(7, 3000))
    context = ScanContext(ScanRules(), AT, Known(1.0837, "ecb"))

    columnar, scalar = section.judge(context), CrossSection.judge(section, context)

    assert columnar.record_text() == scalar.record_text()
    assert set(scalar.counts()) >= {"history", "quote", "price_range", "liquidity", "gap_min"}


def test_a_symbol_that_passed_has_no_verdict_until_it_is_settled() -> None:
    columns = random_columns(7, 400)
    verdicts = ColumnarSection(columns).judge(
        ScanContext(ScanRules(allow_short=True), AT, Known(1.0, "fixed"))
    )
    symbol = verdicts.passed[0]

    with pytest.raises(KeyError):
        verdicts[symbol]
    verdicts.settle(Verdict(symbol, "rank", 6.0, 5.0))

    assert verdicts[symbol].verdict == "rank"
    assert verdicts.counts()["rank"] == 1


def test_an_unknown_symbol_has_neither_snapshot_nor_verdict() -> None:
    section = ColumnarSection(random_columns(7, 5))
    verdicts = section.judge(ScanContext(ScanRules(), AT, Known(1.0, "fixed")))

    with pytest.raises(KeyError):
        section.snapshot("NOWHERE")
    with pytest.raises(KeyError):
        verdicts["NOWHERE"]


def test_the_universe_is_sorted_and_holds_each_symbol_once() -> None:
    universe = Universe([Instrument("B"), Instrument("A", sector="old"), Instrument("A")])

    assert universe.symbols == ("A", "B")
    assert universe.instruments == (Instrument("A"), Instrument("B"))


def test_evidence_keeps_its_time_across_a_change_of_clocks() -> None:
    columns = random_columns(7, 1)
    saturday = EvidenceColumn(
        (Known(0.0, "feed"),), np.zeros(1, np.int64), np.array([10.0]), np.array([2 * 86400.0])
    )
    price = replace(columns, price=saturday).snapshot(columns.universe.symbols[0]).price

    assert isinstance(price, Known)
    assert price.as_of is not None
    assert AT.astimezone(UTC) - price.as_of.astimezone(UTC) == timedelta(days=2)
    assert price.as_of.hour == 7  # eight o'clock summer time is seven o'clock winter time
