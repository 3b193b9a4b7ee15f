"""The report of one scan or one traded day for a person: 80 to 100 columns, any terminal.

What is missing is a dash with its reason; colour never says what the text does not say.
"""

from rich.console import Console
from rich.text import Text

from fin_agent.application.day import DayOutcome
from fin_agent.application.desk import TradingRules
from fin_agent.entrypoints.cli.day_scan import candidates, factors, funnel, headlines
from fin_agent.entrypoints.cli.day_trades import advice, excursions, loss_gauge, plans, trades
from fin_agent.entrypoints.cli.report_grid import Section, foot, print_parts, spread, title
from fin_agent.entrypoints.cli.report_ink import Ink, signed
from fin_agent.entrypoints.cli.report_words import (
    clock,
    long_date,
    money,
    percent,
)


def print_day(
    console: Console,
    outcome: DayOutcome,
    rules: TradingRules,
    *,
    currency: str,
    simulated: bool = False,
) -> None:
    """Print a finished day; ``currency`` is the account's, ``simulated`` labels invented prices."""
    ink = Ink.of(console)
    day = long_date(outcome.session.open)
    head = [title("day report", day, simulated=simulated), *_day_lines(outcome, currency)]
    sections: list[Section] = [
        *_scan_sections(outcome, rules, ink, currency),
        ("Advice and what came of it", advice(outcome, rules, ink, traded=True)),
        (f"Trades (prices in USD, results in {currency})", trades(outcome, rules, ink)),
        ("How far each trade went, in R", excursions(outcome, ink)),
        ("Daily loss cap", loss_gauge(outcome, rules, ink, currency)),
    ]
    end = foot(outcome.decision_hash, simulated=simulated)
    print_parts(console, [*head, *spread(sections), *end])


def print_scan(
    console: Console,
    outcome: DayOutcome,
    rules: TradingRules,
    *,
    currency: str,
    simulated: bool = False,
) -> None:
    """Print one scan: verdicts, ranking, plans and advice; nothing was sent."""
    ink = Ink.of(console)
    day = long_date(outcome.session.open)
    head = [title("scan", day, simulated=simulated), _scanned(outcome, currency)]
    sections: list[Section] = [
        *_scan_sections(outcome, rules, ink, currency),
        ("Advice", advice(outcome, rules, ink, traded=False)),
    ]
    end = foot(outcome.decision_hash, simulated=simulated)
    print_parts(console, [*head, *spread(sections), *end])


def _scan_sections(
    outcome: DayOutcome, rules: TradingRules, ink: Ink, currency: str
) -> list[Section]:
    return [
        ("From the universe to the plans", funnel(outcome, rules, ink)),
        ("Ranked candidates (prices in USD)", candidates(outcome, rules, ink)),
        ("What the scores are made of", factors(outcome, rules, ink)),
        ("Headlines of the planned symbols", headlines(outcome, ink)),
        (f"Plans (prices in USD, value and risk in {currency})", plans(outcome, ink)),
    ]


def _scanned(outcome: DayOutcome, currency: str) -> Text:
    session = outcome.session
    when = "at the open" if outcome.at == session.open else "in the session"
    when = "before the open" if outcome.at < session.open else when
    half = f", half-day to {clock(session.close)}" if session.is_half_day else ""
    opened = money(outcome.result.equity - outcome.result.pnl, currency)
    rate = rate_words(outcome, currency)
    text = f"Scanned {clock(outcome.at)} New York ({when}{half}). Equity {opened}. {rate}"
    return Text(text.rstrip())


def rate_words(outcome: DayOutcome, currency: str) -> str:
    """The rate in a sentence; nothing for a USD account at par."""
    if "fx" in outcome.verdicts.counts():
        return "No usable exchange rate."
    at_par = currency == "USD" and outcome.fx == 1
    return "" if at_par else f"1 {currency} = {outcome.fx:.4f} USD."


def _day_lines(outcome: DayOutcome, currency: str) -> list[Text]:
    result = outcome.result
    opened = result.equity - result.pnl
    share = percent(float(100 * result.pnl / opened) if opened else None, sign=True)
    won = sum(1 for trade in outcome.trades if trade.pnl > 0)
    count = len(outcome.trades)
    traded = f"{count} trade{'' if count == 1 else 's'}, {won} won" if count else "no trade"
    line = Text.assemble(
        "Result ",
        signed(money(result.pnl, currency, sign=True), float(result.pnl)),
        f" ({share}), {traded}; equity {money(result.equity, currency)}.",
    )
    return [_scanned(outcome, currency), line]
