"""Every symbol gets one verdict, and a verdict says what would have admitted the symbol."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.candidate import rank
from fin_agent.domain.events import canonical, plain
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.gates import RULES, ScanContext, ScanRules, degradations
from fin_agent.domain.market import InstrumentType
from fin_agent.domain.snapshot import CorporateActions, Snapshot
from fin_agent.domain.verdict import (
    CrossSection,
    UniverseJudged,
    Verdict,
    Verdicts,
    failures,
    judge,
)
from fin_agent.testing.builders import SCAN, a_candidate, a_context, a_snapshot, an_instrument


class Universe(CrossSection):
    """Snapshots by symbol."""

    def __init__(self, snapshots: Sequence[Snapshot]) -> None:
        self.at = SCAN
        self.symbols = [snapshot.symbol for snapshot in snapshots]
        self._snapshots = {snapshot.symbol: snapshot for snapshot in snapshots}

    def snapshot(self, symbol: str) -> Snapshot:
        return self._snapshots[symbol]


@st.composite
def snapshots(draw: st.DrawFn, symbol: str = "ACME") -> Snapshot:
    """Anything that the market may show, with every input possibly missing."""
    prices = st.floats(-1, 700) | st.sampled_from([float("nan"), float("inf"), 104.0, 120.0])
    price = draw(st.none() | prices)
    kind = draw(st.sampled_from([*InstrumentType, None, *[InstrumentType.STOCK] * 10]))
    return a_snapshot(
        Missing("no quote") if price is None else price,
        draw(st.sampled_from([100.0, 100.0, 250.0, 1.5])),
        draw(st.none() | st.floats(0, 6)),
        instrument=an_instrument(symbol, kind, leveraged=draw(st.booleans() | st.none())),
        quote_age_s=draw(st.sampled_from([0.0, 900.0, 1000.0])),
        adv=draw(st.none() | st.sampled_from([1e6, 5e6, 1e9])),
        bars=draw(st.sampled_from([5, 20, 21, 300])),
        ends_yesterday=draw(st.integers(0, 9)) > 0,
        lock=draw(st.none() | st.just("cool-down")) if draw(st.integers(0, 9)) == 0 else None,
    )


universes = st.lists(st.sampled_from("ABCDEFGH"), unique=True).flatmap(
    lambda symbols: st.tuples(*[snapshots(symbol) for symbol in symbols])
)
contexts = st.builds(
    a_context,
    st.builds(
        ScanRules, allow_short=st.booleans(), rvol_missing=st.sampled_from(["keep", "reject"])
    ),
    st.sampled_from([1.0, 1.1, Missing("no fx rate known")]),
)


@given(universe=universes, context=contexts)
def test_every_symbol_gets_exactly_one_verdict(
    universe: tuple[Snapshot, ...], context: ScanContext
) -> None:
    verdicts = Universe(universe).judge(context)
    scored = [a_candidate(symbol, composite=45.0 + 5 * i) for i, symbol in enumerate("ABCDEFGH")]
    for verdict in rank([c for c in scored if c.symbol in verdicts.passed], context.rules)[1]:
        verdicts.settle(verdict)

    assert list(verdicts) == sorted(snapshot.symbol for snapshot in universe)
    assert {verdict.symbol for verdict in verdicts.values()} == set(verdicts)
    assert sum(verdicts.counts().values()) == len(verdicts) == len(universe)


@given(snapshot=snapshots(), context=contexts)
def test_a_symbol_passes_when_no_gate_fails_and_is_named_after_the_first_that_does(
    snapshot: Snapshot, context: ScanContext
) -> None:
    verdict, failed = judge(snapshot, context), failures(snapshot, context)

    assert (verdict.verdict if verdict else None) == (failed[0] if failed else None)


def changed(
    verdict: Verdict, snapshot: Snapshot, context: ScanContext
) -> tuple[Snapshot, ScanContext]:
    """The one change that a numeric verdict names, carried out."""
    text = verdict.admits_if or ""
    number = re.search(r"\d[\d.,]*", text)
    value = float(number[0].replace(",", "")) if number else 0.0
    if text.startswith("price"):
        return replace(snapshot, price=Known(value, "test", SCAN)), context
    if text.startswith("ADV"):
        return replace(snapshot, daily=replace(snapshot.daily, adv=value)), context
    if text.startswith("rvol"):
        return replace(snapshot, rvol=Known(value, "test", SCAN)), context
    if text.startswith("a quote not older"):
        return replace(snapshot, price=Known(105.0, "test", SCAN)), context
    if text.endswith("daily bars on file"):
        return replace(snapshot, daily=replace(snapshot.daily, bars=int(value))), context
    assert text == "shorting allowed (account.allow_short)"
    return snapshot, replace(context, rules=replace(context.rules, allow_short=True))


@given(
    cents=st.integers(1_000, 28_000),
    gap=st.floats(0.1, 3.9) | st.floats(20.1, 45),
    sign=st.sampled_from([1, -1]),
)
def test_the_price_that_a_gap_verdict_names_admits_the_symbol(
    cents: int, gap: float, sign: int
) -> None:
    prev_close = cents / 100
    shorts = a_context(ScanRules(allow_short=True, max_price=1_000.0))
    snapshot = a_snapshot(round(prev_close * (1 + sign * gap / 100), 2), prev_close)

    verdict = judge(snapshot, shorts)

    assert verdict is not None
    assert verdict.verdict in {"gap_min", "gap_max"}
    assert judge(*changed(verdict, snapshot, shorts)) is None


@pytest.mark.parametrize(
    ("rule", "snapshot"),
    [
        ("history", a_snapshot(bars=20)),
        ("quote", a_snapshot(quote_age_s=1_000)),
        ("price_range", a_snapshot(310.0, 285.0)),
        ("price_range", a_snapshot(1.98, 1.9)),
        ("liquidity", a_snapshot(adv=4_000_000.0)),
        ("gap_min", a_snapshot(103.0)),
        ("gap_max", a_snapshot(125.0)),
        ("direction", a_snapshot(94.0)),
        ("relative_volume", a_snapshot(rvol=1.2)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_change_that_a_verdict_names_admits_the_symbol(rule: str, snapshot: Snapshot) -> None:
    verdict = judge(snapshot, a_context())

    assert verdict is not None
    assert verdict.verdict == rule
    assert judge(*changed(verdict, snapshot, a_context())) is None


@pytest.mark.parametrize(
    ("price", "change"),
    [
        (100.0, "price >= 104.00"),
        (100.5, "price >= 104.00"),
        (99.5, "price <= 96.00"),
        (120.5, "price <= 120.00"),
        (79.5, "price >= 80.00"),
    ],
)
def test_a_gap_verdict_names_the_nearer_price(price: float, change: str) -> None:
    verdict = judge(a_snapshot(price), a_context(ScanRules(allow_short=True)))

    assert verdict is not None
    assert verdict.admits_if == change


def test_where_no_single_change_helps_the_other_failures_are_named() -> None:
    verdict = judge(a_snapshot(adv=1e6, rvol=1.0, bars=60), a_context())

    assert verdict is not None
    assert verdict.admits_if == "no single change: also fails relative_volume"


def test_a_gate_without_its_input_counts_as_open() -> None:
    assert failures(a_snapshot(bars=5, adv=None, prev_close=None), a_context()) == ("history",)
    assert failures(a_snapshot(Missing("halted"), adv=1e6), a_context()) == ("quote", "liquidity")
    assert failures(a_snapshot(), a_context(fx=Missing("stale"))) == ("fx",)


def test_nothing_admits_a_symbol_of_the_wrong_kind() -> None:
    fund = judge(
        a_snapshot(instrument=an_instrument(kind=InstrumentType.ETF, kid=True)), a_context()
    )
    bound = judge(a_snapshot(95.0, instrument=an_instrument(shortable=False)), a_context())

    assert fund is not None
    assert fund.admits_if is None
    assert bound is not None
    assert bound.admits_if is None


def test_a_short_that_cannot_be_borrowed_is_not_admitted_by_a_setting() -> None:
    shorts = a_context(ScanRules(allow_short=True))

    verdict = judge(a_snapshot(95.0, instrument=an_instrument(shortable=False)), shorts)

    assert verdict is not None
    assert verdict.admits_if == "a symbol that can be sold short"


def test_a_symbol_that_passed_has_no_verdict_before_it_was_ranked() -> None:
    verdicts = Verdicts({}, ["ACME"])

    with pytest.raises(KeyError):
        verdicts["ACME"]
    verdicts.settle(Verdict("ACME", "selected", 1.0, 5.0))
    assert verdicts["ACME"].rule == "rank"


def test_counts_follow_the_order_of_the_rules_and_end_with_the_selected() -> None:
    rejected = {
        symbol: Verdict(symbol, rule)
        for symbol, rule in [("B", "gap_min"), ("A", "history"), ("C", "gap_min")]
    }
    verdicts = Verdicts(rejected, ["D", "E"])
    verdicts.settle(Verdict("D", "selected"))
    verdicts.settle(Verdict("E", "score"))

    counts = verdicts.counts()

    assert list(counts.items()) == [("history", 1), ("gap_min", 2), ("score", 1), ("selected", 1)]
    assert set(counts) <= {*RULES, "selected"}


def test_the_record_holds_the_rejected_by_rule_and_symbol() -> None:
    rejected = {
        "B": Verdict("B", "gap_min", 1.23456789012, 4.0),
        "A": Verdict("A", "gap_min", -3.0, 4.0),
        "C": Verdict("C", "locked", "by the user", "no lock"),
    }
    verdicts = Verdicts(rejected, ["D"])

    assert verdicts.record() == {
        "gap_min": {"symbols": ["A", "B"], "measured": [-3.0, 1.23456789]},
        "locked": {"symbols": ["C"], "measured": ["by the user"]},
    }
    assert json.loads(verdicts.record_text()) == verdicts.record()


def test_the_event_writes_the_same_text_by_its_short_cut() -> None:
    verdicts = Universe([a_snapshot(symbol="B"), a_snapshot(101.0, symbol="A")]).judge(a_context())
    event = UniverseJudged(SCAN, 1.0, verdicts)

    payload = event.payload()

    assert event.text() == canonical(plain(payload))
    assert (payload["passed"], payload["universe"]) == (["B"], 2)


def test_what_is_missing_late_or_repaired_is_listed() -> None:
    late = a_snapshot(Known(105.0, "yahoo", SCAN, delay_s=900.0), rvol=None)
    barely = a_snapshot(Known(105.0, "yahoo", SCAN, delay_s=0.5))
    repaired = a_snapshot(rvol=Known(2.0, "bars", SCAN, degraded="from a profile"))
    blind = a_snapshot(Missing("no quote"))

    assert degradations(a_snapshot()) == ()
    assert degradations(late) == ("price delayed by 900 s", "rvol missing: no volume is known")
    assert degradations(barely) == ("price delayed by 0.5 s",)
    assert degradations(repaired) == ("rvol from a profile",)
    assert degradations(blind) == ("price missing: no quote",)


def test_a_symbol_without_price_or_close_has_no_gap() -> None:
    assert a_snapshot(Missing("no quote")).gap is None
    assert a_snapshot(prev_close=None).gap is None
    assert a_snapshot(actions=CorporateActions(split_known=True)).gap == 5.0
