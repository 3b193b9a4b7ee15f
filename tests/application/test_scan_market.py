"""One verdict for every symbol, and only what was received before the scan counts."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.evidence import Known
from fin_agent.domain.gates import ScanRules
from fin_agent.domain.market import Instrument, InstrumentType
from fin_agent.testing.builders import SCAN, a_snapshot, an_instrument
from fin_agent.testing.fakes import FakeNews, FakeSentiment
from tests.application.worlds import EVERY_SCORE, World, gapping, headline

FUND = an_instrument("FUND", InstrumentType.ETF)


async def test_kept_and_rejected_are_the_universe() -> None:
    world = World(
        [gapping("UP"), gapping("FLAT", 10.1), a_snapshot(symbol="FUND", instrument=FUND)],
        extra=[Instrument("NEW")],
    )

    outcome = (await world.scanned()).outcome()

    verdicts = {symbol: outcome.verdicts[symbol].verdict for symbol in outcome.verdicts}
    assert verdicts == {
        "UP": "selected",
        "FLAT": "gap_min",
        "FUND": "instrument_type",
        "NEW": "history",
    }
    assert outcome.verdicts.counts() == Counter(verdicts.values())
    (judged,) = world.recorded("UniverseJudged")
    assert (judged["universe"], judged["passed"]) == (4, ["UP"])
    assert sum(len(rule["symbols"]) for rule in judged["rejected"].values()) == 3


@given(st.lists(st.floats(8.0, 13.0), min_size=1, max_size=12), st.integers(1, 4))
async def test_every_symbol_has_exactly_one_verdict(prices: list[float], top_n: int) -> None:
    snapshots = [gapping(f"S{number}", price) for number, price in enumerate(prices)]
    world = World(snapshots, scan=replace(EVERY_SCORE, top_n=top_n))

    outcome = (await world.scanned()).outcome()

    assert sorted(outcome.verdicts) == sorted(snapshot.symbol for snapshot in snapshots)
    assert sum(outcome.verdicts.counts().values()) == len(snapshots)
    chosen = [s for s in outcome.verdicts if outcome.verdicts[s].verdict == "selected"]
    assert sorted(chosen) == sorted(advice.plan.symbol for advice in outcome.advice)
    assert len(chosen) <= top_n


async def test_the_best_five_are_selected_and_the_rest_is_told_its_rank() -> None:
    world = World([gapping(f"S{n}", 10.0 + n / 10) for n in range(5, 12)])

    outcome = (await world.scanned()).outcome()

    ranks = {candidate.symbol: candidate.rank for candidate in outcome.candidates}
    assert len(outcome.advice) == 5
    assert [advice.plan.rank for advice in outcome.advice] == [1, 2, 3, 4, 5]
    for symbol, rank in ranks.items():
        verdict = outcome.verdicts[symbol]
        assert verdict.verdict == ("selected" if rank <= 5 else "rank")
        assert verdict.rule == "rank"


async def test_a_low_score_is_no_pick() -> None:
    world = World([gapping("LOW")], scan=ScanRules(min_score=99.0))

    outcome = (await world.scanned()).outcome()

    verdict = outcome.verdicts["LOW"]
    assert (verdict.verdict, verdict.threshold) == ("score", 99.0)
    assert verdict.measured == outcome.candidates[0].composite
    assert outcome.advice == []


async def test_too_little_evidence_is_no_score() -> None:
    world = World(
        [gapping("THIN", rvol=None, atr14=None)], news=FakeNews(silent=True), scan=ScanRules()
    )

    outcome = (await world.scanned()).outcome()

    assert outcome.verdicts["THIN"].verdict == "evidence"
    assert outcome.verdicts["THIN"].threshold == 0.4
    assert outcome.candidates == ()


async def test_only_headlines_received_before_the_scan_count() -> None:
    told = [headline("UP", hours) for hours in (1, 23.9, 0, -0.1)]
    late = headline("UP", -1, published_hours=2)  # written before the scan, received after it
    old = headline("UP", 1, published_hours=24.5)
    world = World([gapping("UP")], news=FakeNews({"UP": [*told, late, old]}))

    (candidate,) = (await world.scanned()).outcome().candidates

    assert [item.text for item in candidate.headlines] == ["UP 1", "UP 23.9"]
    assert candidate.factors["catalyst"].score == 20.0


async def test_a_headline_that_comes_later_changes_nothing() -> None:
    early = World([gapping("UP")], news=FakeNews({"UP": [headline("UP", 1)]}))
    both = World([gapping("UP")], news=FakeNews({"UP": [headline("UP", 1), headline("UP", -1)]}))

    first, second = await early.scanned(), await both.scanned()

    assert first.outcome().decision_hash == second.outcome().decision_hash


async def test_headlines_are_scored_once_and_the_scorer_is_named() -> None:
    fresh, scored = headline("UP", 1), headline("UP", 2)
    world = World(
        [gapping("UP")],
        news=FakeNews({"UP": [fresh, scored]}),
        sentiment=FakeSentiment({fresh.text: 0.5, scored.text: -0.1}),
    )

    (candidate,) = (await world.scanned()).outcome().candidates

    assert [item.sentiment for item in candidate.headlines] == [0.5, -0.1]
    assert {item.scored_by for item in candidate.headlines} == {"fake"}
    assert candidate.factors["sentiment"].score == 60.0


async def test_a_copied_headline_counts_once_and_is_scored_as_plain_text() -> None:
    first = replace(headline("UP", 2), text="<b>Acme</b> wins\u202e")
    copy = replace(headline("UP", 1), text="ACME WINS")
    world = World(
        [gapping("UP")],
        news=FakeNews({"UP": [copy, first]}),
        sentiment=FakeSentiment({"Acme wins": 0.5}),
    )

    (candidate,) = (await world.scanned()).outcome().candidates

    assert candidate.headlines == (replace(first, sentiment=0.5, scored_by="fake"),)
    assert candidate.factors["catalyst"].score == 10.0


async def test_a_silent_feed_is_missing_and_no_headline_is_an_answer() -> None:
    silent = World([gapping("UP")], news=FakeNews(silent=True))
    quiet = World([gapping("UP")])

    without = (await silent.scanned()).outcome().candidates[0]
    with_none = (await quiet.scanned()).outcome().candidates[0]

    assert without.factors["catalyst"].score is None
    assert with_none.factors["catalyst"].score == 0.0
    assert (without.coverage, with_none.coverage) == (0.6, 0.9)


async def test_short_interest_of_the_universe_counts_where_no_feed_has_one() -> None:
    shorted = an_instrument("UP", short_float_pct=25.0)
    plain, listed = gapping("UP"), gapping("UP", instrument=shorted)

    before = (await World([plain]).scanned()).outcome().candidates[0]
    after = (await World([listed]).scanned()).outcome().candidates[0]

    assert before.factors["catalyst"].score == 0.0
    assert after.factors["catalyst"].score == 20.0


async def test_without_fx_every_verdict_is_fx_and_the_day_goes_on() -> None:
    world = World([gapping("UP"), gapping("FLAT", 10.1)], usd=None)

    driver = await world.lived()
    outcome = driver.outcome()

    assert outcome.verdicts.counts() == {"fx": 2}
    assert outcome.verdicts["UP"].measured == "no rate was given"
    assert (outcome.candidates, outcome.advice, outcome.trades) == ((), [], [])
    (closed,) = world.recorded("SessionClosed")
    assert (closed["pnl"], closed["flat"]) == ("0", True)


@pytest.mark.parametrize("usd", [0.8, 1.25])
async def test_prices_and_volumes_are_judged_in_account_currency(usd: float) -> None:
    cheap = a_snapshot(2.0 * usd * 1.001, prev_close=1.9 * usd, symbol="CHEAP")
    cheaper = a_snapshot(2.0 * usd * 0.999, prev_close=1.9 * usd, symbol="CHEAPER")

    outcome = (await World([cheap, cheaper], usd=usd).scanned()).outcome()

    assert outcome.verdicts["CHEAP"].verdict == "selected"
    assert outcome.verdicts["CHEAPER"].verdict == "price_range"


async def test_the_scan_knows_when_it_was() -> None:
    price = Known(10.8, "tape", SCAN - timedelta(minutes=16))
    world = World([gapping("OLD", price)])

    outcome = (await world.scanned()).outcome()

    assert outcome.at == SCAN
    assert (outcome.verdicts["OLD"].verdict, outcome.verdicts["OLD"].age_s) == ("quote", 960.0)
