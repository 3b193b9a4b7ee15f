"""Everything the core needs from the world; import the ports from here.

Ports that do I/O are async. Every implementation and its fake pass the same contract tests in
``tests/contracts``. Errors are those of ``domain.errors``; vendor errors stop at the adapter.
"""

from fin_agent.ports.market import (
    BarStorePort,
    CalendarPort,
    ClockPort,
    FeedItem,
    FxPort,
    MarketDataPort,
    MinuteBars,
    NewsPort,
    Pulse,
    ScanDue,
    ScanRequest,
    SentimentPort,
    SessionFeedPort,
    TimerPort,
    Untradable,
)
from fin_agent.ports.state import (
    EventBusPort,
    Handler,
    StorePort,
    UnitOfWork,
)
from fin_agent.ports.trading import (
    ControlPort,
    NotifierPort,
    OrderPort,
    SimulatedVenue,
)

__all__ = [
    "BarStorePort",
    "CalendarPort",
    "ClockPort",
    "ControlPort",
    "EventBusPort",
    "FeedItem",
    "FxPort",
    "Handler",
    "MarketDataPort",
    "MinuteBars",
    "NewsPort",
    "NotifierPort",
    "OrderPort",
    "Pulse",
    "ScanDue",
    "ScanRequest",
    "SentimentPort",
    "SessionFeedPort",
    "SimulatedVenue",
    "StorePort",
    "TimerPort",
    "UnitOfWork",
    "Untradable",
]
