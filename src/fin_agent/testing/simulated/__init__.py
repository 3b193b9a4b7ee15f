"""A simulated US market for demos and tests: invented companies, one seed, two sessions.

Nothing in it happened. ``simulate_demo`` takes the exchange's dates and returns plain tables.
"""

from fin_agent.testing.simulated.demo import DEFAULT_SEED, simulate_demo
from fin_agent.testing.simulated.tables import (
    SOURCE,
    BarTable,
    DailyTable,
    DemoCalendar,
    QuoteTable,
    SimulatedDay,
    SimulatedHalt,
    SimulatedHeadline,
    SimulatedMarket,
)

__all__ = [
    "DEFAULT_SEED",
    "SOURCE",
    "BarTable",
    "DailyTable",
    "DemoCalendar",
    "QuoteTable",
    "SimulatedDay",
    "SimulatedHalt",
    "SimulatedHeadline",
    "SimulatedMarket",
    "simulate_demo",
]
