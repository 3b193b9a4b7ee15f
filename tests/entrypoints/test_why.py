"""`why` names the gate, by how much it was missed, and what was known; it never guesses."""

from dataclasses import replace
from typing import Any

import pytest

from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.evidence import Known
from fin_agent.entrypoints.documents.why import NOT_ASKED, USED_BY_SCORE, why_document
from tests.entrypoints.report_days import (
    HOSTILE,
    SNAPSHOTS,
    TinyRun,
    a_context,
    a_run,
    a_snapshot,
)


@pytest.fixture(scope="module")
def tiny() -> TinyRun:
    return a_run()


def why(tiny: TinyRun, symbol: str) -> dict[str, Any]:
    snapshot = next(s for s in SNAPSHOTS if s.symbol == symbol)
    return why_document(snapshot, a_context(), tiny.day)


@pytest.mark.parametrize(
    ("symbol", "rule", "measured"),
    [("FUND", "instrument_type", "etf"), ("NEW", "history", 3.0), ("FLAT", "gap_min", 1.0)],
)
def test_why_names_the_failed_gate(tiny: TinyRun, symbol: str, rule: str, measured: object) -> None:
    document = why(tiny, symbol)

    failed = [row for row in document["gates"] if row["passed"] is False]
    assert (failed[0]["rule"], failed[0]["measured"]) == (rule, measured)
    assert document["nearest_miss"]["rule"] == document["verdict"]["rule"] == rule
    assert document["evidence"]["headlines_absent"] == NOT_ASKED
    assert document["evidence"]["earnings"]["absent"] == NOT_ASKED
    assert (document["candidate"], document["plan"], document["trade"]) == (None, None, None)


def test_why_says_by_how_much_a_gate_was_missed(tiny: TinyRun) -> None:
    miss = why(tiny, "FLAT")["nearest_miss"]

    assert (miss["distance"], miss["distance_pct"]) == (3.0, 75.0)
    assert miss["admits_if"] == "price >= 20.80"


def test_why_leaves_gates_open_that_need_a_missing_price(tiny: TinyRun) -> None:
    gates = {row["rule"]: row["passed"] for row in why(tiny, "DARK")["gates"]}

    assert gates["quote"] is False
    assert gates["gap_min"] is gates["gap_max"] is gates["price_range"] is None
    assert gates["history"] is gates["relative_volume"] is True


def test_why_follows_a_trade_to_its_end(tiny: TinyRun) -> None:
    document = why(tiny, "WIN")

    assert document["nearest_miss"] is None
    assert all(row["passed"] for row in document["gates"])
    assert document["plan"]["fate"] == document["fate"] == "filled"
    assert document["trade"]["exit_reason"] == "target"
    assert document["evidence"]["price"]["age_s"] == 0
    assert document["evidence"]["headlines"][0]["text"] == HOSTILE
    assert document["evidence"]["short_interest"]["absent"] == "no short interest"
    assert document["evidence"]["earnings"]["absent"] == USED_BY_SCORE


def test_why_tells_what_a_low_score_lacked(tiny: TinyRun) -> None:
    document = why(tiny, "LOW")

    later = {row["rule"]: row["passed"] for row in document["gates"][-3:]}
    assert later == {"evidence": True, "score": False, "rank": None}
    assert document["nearest_miss"]["admits_if"] == "composite >= 50"


def test_why_shows_what_a_completed_snapshot_knows(tiny: TinyRun) -> None:
    plain = next(s for s in SNAPSHOTS if s.symbol == "WIN")
    listed = replace(plain.instrument, short_float_pct=25.0)
    snapshot = replace(plain, earnings=Known(True, "fake"), instrument=listed)

    evidence: Any = why_document(snapshot, a_context(), tiny.day)["evidence"]
    assert evidence["earnings"]["value"] is True
    assert (evidence["short_interest"]["value"], evidence["short_interest"]["age_s"]) == (
        25.0,
        None,
    )


def test_why_refuses_a_symbol_outside_the_universe(tiny: TinyRun) -> None:
    with pytest.raises(InvalidValue, match="GONE is not in the universe"):
        why_document(a_snapshot("GONE"), a_context(), tiny.day)
