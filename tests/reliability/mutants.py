"""Guards taken away one at a time: a programme that finds none of these proves nothing.

Nothing in ``src`` knows of this: rules are loosened, something stands between the product and its
venue, store or person, or a function is replaced for as long as the mutant lives.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from fin_agent.application import record_fills, recover, submit_orders
from fin_agent.application.book import SessionBook
from fin_agent.application.commands import (
    ComparePositions,
    CoverPositions,
    Reconcile,
    WorkExits,
)
from fin_agent.application.limits import LimitRules
from fin_agent.application.live import LiveDriver
from fin_agent.application.live_state import LiveState
from fin_agent.domain.control import Latch, LatchKind
from fin_agent.domain.order import OrderIntent, OrderState
from fin_agent.domain.venue import ExecutionLedger
from tests.reliability import mutations as m
from tests.reliability.chance import Shares
from tests.reliability.simulated_day import Made

_ALWAYS = timedelta(days=1)


@dataclass(frozen=True)
class Mutant:
    """One guard less. ``found`` are the beginnings of what the audit may say about it."""

    name: str
    found: tuple[str, ...]
    changed: Callable[[Made], Made] = lambda made: made
    patched: Callable[[], AbstractContextManager[None]] = nullcontext
    shares: Mapping[str, float] = field(default_factory=dict)

    def made(self) -> Made:
        """How its days are made: more of what its guard is there for."""
        changes: dict[str, Any] = dict(self.shares)
        return self.changed(Made(shares=replace(Shares(), **changes)))


_OFTEN = {"crash_at_send": 0.2, "crash_at_order": 0.1}
_SILENT = {"lost_reply": 0.15, "gateway": 0.15, "late": 0.15}

MUTANTS = (
    Mutant(
        "no settle window",
        ("duplicate", "oversold", "false death"),
        m.rules(first_look=timedelta(0), settle=timedelta(0), absent_reads=1),
        shares=_SILENT,
    ),
    Mutant(
        "sending is not durable",
        ("duplicate", "oversold", "sent before"),
        m.forgetting(lambda t: getattr(t, "state", None) is OrderState.SENDING),
        shares={"crash_at_send": 0.4, "invisible": 1.0},
    ),
    Mutant(
        "a restart sends again what was being sent",
        ("duplicate", "sent before"),
        patched=lambda: m.put(recover, "_unsure", m.as_new),
        shares={"crash_at_send": 0.4, "invisible": 1.0},
    ),
    Mutant(
        "sends again after silence", ("duplicate", "exposure", "oversold"), m.venue(m.SendsAgain)
    ),
    Mutant("silence is no", ("false death", "exposure", "oversold"), m.venue(m.SilenceIsNo)),
    Mutant(
        "sum of fills",
        ("position mismatch", "stuck", "oversold"),
        patched=lambda: m.put(ExecutionLedger, "news", m.sums),
    ),
    Mutant(
        "halts are forgotten",
        ("late send",),
        m.forgetting(lambda thing: isinstance(thing, Latch)),
        shares={"halts_a_day": 1.0, "crash_else": 0.02},
    ),
    Mutant(
        "the kill flag is not seen",
        ("late send",),
        lambda made: replace(made, control=m.Deaf),
        shares={"halts_a_day": 1.0},
    ),
    Mutant(
        "no gate", ("late send", "sent", "stale"), patched=m.no_gate, shares={"halts_a_day": 1.0}
    ),
    Mutant(
        "no collar",
        ("sent outside the collar",),
        m.rules(collar_pct=100.0),
        shares={"jump": 0.5, "too_many": 0.3, "lost_request": 0.3},
    ),
    Mutant(
        "signals live for ever",
        ("stale signal",),
        m.rules(signal_life=_ALWAYS),
        shares={"lost_request": 0.3},
    ),
    Mutant(
        "late minutes are traded",
        ("stale minute",),
        m.rules(minute_life=_ALWAYS),
        shares={"crash_else": 0.02},
    ),
    Mutant(
        "a symbol may be entered again",
        ("duplicate", "sent", "stuck", "lost", "false"),
        patched=lambda: m.put(SessionBook, "reserve", m.reserve_only),
        shares=_OFTEN,
    ),
    Mutant(
        "unknown orders reserve nothing",
        ("exposure",),
        patched=lambda: m.put(OrderIntent, "left", property(m.left)),
        shares=_SILENT,
    ),
    Mutant(
        "two ways out",
        ("oversold", "false death", "lost fill"),
        patched=m.handled(WorkExits, m.two_ways_out),
        shares=_SILENT,
    ),
    Mutant(
        "legs are not taken back",
        ("oversold",),
        m.venue(m.SaysReleased),
        shares={"leg_fills": 1.0, "leg_seconds": 3000.0},
    ),
    Mutant(
        "foreign orders are not seen",
        ("sent beside",),
        patched=m.handled(Reconcile, m.no_strangers),
        shares={"foreign_a_day": 1.0},
    ),
    Mutant(
        "no limit of exits",
        ("runaway",),
        lambda made: replace(made, limits=LimitRules(exits_per_hour=10_000)),
        shares={"exits_rejected_a_day": 1.0},
    ),
    Mutant(
        "other terms are taken over",
        ("nobody was told",),
        patched=lambda: m.put(record_fills, "_terms_of", lambda _intent: m.AnyTerms()),
        shares={"altered_a_day": 1.0},
    ),
    Mutant(
        "positions are not compared",
        ("nobody was told", "silent carry"),
        patched=m.handled(ComparePositions, m.all_agrees),
        shares={"manual_a_day": 1.0},
    ),
    Mutant(
        "a trade that a crash left is not recorded",
        ("trades",),
        patched=lambda: m.put(LiveDriver, "_caught_up", m.no_catching_up),
        shares=_OFTEN,
    ),
    Mutant(
        "nothing is covered", ("uncovered", "silent"), patched=m.handled(CoverPositions, m.nothing)
    ),
    Mutant(
        "a position over night is not told",
        ("silent carry",),
        m.forgetting(lambda t: isinstance(t, Latch) and t.kind is LatchKind.NOT_FLAT),
        shares={"lost_request": 0.4, "too_many": 0.3},
    ),
    Mutant(
        "silence at the close is death",
        ("false death", "silent carry"),
        patched=lambda: m.put(LiveState, "is_absent", lambda *_: True),
        shares={**_SILENT, "outage_after_silence": 0.3, "outage_seconds": 4000.0},
    ),
    Mutant(
        "exits go out after the close",
        ("sent after the close", "runaway"),
        patched=lambda: m.put(submit_orders, "exit_refusal", lambda _day, _intent: None),
        shares={"lost_request": 0.3},
    ),
)
