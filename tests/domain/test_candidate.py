"""Candidates are ranked by composite, gap and symbol, and each gets its last word."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.candidate import (
    CandidatesRanked,
    FactorScore,
    TradeCandidate,
    blend,
    rank,
    selected,
)
from fin_agent.domain.events import plain
from fin_agent.domain.gates import ScanRules
from fin_agent.domain.verdict import SELECTED
from fin_agent.testing.builders import a_candidate, a_headline

RULES = ScanRules()


def test_the_order_is_composite_then_gap_then_symbol() -> None:
    candidates = [
        a_candidate("D", composite=60.0, gap_pct=5.0),
        a_candidate("C", composite=60.0, gap_pct=-8.0),
        a_candidate("B", composite=60.0, gap_pct=5.0),
        a_candidate("A", composite=70.0, gap_pct=4.0),
    ]

    ranked, _ = rank(candidates, RULES)

    assert [(c.symbol, c.rank) for c in ranked] == [("A", 1), ("C", 2), ("B", 3), ("D", 4)]


def test_the_best_five_with_fifty_points_are_selected() -> None:
    scores = [90.0, 80.0, 70.0, 60.0, 50.0, 50.0, 49.999999]
    candidates = [a_candidate(s, composite=c) for s, c in zip("ABCDEFG", scores, strict=True)]

    ranked, verdicts = rank(candidates, RULES)

    assert [c.symbol for c in selected(ranked, RULES)] == list("ABCDE")
    words = {verdict.symbol: verdict for verdict in verdicts}
    assert [words[s].verdict for s in "ABCDEFG"] == [SELECTED] * 5 + ["rank", "score"]
    assert (words["A"].rule, words["A"].measured, words["A"].threshold) == ("rank", 1.0, 5.0)
    assert (words["F"].measured, words["F"].admits_if) == (6.0, "rank <= 5")
    assert (words["G"].measured, words["G"].admits_if) == (49.999999, "composite >= 50")


def test_a_candidate_on_thin_evidence_has_no_rank_and_says_what_is_absent() -> None:
    thin = a_candidate(
        "THIN",
        composite=99.0,
        coverage=0.399999,
        factors={
            "liquidity": FactorScore(99.0, 0.2),
            "volatility": FactorScore(None, 0.4, "ATR(14) missing"),
        },
        degraded=("price delayed by 900 s",),
    )

    ranked, verdicts = rank([thin, a_candidate("OK", coverage=0.4)], RULES)

    assert [c.symbol for c in ranked] == ["OK"]
    (verdict,) = [v for v in verdicts if v.symbol == "THIN"]
    assert (verdict.verdict, verdict.measured, verdict.threshold) == ("evidence", 0.399999, 0.4)
    assert verdict.admits_if == "coverage >= 0.4; absent: volatility (ATR(14) missing)"
    assert verdict.degraded == ("price delayed by 900 s",)


candidates_of_any_kind = st.lists(
    st.builds(
        a_candidate,
        st.sampled_from("ABCDEFGHIJ"),
        composite=st.sampled_from([0.0, 49.999999, 50.0, 60.0, 99.0]),
        coverage=st.sampled_from([0.2, 0.4, 1.0]),
        gap_pct=st.sampled_from([-9.0, 5.0, 9.0]),
    ),
    unique_by=lambda candidate: candidate.symbol,
)


@given(candidates=candidates_of_any_kind, top_n=st.integers(0, 6))
def test_every_candidate_has_one_last_word_whatever_order_they_come_in(
    candidates: list[TradeCandidate], top_n: int
) -> None:
    rules = ScanRules(top_n=top_n)

    ranked, verdicts = rank(candidates, rules)

    assert sorted(v.symbol for v in verdicts) == sorted(c.symbol for c in candidates)
    assert rank(candidates[::-1], rules)[0] == ranked
    chosen = {v.symbol for v in verdicts if v.verdict == SELECTED}
    assert chosen == {c.symbol for c in selected(ranked, rules)}
    assert len(chosen) <= top_n
    assert [c.rank for c in ranked] == list(range(1, len(ranked) + 1))


scores = st.none() | st.floats(0, 100).map(lambda value: round(value, 6))
factors = st.dictionaries(
    st.sampled_from("abcdef"), st.builds(FactorScore, scores, st.floats(0.01, 10)), min_size=1
)


@given(factors)
def test_a_composite_lies_inside_the_range_of_its_factors(
    factors: Mapping[str, FactorScore],
) -> None:
    composite, coverage = blend(factors)

    known = [factor.score for factor in factors.values() if factor.score is not None]
    if known:
        assert min(known) <= composite <= max(known)
        assert 0 < coverage <= 1
        assert (coverage == 1) or len(known) < len(factors)
    else:
        assert (composite, coverage) == (0.0, 0.0)


def test_a_missing_factor_moves_no_weight_onto_zero() -> None:
    whole = {"a": FactorScore(80.0, 0.4), "b": FactorScore(20.0, 0.6)}
    half = {"a": FactorScore(80.0, 0.4), "b": FactorScore(None, 0.6, "missing")}

    assert blend(whole) == (44.0, 1.0)
    assert blend(half) == (80.0, 0.4)


def test_weightless_factors_give_nothing() -> None:
    assert blend({"a": FactorScore(80.0, 0.0)}) == (0.0, 0.0)


def test_the_ranking_is_recorded_with_every_score() -> None:
    ranked, verdicts = rank(
        [a_candidate("OK", headlines=[a_headline()]), a_candidate("THIN", coverage=0.1)], RULES
    )
    thin = tuple(verdict for verdict in verdicts if verdict.verdict == "evidence")

    payload = plain(CandidatesRanked(ranked, thin).payload())

    assert isinstance(payload, dict)
    assert payload["thin"] == {"THIN": 0.1}
    assert payload["ranked"] == [
        {
            "symbol": "OK",
            "rank": 1,
            "side": "long",
            "gap_pct": 5.0,
            "gap_class": "common",
            "rvol": 2.0,
            "price": 105.0,
            "prev_close": 100.0,
            "atr14": 2.0,
            "atr5": 2.0,
            "adv": 50_000_000.0,
            "factors": {"volatility": 60.0},
            "composite": 60.0,
            "coverage": 1.0,
            "grade": "B",
            "headlines": 1,
        }
    ]


@pytest.mark.parametrize("price", [105.0, 95.0])
def test_a_candidate_goes_with_its_gap(price: float) -> None:
    candidate = a_candidate(price=price)

    assert candidate.side.sign * candidate.gap_pct > 0
    assert candidate.side.opposite is not candidate.side
    assert candidate.side.opposite.opposite is candidate.side


def test_the_record_names_who_scored_the_headlines() -> None:
    by_two = [replace(a_headline(sentiment=0.1), scored_by=name) for name in ("b", "a")]
    candidates = (
        replace(a_candidate("A"), headlines=(*by_two, a_headline())),
        a_candidate("B"),
    )

    ranked = CandidatesRanked(candidates, ()).payload()["ranked"]

    assert isinstance(ranked, list)
    heard, silent = ranked
    assert (heard["headlines"], heard["scored_by"]) == (3, ["a", "b"])
    assert (silent["headlines"], "scored_by" in silent) == (0, False)
