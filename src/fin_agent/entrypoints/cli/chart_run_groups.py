"""Where the results come from: average R by entry, gap class, exit reason and hour."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from fin_agent.domain.journal import TradeRecord
from fin_agent.domain.session import NEW_YORK
from fin_agent.entrypoints.cli.chart_page import GAIN, LOSS, MUTED, layout, safe
from fin_agent.entrypoints.cli.report_words import EXITS
from fin_agent.entrypoints.figures.frame import Plot

_ROW, _FRAME = 30, 84

Group = tuple[str, Callable[[TradeRecord], str]]

GROUPS: tuple[Group, ...] = (
    ("entry", lambda trade: trade.entry),
    ("gap class", lambda trade: trade.gap_class),
    ("exit reason", lambda trade: EXITS.get(trade.exit_reason, trade.exit_reason)),
    ("hour of entry", lambda trade: f"{trade.entry_time.astimezone(NEW_YORK):%H}:00"),
)


def group_figure(trades: Sequence[TradeRecord], group: Group) -> Plot:
    """Average R of each group, with its number of trades and its win rate."""
    title, key = group
    found: dict[str, list[TradeRecord]] = defaultdict(list)
    for trade in trades:
        found[key(trade)].append(trade)
    names = sorted(found)
    means = [sum(t.r_multiple for t in found[name]) / len(found[name]) for name in names]
    widest = max((abs(mean) for mean in means), default=1.0) * 1.9 or 1.0
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": [round(mean, 6) for mean in means],
        "y": [safe(name) for name in names],
        "text": [
            f"{mean:+.2f} R, {len(found[name])} trade{'s' * (len(found[name]) > 1)}"
            for name, mean in zip(names, means, strict=True)
        ],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [_won(found[name]) for name in names],
        "hovertemplate": "%{y}: %{text}, %{customdata}<extra></extra>",
        "marker": {"color": [GAIN if mean > 0 else LOSS for mean in means]},
    }
    return {
        "data": [bar],
        "layout": layout(
            _FRAME + _ROW * len(names),
            title={"text": title, "font": {"size": 14}, "x": 0, "xref": "paper"},
            xaxis={
                "range": [-widest, widest],
                "fixedrange": True,
                "zeroline": True,
                "zerolinecolor": MUTED,
            },
            yaxis={
                "type": "category",
                "autorange": "reversed",
                "fixedrange": True,
                "showgrid": False,
            },
            dragmode=False,
        ),
    }


def _won(trades: Sequence[TradeRecord]) -> str:
    return f"{sum(1 for trade in trades if trade.pnl > 0) / len(trades):.0%} won"
