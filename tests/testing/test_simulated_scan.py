"""The scan of both demo days picks the engineered names and rejects others by the rule meant."""

from datetime import timedelta

import pytest

from tests.testing.simulated_reading import (
    REFRESH,
    SCAN,
    entry,
    headlines,
    inputs,
    market,
    picks,
    verdict,
)

FIRST = {
    "AXLO": "pullback",
    "BREVA": "market",
    "CORVU": "vwap",
    "DELQO": "opening_range",
    "EVORI": "vwap",
}
SECOND = {
    "SOLVI": "pullback",
    "TYRUS": "opening_range",
    "UMBRI": "market",
    "VEXOR": "vwap",
    "WYNDO": "market",
}


@pytest.mark.parametrize("at", [SCAN, REFRESH])
@pytest.mark.parametrize(("number", "expected"), [(0, FIRST), (1, SECOND)])
def test_the_five_picks_and_their_entries(number: int, expected: dict[str, str], at: int) -> None:
    best = picks(number, at)[:5]

    assert {value.symbol: entry(value)[0] for value in best} == expected


@pytest.mark.parametrize(("number", "symbol"), [(0, "FENNO"), (1, "XANTI")])
def test_a_sixth_name_scores_but_is_not_among_the_five(number: int, symbol: str) -> None:
    ranked = picks(number)

    assert [value.symbol for value in ranked[5:]] == [symbol]
    assert ranked[5].composite > 52, "clear of the minimum score"
    assert ranked[4].composite - ranked[5].composite > 8, "no mood of headlines changes the picks"


@pytest.mark.parametrize("number", [0, 1])
def test_picks_are_clear_of_every_threshold(number: int) -> None:
    for value in picks(number):
        assert min(abs(value.gap - edge) for edge in (4, 6, 20)) > 0.25
        edges = (1.5, 2.5, 3) if value.gap > 6 else (1.5,)
        assert min(abs(value.rvol - edge) for edge in edges) > 0.15


@pytest.mark.parametrize(
    ("symbol", "rule"),
    [
        ("GILTA", "score"),
        ("HOLMQ", "relative_volume"),
        ("INQUA", "direction"),
        ("JUNIV", "gap_max"),
        ("KESTI", "liquidity"),
        ("LOMBI", "price_range"),
        ("MAXQU", "price_range"),
        ("NARVU", "corporate_action"),
        ("OSTRA", "halted"),
        ("PLYNE", "history"),
        ("QERTA", "quote"),
        ("RUVEL", "quote"),
        ("QTWOX", "instrument_type"),
        ("JUNIVW", "instrument_type"),
        ("ABRIX", "gap_min"),
        ("ZENKO", "gap_min"),
    ],
)
def test_the_first_day_shows_the_gates(symbol: str, rule: str) -> None:
    assert verdict(0, symbol) == rule


@pytest.mark.parametrize("number", [0, 1])
def test_ordinary_names_do_not_move_enough(number: int) -> None:
    others = {row.symbol for row in market().universe} - {value.symbol for value in picks(number)}
    moved = {symbol for symbol in others if verdict(number, symbol) == "gap_min"}

    assert len(moved) > 25
    for symbol in moved:
        value = inputs(number, symbol)
        assert value is not None
        assert abs(value.gap) < 3.5


def test_a_leveraged_fund_moves_enough_and_is_still_rejected() -> None:
    fund = inputs(0, "QTWOX")

    assert fund is not None
    assert fund.gap > 4


@pytest.mark.parametrize("number", [0, 1])
def test_some_headlines_arrive_only_after_the_scan(number: int) -> None:
    day = market().days[number]
    scan = day.session.open + timedelta(minutes=SCAN)
    late = [row for row in day.news if row.published_at < scan < row.received_at]

    assert late
    for row in late:
        assert headlines(number, row.symbol, REFRESH) == headlines(number, row.symbol, SCAN) + 1
