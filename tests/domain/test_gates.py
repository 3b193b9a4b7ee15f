"""Each gate admits at its threshold and refuses beyond it (strategy.md section 2)."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.gates import GATES, ScanContext, ScanRules, split_ratio_near
from fin_agent.domain.market import InstrumentType
from fin_agent.domain.snapshot import CorporateActions, Snapshot
from fin_agent.domain.verdict import failures, judge
from fin_agent.testing.builders import SCAN, a_context, a_snapshot, an_instrument

PLAIN = a_context()
SHORTS = a_context(ScanRules(allow_short=True))
IN_EUR = a_context(fx=1.1)
LITTLE_ADV = a_context(ScanRules(min_adv=0.5))


@dataclass(frozen=True, slots=True)
class Case:
    """A snapshot and the gate that must refuse it; None when every gate passes."""

    about: str
    refused_by: str | None
    snapshot: Snapshot
    context: ScanContext = PLAIN


CASES = (
    Case("a stock 5 % up on twice its volume", None, a_snapshot()),
    Case("history of 21 bars", None, a_snapshot(bars=21)),
    Case("history of 20 bars", "history", a_snapshot(bars=20)),
    Case("history that misses yesterday", "history", a_snapshot(ends_yesterday=False)),
    Case("no quote", "quote", a_snapshot(Missing("nobody quotes it"))),
    Case("a quote of 15 minutes", None, a_snapshot(quote_age_s=900)),
    Case("a quote of a second more", "quote", a_snapshot(quote_age_s=901)),
    Case("a quote without a time", "quote", a_snapshot(Known(105.0, "test"))),
    Case("a price of 0", "quote", a_snapshot(0.0)),
    Case("a negative price", "quote", a_snapshot(-105.0)),
    Case("a price that is no number", "quote", a_snapshot(float("nan"))),
    Case("an infinite price", "quote", a_snapshot(float("inf"))),
    Case("a halt", "halted", a_snapshot(halted=Known(value=True, source="test"))),
    Case("a lifted halt", None, a_snapshot(halted=Known(value=False, source="test"))),
    Case("no halt feed", None, a_snapshot(halted=Missing("no halt feed"))),
    Case("price at the least", None, a_snapshot(2.0, 1.9)),
    Case("price below the least", "price_range", a_snapshot(1.99, 1.9)),
    Case("price at the most", None, a_snapshot(300.0, 285.0)),
    Case("price above the most", "price_range", a_snapshot(300.01, 285.0)),
    Case("USD price at the most in euro", None, a_snapshot(330.0, 315.0), IN_EUR),
    Case("USD price above it in euro", "price_range", a_snapshot(330.01, 315.0), IN_EUR),
    Case("USD price below the least in euro", "price_range", a_snapshot(2.19, 2.1), IN_EUR),
    Case("ADV at the least", None, a_snapshot(adv=5_000_000.0)),
    Case("ADV below the least", "liquidity", a_snapshot(adv=4_999_999.99)),
    Case("ADV below by float noise only", None, a_snapshot(adv=4_999_999.9999999)),
    Case("no ADV", "liquidity", a_snapshot(adv=None)),
    Case("no ADV where none is asked", None, a_snapshot(adv=None), a_context(ScanRules(min_adv=0))),
    Case("no ADV where a little is asked", "liquidity", a_snapshot(adv=None), LITTLE_ADV),
    Case("USD ADV at the least in euro", None, a_snapshot(adv=5_500_000.0), IN_EUR),
    Case("USD ADV below it in euro", "liquidity", a_snapshot(adv=5_499_999.0), IN_EUR),
    Case("gap of 4 %", None, a_snapshot(104.0)),
    Case("gap below 4 %", "gap_min", a_snapshot(103.99)),
    Case("gap of 20 %", None, a_snapshot(120.0)),
    Case("gap above 20 %", "gap_max", a_snapshot(120.01)),
    Case("gap down of 4 %, shorts allowed", None, a_snapshot(96.0), SHORTS),
    Case("gap down below 4 %, shorts allowed", "gap_min", a_snapshot(96.01), SHORTS),
    Case("gap down of 20 %, shorts allowed", None, a_snapshot(80.0), SHORTS),
    Case("gap down above 20 %, shorts allowed", "gap_max", a_snapshot(79.9), SHORTS),
    Case("gap down, shorts forbidden", "direction", a_snapshot(95.0)),
    Case(
        "gap down of a stock that cannot be borrowed",
        "direction",
        a_snapshot(95.0, instrument=an_instrument(shortable=False)),
        SHORTS,
    ),
    Case("rvol of 1.5", None, a_snapshot(rvol=1.5)),
    Case("rvol below 1.5", "relative_volume", a_snapshot(rvol=1.499999)),
    Case("rvol missing", None, a_snapshot(rvol=None)),
    Case(
        "rvol missing where it is required",
        "relative_volume",
        a_snapshot(rvol=None),
        a_context(ScanRules(rvol_missing="reject")),
    ),
    Case("a lock", "locked", a_snapshot(lock="cool-down after two losses")),
    Case("no fx rate", "fx", a_snapshot(), a_context(fx=Missing("no fx rate known"))),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.about)
def test_the_gate_that_refuses_names_the_verdict(case: Case) -> None:
    verdict = judge(case.snapshot, case.context)

    assert (verdict and verdict.verdict) == case.refused_by


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.about)
def test_the_verdict_is_the_first_of_all_failures(case: Case) -> None:
    assert next(iter(failures(case.snapshot, case.context)), None) == case.refused_by


def test_106_over_100_is_a_gap_of_exactly_six_percent() -> None:
    assert a_snapshot(106.0, 100.0).gap == 6.0
    assert judge(a_snapshot(106.0, 100.0), a_context(ScanRules(max_gap_pct=6.0))) is None


def test_a_threshold_comes_from_the_rules() -> None:
    strict = a_context(ScanRules(min_gap_pct=5.5))

    verdict = judge(a_snapshot(105.0), strict)

    assert verdict is not None
    assert (verdict.verdict, verdict.measured, verdict.threshold) == ("gap_min", 5.0, 5.5)


@pytest.mark.parametrize("kind", [k for k in InstrumentType if k.value not in {"stock", "adr"}])
def test_only_common_stocks_and_adrs_pass(kind: InstrumentType) -> None:
    verdict = judge(a_snapshot(instrument=an_instrument(kind=kind)), a_context())

    assert verdict is not None
    assert (verdict.verdict, verdict.measured) == ("instrument_type", kind.value)


@pytest.mark.parametrize("kind", [InstrumentType.STOCK, InstrumentType.ADR, None])
def test_a_leveraged_product_is_refused_whatever_it_calls_itself(
    kind: InstrumentType | None,
) -> None:
    leveraged = an_instrument(kind=kind, leveraged=True)

    assert judge(a_snapshot(instrument=an_instrument(kind=kind)), a_context()) is None
    verdict = judge(a_snapshot(instrument=leveraged), a_context())
    assert verdict is not None
    assert (verdict.verdict, verdict.measured) == ("instrument_type", "leveraged")


def test_an_unknown_type_passes_degraded() -> None:
    late = a_snapshot(prev_close=200.0, instrument=an_instrument(kind=None))

    verdict = judge(late, a_context())

    assert verdict is not None
    assert "instrument type unknown" in verdict.degraded


@pytest.mark.parametrize(
    "kind", [InstrumentType.ETF, InstrumentType.ETN, InstrumentType.FUND], ids=str
)
def test_a_packaged_product_needs_a_key_information_document(kind: InstrumentType) -> None:
    def failed(*, kid: bool | None) -> tuple[str, ...]:
        return failures(a_snapshot(instrument=an_instrument(kind=kind, kid=kid)), a_context())

    assert failed(kid=None) == ("instrument_type", "kid")
    assert failed(kid=False) == ("instrument_type", "kid")
    assert failed(kid=True) == ("instrument_type",)


@pytest.mark.parametrize("ratio", [2, 3, 4, 5, 10, 20])
@pytest.mark.parametrize("edge", [0.98, 1.0, 1.02])
def test_a_move_within_two_percent_of_a_split_ratio_counts_as_a_split(
    ratio: int, edge: float
) -> None:
    wide_open = a_context(ScanRules(max_gap_pct=1e9, max_price=1e9, allow_short=True))

    for move in (ratio * edge, edge / ratio):
        verdict = judge(a_snapshot(100.0 * move), wide_open)
        assert verdict is not None
        assert verdict.verdict == "corporate_action"


def test_a_move_beyond_two_percent_of_a_split_ratio_is_a_gap() -> None:
    for move in (0.4899, 0.5101, 1.9599, 2.0401):
        assert split_ratio_near(move) is None


def test_a_split_on_record_is_no_reason_to_refuse() -> None:
    known = CorporateActions(split_known=True)
    wide_open = a_context(ScanRules(max_gap_pct=200.0))

    assert judge(a_snapshot(200.0, actions=known), wide_open) is None


def test_an_unadjusted_action_refuses_whatever_the_price_did() -> None:
    verdict = judge(a_snapshot(actions=CorporateActions(unadjusted="symbol change")), a_context())

    assert verdict is not None
    assert (verdict.verdict, verdict.measured) == ("corporate_action", "symbol change")


def test_a_verdict_carries_what_was_measured_and_by_whom_and_when() -> None:
    snapshot = a_snapshot(Known(102.0, "yahoo", SCAN - timedelta(seconds=60)))

    verdict = judge(snapshot, a_context())

    assert verdict is not None
    assert (verdict.verdict, verdict.rule) == ("gap_min", "gap_min")
    assert (verdict.measured, verdict.threshold) == (2.0, 4.0)
    assert (verdict.source, verdict.age_s) == ("yahoo", 60.0)


def test_the_gates_stand_in_the_order_of_the_strategy_behind_the_fx_rate() -> None:
    assert [name for name, _ in GATES] == [
        "fx",
        "instrument_type",
        "kid",
        "locked",
        "history",
        "quote",
        "halted",
        "corporate_action",
        "price_range",
        "liquidity",
        "gap_min",
        "gap_max",
        "direction",
        "relative_volume",
    ]
