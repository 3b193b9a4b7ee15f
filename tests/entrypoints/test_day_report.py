"""The day report is readable at 80 columns, without colour and without Unicode, and harmless."""

import io
from dataclasses import replace
from decimal import Decimal

import pytest
from rich.console import Console

from fin_agent.domain.performance import DayResult
from fin_agent.domain.risk import Breach, PlanAdvised, RejectedPlan
from fin_agent.domain.verdict import Verdict, Verdicts
from fin_agent.entrypoints.cli.day_report import print_day, print_scan
from fin_agent.entrypoints.cli.report_ink import Ink
from fin_agent.entrypoints.cli.report_words import clean, fate_words, money, price
from tests.entrypoints.report_days import RULES, TinyRun, a_run, a_scan, an_empty_run


@pytest.fixture(scope="module")
def tiny() -> TinyRun:
    return a_run()


def report(tiny: TinyRun, *, width: int = 80, encoding: str = "utf-8", colour: bool = False) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    console = Console(
        file=file, width=width, force_terminal=colour, color_system="truecolor" if colour else None
    )
    print_day(console, tiny.day, RULES, currency="EUR", simulated=True)
    file.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [80, 100, 160])
def test_no_line_is_wider_than_the_terminal_or_100_columns(tiny: TinyRun, width: int) -> None:
    lines = report(tiny, width=width).splitlines()

    assert max(len(line) for line in lines) <= min(width, 100)


def test_nothing_is_cut_off_at_80_columns(tiny: TinyRun) -> None:
    assert "…" not in report(tiny)


def test_headline_says_day_scan_result_and_that_it_is_simulated(tiny: TinyRun) -> None:
    head = "\n".join(report(tiny).splitlines()[:3])

    assert "Friday 19 December 2025" in head
    assert "SIMULATED" in head
    assert "Scanned 08:00 New York (before the open). Equity 500.00 EUR" in head
    assert "Result +20.62 EUR (+4.12 %), 2 trades, 1 won; equity 520.62 EUR." in head


def test_funnel_runs_from_the_universe_to_the_trades(tiny: TinyRun) -> None:
    lines = report(tiny).splitlines()
    start = lines.index(next(line for line in lines if line.startswith("universe")))

    names = [line.split("  ")[0].strip() for line in lines[start : start + 10]]
    assert names == [
        "universe",
        "instrument_type",
        "history",
        "quote",
        "gap_min",
        "direction",
        "score",
        "selected",
        "advice: armed",
        "traded",
    ]


@pytest.mark.parametrize(
    "words",
    [
        "— sentiment absent: no scored headline (LIM, BIG, TWO, LOW)",
        "* catalyst without short interest (all 6)",
        "! instrument type unknown: WIN",
        "not calibrated",
        "ordered, never filled",
        "refused at its trigger: exposure cap,",
        "does not fit beside LIM, WIN, DIP:",
        "0.00 of 33.00 EUR used (0 %)",
    ],
)
def test_report_explains(tiny: TinyRun, words: str) -> None:
    assert words in report(tiny)


def test_every_fate_is_told(tiny: TinyRun) -> None:
    text = " ".join(report(tiny, width=100).split())

    assert "position cap allows 0.92 of 1 share" in text
    assert "WIN long 09:31 21.43 10:15 23.34 target 12 +21.21 +2.98" in text
    assert tiny.day.decision_hash in text


def test_signs_do_not_depend_on_colour(tiny: TinyRun) -> None:
    plain = report(tiny)

    assert "-0.59" in plain
    assert "+21.21" in plain
    assert "\x1b" not in plain


def test_headlines_cannot_write_to_the_terminal(tiny: TinyRun) -> None:
    for colour in (False, True):
        text = report(tiny, colour=colour)
        assert "[bold]Win[/bold] </script><b>beats</b> [31mred 2J now" in text
        assert "\x1b[31mred" not in text
        assert not set(text) & {"\u202e", "\x9b"}


def test_ascii_terminals_get_ascii(tiny: TinyRun) -> None:
    text = report(tiny, encoding="ascii")

    assert text.isascii()
    assert "####" in text
    assert "- sentiment absent" in text


def test_dumb_terminals_get_ascii_too(tiny: TinyRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")

    text = report(tiny, colour=True)
    assert "#" in text
    assert "█" not in text


def test_locked_session_is_labelled(tiny: TinyRun) -> None:
    result = DayResult(tiny.day.session.date, Decimal("460.5"), Decimal("-39.5"))
    day = replace(tiny.day, result=result, is_locked=True)

    text = report(replace(tiny, day=day))
    assert "39.50 of 33.00 EUR used (120 %)" in text
    assert "LOCKED" in text


def test_day_without_candidates_says_so() -> None:
    text = report(an_empty_run())

    assert "No symbol passed every rule." in text
    assert "No plan." in text
    assert "No trade." in text


def test_long_rankings_are_cut_and_say_so(tiny: TinyRun) -> None:
    symbols = [f"X{n}" for n in range(20)]
    more = [replace(tiny.day.candidates[-1], symbol=symbol) for symbol in symbols]
    verdicts = Verdicts({s: Verdict(s, "score") for s in symbols}, ())
    day = replace(tiny.day, candidates=more, verdicts=verdicts, advice=())

    assert "and 10 more behind them: --json lists all" in report(replace(tiny, day=day))


def test_daily_bars_show_no_exit_time(tiny: TinyRun) -> None:
    console = Console(file=io.StringIO(), width=100)
    print_day(console, tiny.day, replace(RULES, daily=True), currency="EUR")

    assert isinstance(console.file, io.StringIO)
    assert "10:15" not in console.file.getvalue()


def test_scan_shows_plans_and_sends_nothing() -> None:
    console = Console(file=io.StringIO(), width=100)
    print_scan(console, a_scan().outcome(), RULES, currency="EUR")

    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "fin_agent scan" in text
    assert "SIMULATED" not in text
    assert "what happened" not in text
    assert "Trades" not in text


def test_missing_rate_is_said_and_not_shown_as_one() -> None:
    text = report(replace(a_run(), day=a_scan(usd=None).outcome()))

    assert "No usable exchange rate." in " ".join(text.split())
    assert "1.0000" not in text


def test_correlation_names_the_other_symbol(tiny: TinyRun) -> None:
    refused = tiny.day.advice[1].assessment
    assert isinstance(refused, RejectedPlan)
    sizing = replace(refused.sizing, correlations={"AAA": None, "BBB": 0.912})
    refused = replace(refused, sizing=sizing, breaches=(Breach.CORRELATION, Breach.KID))
    day = replace(tiny.day, advice=[PlanAdvised(refused)])

    text = report(replace(tiny, day=day), width=100)
    assert "correlation with a held symbol BBB 0.91" in " ".join(text.split())


def test_words() -> None:
    assert clean("a\tb\r\n c\u200b \ud800") == "a b c"
    assert clean("x" * 200, 10) == "xxxxxxx..."
    assert money(Decimal("-0.001"), "EUR") == "0.00 EUR"
    assert money(Decimal("1234.5"), sign=True) == "+1,234.50"
    assert (price(0.1234), price(Decimal("1234.5"))) == ("0.1234", "1,234.50")
    assert fate_words(None) == "nothing"
    assert fate_words("expired: chase").startswith("ran away")
    assert fate_words("something new") == "something new"


def test_drawings_stay_in_their_width() -> None:
    for ink in (Ink(), Ink(ascii_only=True)):
        for share in (-1.0, 0.0, 0.001, 0.5, 0.999, 1.0, 7.0):
            assert len(ink.bar(share, 10)) <= 10
            assert len(ink.gauge(share, 10)) == 12
        assert ink.bar(0.001, 10)
        assert ink.spark([], 5) == ""
        assert len(set(ink.spark([3.0, 3.0], 5))) == 1
        assert len(ink.spark(list(range(1000)), 50)) == 50
        assert len(ink.span(-5.0, 3.0, 3.0, (-5.0, 3.0), 40)) == 40
