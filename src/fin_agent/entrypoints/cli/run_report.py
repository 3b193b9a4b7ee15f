"""The report of a replay or backtest for a person: figures first, what they rest on last."""

from collections.abc import Iterator, Mapping
from datetime import date

from rich.console import Console, RenderableType
from rich.text import Text

from fin_agent.application.backtest import RunOutcome, quality
from fin_agent.domain.performance import Performance
from fin_agent.entrypoints.cli.report_grid import foot, grid, print_parts, spread, title
from fin_agent.entrypoints.cli.report_ink import Ink, signed
from fin_agent.entrypoints.cli.report_words import money, percent
from fin_agent.entrypoints.cli.run_tables import extremes, fates, periods, verdict_counts

_SPARK_MARGIN = 30


def print_run(
    console: Console,
    outcome: RunOutcome,
    first: date,
    last: date,
    *,
    currency: str,
    simulated: bool = False,
) -> None:
    """Print a finished run; ``currency`` is the account's, ``simulated`` labels invented prices."""
    ink, figures = Ink.of(console), outcome.performance
    bars = "daily bars" if outcome.daily else "one-minute bars"
    detail = f"{first} to {last}, {bars}"
    sections = [
        ("Figures", metrics(figures, currency, ink)),
        ("Equity", equity(outcome, currency, ink)),
        (f"Results in {currency}", periods(outcome, ink)),
        (f"Best and worst trades (prices in USD, results in {currency})", extremes(outcome, ink)),
        ("Verdicts, one a symbol and session", verdict_counts(outcome, ink)),
        ("What became of the plans", fates(outcome, ink)),
        ("Data quality", data_quality(outcome, ink)),
        ("Assumptions", (Text(f"- {ink.outside(line)}") for line in outcome.assumptions)),
    ]
    head = [title("run report", detail, simulated=simulated), _result(figures, currency)]
    end = foot(outcome.decision_hash, simulated=simulated)
    print_parts(console, [*head, *spread(sections), *end])


def _result(figures: Performance, currency: str) -> Text:
    share = None if figures.total_return is None else 100 * figures.total_return
    gained = figures.final_equity - figures.start_equity
    return Text.assemble(
        "Result ",
        signed(money(gained, currency, sign=True), float(gained)),
        f" ({percent(share, sign=True)}), equity {money(figures.start_equity)}"
        f" to {money(figures.final_equity, currency)}, {figures.trades} trades.",
    )


def metrics(figures: Performance, currency: str, ink: Ink) -> Iterator[RenderableType]:
    """Every figure of strategy.md section 13, two in a row; a dash is "cannot be computed"."""
    table = grid(("", ""), ("", "right"), ("", ""), ("", "right"), gap=3)
    table.show_header = False
    rows = figure_rows(figures, currency, ink.dash)
    half = (len(rows) + 1) // 2
    for place in range(half):
        right = rows[half + place] if half + place < len(rows) else ("", "")
        table.add_row(*rows[place], *right)
    yield table


def figure_rows(figures: Performance, currency: str, dash: str) -> list[tuple[str, str]]:
    """The figures as (name, text), in the order a trader asks for them."""

    def share(value: float | None) -> str:
        return dash if value is None else percent(100 * value)

    def ratio(value: float | None, unit: str = "") -> str:
        return dash if value is None else f"{value:.2f}{unit}"

    return [
        ("sessions", f"{figures.sessions}"),
        ("trades", f"{figures.trades}"),
        ("won / lost", f"{figures.wins} / {figures.losses}"),
        ("win rate", share(figures.win_rate)),
        ("expectancy", ratio(figures.expectancy_r, " R")),
        ("profit factor", ratio(figures.profit_factor)),
        ("KPI +7 % before -3 %", share(figures.kpi_rate)),
        ("total result", money(figures.total_pnl, currency, sign=True)),
        ("fees inside it", money(figures.total_fees, currency)),
        ("total return", share(figures.total_return)),
        ("Sharpe (daily, x sqrt 252)", ratio(figures.sharpe)),
        ("max drawdown", share(figures.max_drawdown)),
        ("average slippage", ratio(figures.average_slippage_bps, " bps")),
        ("ambiguous bars", f"{figures.ambiguous}"),
        ("not flat at the close", f"{figures.not_flat_at_close}"),
    ]


def equity(outcome: RunOutcome, currency: str, ink: Ink) -> Iterator[RenderableType]:
    """The equity curve in one line, with its lowest and highest value."""
    values = [float(outcome.start), *(float(day.equity) for day in outcome.days)]
    if len(values) == 1:
        return
    yield Text(ink.spark(values, ink.width - _SPARK_MARGIN))
    low, high = money(min(values)), money(max(values), currency)
    yield Text(f"lowest {low}, highest {high} at a session's end")
    if outcome.locked:
        yield Text(f"sessions locked by the daily loss cap: {outcome.locked}")


def data_quality(outcome: RunOutcome, ink: Ink) -> Iterator[RenderableType]:
    """How much of the data could be used, and what was repaired or left out."""
    known = {**quality(outcome.verdicts, len(outcome.days)), **outcome.data_quality}
    for name, value in flat(known):
        yield Text(f"- {ink.outside(name)}: {ink.outside(value)}")


def flat(values: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    """Nested figures as lines of name and text."""
    for name, value in values.items():
        words = f"{above}{str(name).replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from flat(value, f"{words}, ")
        elif isinstance(value, list | tuple):
            yield words, ", ".join(str(item) for item in value) or "none"
        else:
            yield words, "not known" if value is None else str(value)
