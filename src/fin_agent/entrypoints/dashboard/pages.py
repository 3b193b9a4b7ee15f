"""The pages in the order of a trading day, ONE FILE PER PAGE."""

from collections.abc import Callable
from dataclasses import dataclass

from fin_agent.entrypoints.dashboard.client import Client
from fin_agent.entrypoints.dashboard.views import (
    backtest,
    journal,
    live,
    performance,
    pre_mortem,
    system,
    today,
    why_not,
)


@dataclass(frozen=True, slots=True)
class View:
    """A page: its name, its icon, its address, and what draws it."""

    title: str
    icon: str
    path: str
    render: Callable[[Client], None]


VIEWS = (
    View("Today", ":material/today:", "today", today.render),
    View("Why not", ":material/help:", "why-not", why_not.render),
    View("Live", ":material/candlestick_chart:", "live", live.render),
    View("Pre-mortem", ":material/crisis_alert:", "pre-mortem", pre_mortem.render),
    View("Journal", ":material/menu_book:", "journal", journal.render),
    View("Performance", ":material/monitoring:", "performance", performance.render),
    View("Backtest", ":material/history:", "backtest", backtest.render),
    View("System", ":material/settings:", "system", system.render),
)
