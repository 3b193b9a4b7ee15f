"""Every number of ../shared/example/example.json, from the recorded files through the commands."""

from datetime import datetime
from typing import Any

import pytest

from tests.acceptance.command_line import document
from tests.acceptance.recorded_days import ExampleDays

DAYS = ("2025-11-06", "2025-11-20", "2025-12-19")
SHOWN = {"r_multiple": 4, "mae_r": 4, "mfe_r": 4}  # as many decimals as the example shows
APART = {"plan", "order_intent", "fills"}


@pytest.fixture(params=DAYS)
def day(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def rounded(shown: object, found: object, places: int = 6) -> bool:
    """Whether a number is the one that is shown, at the places it is shown with."""
    if isinstance(shown, float | int) and not isinstance(shown, bool):
        nearest = max(0.5000001 * 10**-places, 1e-10 * abs(shown))  # documents hold ten digits
        return isinstance(found, float | int) and abs(found - shown) <= nearest
    return shown == found


def differences(shown: dict[str, Any], found: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The keys of an expected row whose values were not found."""
    return {
        key: (value, found.get(key))
        for key, value in shown.items()
        if not rounded(value, found.get(key, "absent"), SHOWN.get(key, 6))
    }


def test_every_symbol_has_the_examples_verdict(example_days: ExampleDays, day: str) -> None:
    expected = example_days.sessions[day]

    scan = document("scan", "--at", day, *example_days.place)

    verdicts: dict[str, list[str]] = {}
    for row in scan["verdicts"]:
        verdicts.setdefault(row["verdict"], []).append(row["symbol"])
    assert {rule: sorted(symbols) for rule, symbols in verdicts.items()} == expected["verdicts"]
    assert scan["verdict_counts"] == expected["verdict_counts"]
    assert scan["universe"] == len(scan["verdicts"]) == 23
    assert (scan["session_date"], scan["at"][11:], scan["fx"]) == (day, "09:30:00-05:00", 1.0)


def test_candidates_have_the_examples_numbers(example_days: ExampleDays, day: str) -> None:
    expected = example_days.sessions[day]["candidates"]

    scan = document("scan", "--at", day, *example_days.place)

    plans = {plan["symbol"]: plan for plan in scan["plans"]}
    assert len(scan["candidates"]) == len(expected)
    for shown, found in zip(expected, scan["candidates"], strict=True):
        factors, planned = shown.pop("factors"), plans[shown["symbol"]]
        assert differences(shown, {**planned, **found}) == {}
        for name, factor in factors.items():
            if factor is None:
                assert found["factors"][name] is None
            else:
                assert differences(factor, found["factors"][name]) == {}


def test_plans_have_the_examples_levels_and_advice(example_days: ExampleDays, day: str) -> None:
    session = example_days.sessions[day]

    scan = document("scan", "--at", day, *example_days.place)

    plans = {plan["symbol"]: plan for plan in scan["plans"]}
    assert {name: plan["quantity"] for name, plan in plans.items()} == {
        plan["symbol"]: plan["planned_quantity"] for plan in session["plans"]
    }
    for trade in session["trades"]:
        shown, found = trade["plan"], plans[trade["symbol"]]
        for key in ("reference", "stop", "target", "reward_r", "win_probability", "kelly"):
            assert rounded(shown[key], found[key]), key
        advice = found["advice"]
        assert advice["approved"] is True
        assert advice["breaches"] == shown["breaches"] == []
        assert advice["bound_by"] == shown["smallest"]
        assert differences(shown["shares_allowed_by"], advice["shares_allowed_by"]) == {}
        assert rounded(shown["risk_per_share"] * shown["quantity"], found["risk"])
        assert rounded(shown["reference"] * shown["quantity"], found["value"])


def test_trades_and_equity_are_the_examples(example_days: ExampleDays, day: str) -> None:
    session = example_days.sessions[day]

    run = document("replay", day, *example_days.place)

    assert len(run["trades"]) == len(session["trades"])
    found = {trade["symbol"]: trade for trade in run["trades"]}
    for trade in session["trades"]:
        shown = {key: value for key, value in trade.items() if key not in APART}
        assert differences(shown, found[trade["symbol"]]) == {}
    (equity,) = run["equity"]
    assert differences({"equity": session["equity"], "pnl": session["pnl"]}, equity) == {}
    outcomes = {plan["outcome"] for plan in session["plans"]}
    assert (outcomes, run["plans_without_trade"]) == ({"filled"}, {})


def test_fills_are_the_examples(example_days: ExampleDays, day: str) -> None:
    run = document("replay", day, *example_days.place)

    found = {trade["symbol"]: trade for trade in run["trades"]}
    for trade in example_days.sessions[day]["trades"]:
        shown = [(f["bar"], f["fill"], f["quantity"], f["price"]) for f in trade["fills"]]
        fills = [
            (
                f"{datetime.fromisoformat(fill['at']):%H:%M}",
                {"entry": "enter"}.get(fill["reason"], fill["reason"]),
                fill["quantity"],
                fill["price"],
            )
            for fill in found[trade["symbol"]]["fills"]
        ]
        assert fills == shown


def test_order_intents_are_the_examples(example_days: ExampleDays, day: str) -> None:
    """The binding decision of each trigger, as the journal shows it."""
    document("replay", day, *example_days.place)

    for trade in example_days.sessions[day]["trades"]:
        shown = trade["order_intent"]
        journal = document("journal", "show", trade["symbol"], *example_days.place)
        decisions = {row["type"]: row for row in journal["decisions"]}
        approved, created = decisions["PlanApproved"]["payload"], decisions["OrderIntentCreated"]
        assert f"{datetime.fromisoformat(created['at']):%H:%M}" == shown["decided_at"]
        assert created["payload"]["kind"] == shown["order"]
        for key in ("trigger", "stop", "target", "quantity"):
            assert rounded(shown[key], float(approved[key])), key
        for key in ("equity", "exposure", "day_loss", "open_risk"):
            assert rounded(shown[key], float(approved[key])), key
        assert approved["bound_by"] == shown["bound_by"]
        assert differences(shown["shares_allowed_by"], approved["allowed"]) == {}
        assert differences(shown["correlations"], approved["correlations"]) == {}


def test_why_follows_each_trade_from_its_verdict(example_days: ExampleDays, day: str) -> None:
    for trade in example_days.sessions[day]["trades"]:
        why = document("why", trade["symbol"], "--date", day, *example_days.place)

        assert why["verdict"]["verdict"] == "selected"
        assert why["fate"] == "filled"
        assert all(gate["passed"] for gate in why["gates"])
        assert rounded(trade["pnl"], why["trade"]["pnl"])


@pytest.mark.parametrize(
    ("symbol", "rule"),
    [("SPY", "instrument_type"), ("IONQ", "history"), ("COIN", "price_range"), ("RTX", "gap_min")],
)
def test_why_names_the_gate_that_refused(example_days: ExampleDays, symbol: str, rule: str) -> None:
    why = document("why", symbol, "--date", "2025-11-06", *example_days.place)

    assert why["verdict"]["rule"] == why["nearest_miss"]["rule"] == rule
    assert why["verdict"]["admits_if"] or rule == "instrument_type"
    assert (why["candidate"], why["plan"], why["trade"]) == (None, None, None)
