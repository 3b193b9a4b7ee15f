"""The JSON documents say what design.md section 5 promises: no more invented, nothing renamed."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from fin_agent.domain.errors import ConfigError, InvalidValue, Unavailable
from fin_agent.domain.evidence import Known, Missing
from fin_agent.domain.performance import Performance
from fin_agent.entrypoints.documents.values import jsonable, number, text_of
from fin_agent.entrypoints.documents.whole import (
    Status,
    config_document,
    error_document,
    journal_document,
    run_document,
    scan_document,
    status_document,
)
from tests.entrypoints.report_days import (
    CALENDAR,
    DAY,
    HOSTILE,
    SNAPSHOTS,
    TinyRun,
    a_run,
    a_scan,
)

RATE = Known(1.08, "fake")
CONTRACT_VERDICT = "symbol verdict rule measured threshold source age_s admits_if degraded"
CONTRACT_CANDIDATE = (
    "rank symbol gap_pct gap_class rvol price prev_close atr14 atr5 adv factors composite coverage"
    " grade headlines"
)
CONTRACT_PLAN = (
    "plan_id symbol side entry reference stop target stop_pct target_pct reward_r quantity value"
    " risk win_probability kelly advice"
)
CONTRACT_TRADE = (
    "symbol session_date side entry quantity trigger_price entry_time entry_price exit_time"
    " exit_price exit_reason fees pnl r_multiple mae_r mfe_r ambiguous"
)


@pytest.fixture(scope="module")
def tiny() -> TinyRun:
    return a_run()


@pytest.fixture(scope="module")
def scan() -> dict[str, Any]:
    return scan_document(a_scan().outcome(), RATE)


@pytest.fixture(scope="module")
def run(tiny: TinyRun) -> dict[str, Any]:
    return run_document(tiny.run, DAY, DAY)


def the(rows: list[dict[str, Any]], symbol: str) -> dict[str, Any]:
    return next(row for row in rows if row["symbol"] == symbol)


def test_scan_has_a_verdict_for_every_symbol(scan: dict[str, Any]) -> None:
    assert [row["symbol"] for row in scan["verdicts"]] == [s.symbol for s in SNAPSHOTS]
    assert scan["universe"] == len(SNAPSHOTS) == sum(scan["verdict_counts"].values())
    assert all(set(CONTRACT_VERDICT.split()) <= row.keys() for row in scan["verdicts"])


def test_scan_lists_every_scored_candidate_by_rank(scan: dict[str, Any]) -> None:
    ranks = [(row["rank"], row["symbol"]) for row in scan["candidates"]]

    assert ranks == [(1, "LIM"), (2, "BIG"), (3, "WIN"), (4, "DIP"), (5, "TWO"), (6, "LOW")]
    assert all(set(CONTRACT_CANDIDATE.split()) <= row.keys() for row in scan["candidates"])
    assert the(scan["verdicts"], "LOW")["verdict"] == "score"


def test_absent_factor_is_null_with_its_reason(scan: dict[str, Any]) -> None:
    low = the(scan["candidates"], "LOW")

    assert low["factors"]["sentiment"] is None
    assert low["absent"] == {"sentiment": "no scored headline"}
    assert low["factors"]["catalyst"]["score"] == 0


def test_plan_carries_its_advice(scan: dict[str, Any]) -> None:
    assert [row["symbol"] for row in scan["plans"]] == ["LIM", "BIG", "WIN", "DIP", "TWO"]
    assert all(set(CONTRACT_PLAN.split()) <= row.keys() for row in scan["plans"])
    assert the(scan["plans"], "BIG")["advice"]["breaches"] == ["position"]
    assert the(scan["plans"], "TWO")["advice"]["cumulative"] == ["exposure", "cash"]
    assert the(scan["plans"], "LIM")["advice"]["approved"] is True


def test_headline_keeps_its_words(scan: dict[str, Any]) -> None:
    (headline,) = the(scan["candidates"], "WIN")["headlines"]

    assert headline["text"] == HOSTILE
    assert headline["received_at"] == "2025-12-19T07:00:00-05:00"


def test_missing_rate_is_null() -> None:
    document = scan_document(a_scan().outcome(), Missing("none"))

    assert document["fx"] is None


def test_run_counts_sessions_and_names_every_figure(run: dict[str, Any], tiny: TinyRun) -> None:
    assert (run["from"], run["to"], run["sessions"]) == ("2025-12-19", "2025-12-19", 1)
    assert set(run["metrics"]) == {item.name for item in fields(Performance)}
    assert run["metrics"]["sharpe"] is None
    assert run["decision_hash"] == tiny.day.decision_hash
    assert run["equity"] == [
        {
            "session_date": "2025-12-19",
            "equity": number(tiny.day.result.equity),
            "pnl": number(tiny.day.result.pnl),
        }
    ]


def test_trade_has_the_contract_keys_first_prices_as_numbers(run: dict[str, Any]) -> None:
    win = the(run["trades"], "WIN")

    assert set(CONTRACT_TRADE.split()) <= win.keys()
    assert win["entry_time"] == "2025-12-19T09:31:00-05:00"
    assert (win["entry_price"], win["exit_reason"], win["side"]) == (21.4307, "target", "long")
    assert win["exit_time"] == "2025-12-19T10:15:00-05:00"
    assert [fill["reason"] for fill in win["fills"]] == ["entry", "target"]


def test_data_quality_adds_to_what_is_counted(tiny: TinyRun) -> None:
    outcome = replace(tiny.run, data_quality={"bad_rows": 3, "first": DAY})

    quality: Any = run_document(outcome, DAY, DAY)["data_quality"]
    assert quality["symbol_days"] == len(SNAPSHOTS)
    assert (quality["bad_rows"], quality["first"]) == (3, "2025-12-19")


def test_daily_bars_do_not_know_when_a_stop_or_target_was_hit(tiny: TinyRun) -> None:
    closed = [replace(trade, exit_reason="close") for trade in tiny.run.trades[:1]]
    outcome = replace(tiny.run, daily=True, trades=[*tiny.run.trades, *closed])

    document: Any = run_document(outcome, DAY, DAY)
    assert [trade["exit_time"] is None for trade in document["trades"]] == [True, True, False]
    assert document["trades"][0]["fills"][0]["at"] is not None
    assert document["trades"][0]["fills"][-1]["at"] is None
    assert document["bars"] == "daily"


async def test_journal_uses_the_words_of_the_run(tiny: TinyRun, run: dict[str, Any]) -> None:
    journal: Any = journal_document(await tiny.store.trades())

    by_id = {trade["trade_id"]: trade for trade in run["trades"]}
    assert journal["count"] == len(by_id)
    assert {trade["trade_id"]: trade for trade in journal["trades"]} == by_id


@pytest.mark.parametrize(
    ("clock", "phase"),
    [("03:00", "before"), ("08:00", "pre_market"), ("15:59", "regular"), ("16:00", "closed")],
)
def test_status_knows_the_phase(clock: str, phase: str) -> None:
    session = CALENDAR.sessions(DAY, DAY)[0]
    now = datetime.fromisoformat(f"2025-12-19T{clock}:00-05:00").astimezone(UTC)

    document: Any = status_document(a_status(now, Decimal("500.10")))
    assert document["session"]["phase"] == phase
    assert document["session"]["open"] == session.open.isoformat()
    assert document["equity"] == 500.1


def test_status_without_a_session_says_so() -> None:
    status = replace(a_status(datetime(2025, 12, 20, tzinfo=UTC)), session=None)

    document = status_document(status)
    assert document["session"] is document["equity"] is None


def a_status(now: datetime, equity: Decimal | None = None) -> Status:
    return Status(
        now,
        "paper",
        "EUR",
        "paper",
        live=False,
        state="ACTIVE",
        session=CALENDAR.session(DAY),
        daily_loss_cap=Decimal(33),
        equity=equity,
    )


def test_errors_list_every_problem() -> None:
    wrong = error_document(ConfigError(["a: 1", "b: 2"]), 78)

    assert wrong == {"error": {"kind": "ConfigError", "problems": ["a: 1", "b: 2"], "exit": 78}}
    assert error_document(Unavailable("no answer"), 69)["error"] == {
        "kind": "Unavailable",
        "problems": ["no answer"],
        "exit": 69,
    }
    assert config_document({"risk": {"cap": Decimal("33.5")}}, ["x"]) == {
        "ok": False,
        "problems": ["x"],
        "settings": {"risk": {"cap": 33.5}},
    }


def test_numbers_are_finite_short_and_never_minus_zero() -> None:
    assert str(number(Decimal("-0.00"))) == "0.0"
    assert number(Decimal(10) / 3) == 3.333333333
    with pytest.raises(InvalidValue, match="finite"):
        number(float("nan"))


def test_what_json_has_no_form_for_is_refused() -> None:
    assert jsonable({"b": frozenset({"y", "x"}), "at": datetime(2025, 7, 1, 12, tzinfo=UTC)}) == {
        "b": ["x", "y"],
        "at": "2025-07-01T08:00:00-04:00",
    }
    with pytest.raises(InvalidValue, match="bytes"):
        jsonable(b"raw")


def test_text_of_a_document_is_plain_ascii(scan: dict[str, Any]) -> None:
    text = text_of(scan)

    assert text.isascii()
    assert "\x1b" not in text
