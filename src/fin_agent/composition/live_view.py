"""What the running agent knows and no file does: one copy, made in its loop, read in a thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fin_agent.adapters.clock import SystemClock
from fin_agent.composition.agent import Agent
from fin_agent.domain.candidate import TradeCandidate
from fin_agent.domain.gates import ScanRules
from fin_agent.domain.market import Bar
from fin_agent.domain.session import TradingSession
from fin_agent.domain.verdict import CrossSection, Verdicts


@dataclass(frozen=True, slots=True)
class LiveView:
    """A moment of the agent; ``session`` is None before it has taken one up.

    ``prices`` are last closes in USD with the end of their minute, ``bars`` the regular minutes so
    far of every symbol it watches, ``armed`` the ids of plans that wait for their trigger.
    ``section``, ``verdicts`` and ``candidates`` are those of the last scan of this process.
    """

    now: datetime
    speed: float = 1.0
    session: TradingSession | None = None
    prices: Mapping[str, tuple[float, datetime]] = field(default_factory=dict)
    bars: Mapping[str, Sequence[Bar]] = field(default_factory=dict)
    armed: frozenset[str] = frozenset()
    section: CrossSection | None = None
    verdicts: Verdicts | None = None
    candidates: Sequence[TradeCandidate] = ()
    rules: ScanRules | None = None
    fx: float | None = None
    weights: Mapping[str, float] = field(default_factory=dict)


def live_view(agent: Agent, now: datetime) -> LiveView:
    """A copy that the agent does not change any more; call it in the agent's loop."""
    timer, driver = agent.timer, agent.driver
    session_now = now if timer is None or isinstance(timer, SystemClock) else timer.now()
    speed = 1.0 if timer is None or isinstance(timer, SystemClock) else timer.speed
    if driver is None:
        return LiveView(session_now, speed)
    day = driver.day
    live = day.live
    return LiveView(
        now=session_now,
        speed=speed,
        session=day.session,
        prices={} if live is None else dict(live.prices),
        bars={} if live is None else {s: tuple(bars) for s, bars in live.bars.items()},
        armed=frozenset(watch.plan.plan_id for watch in day.watches),
        section=day.section,
        verdicts=day.verdicts,
        candidates=day.candidates,
        rules=day.rules.scan,
        fx=float(day.book.fx),
        weights={name: day.weights.get(name, w) for name, w, _ in day.desk.factors},
    )
