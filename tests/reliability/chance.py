"""What goes wrong in a simulated day: every draw comes from one seed, every fault is counted."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from random import Random


class Mishap(StrEnum):
    """A class of fault; the sending ones are reliability.md section 3, "Evidence"."""

    LOST_REQUEST = "lost request"
    LOST_REPLY = "lost reply"
    GATEWAY = "504 but accepted"
    SERVER_ERROR = "500"
    TOO_MANY = "429"
    REFUSED = "refused"
    LATE = "late arrival"
    OVERDUE = "arrival after the settle time"
    INVISIBLE = "not visible yet"
    NO_ANSWER = "no answer to a look-up"
    OUTAGE = "outage"
    LOST_FRAME = "lost frame"
    TWICE = "frame twice"
    STALE_FRAME = "stale frame"
    PARTIAL = "filled in parts"
    STALLED = "partly filled, then stalled"
    REJECTED = "rejected after acceptance"
    CRASH = "crash"
    DISK = "failed commit"
    ALTERED = "other terms at the venue"
    MANUAL = "manual trade"
    FOREIGN = "foreign order"
    STRANGER = "our order, not in the database"
    EXITS_REJECTED = "exits rejected for a while"


@dataclass(frozen=True)
class Shares:
    """Shares of requests, orders and days that something happens to."""

    lost_request: float = 0.04
    lost_reply: float = 0.04
    gateway: float = 0.05
    server_error: float = 0.03
    too_many: float = 0.03
    refused: float = 0.01
    late: float = 0.03
    overdue: float = 0.005
    invisible: float = 0.25
    no_answer: float = 0.06
    lost_frame: float = 0.15
    twice: float = 0.15
    stale_frame: float = 0.15
    partial: float = 0.30
    stalled: float = 0.12
    rests: float = 0.15
    rejected: float = 0.02
    leg_fills: float = 0.45
    leg_seconds: float = 900.0
    hang: float = 0.5
    jump: float = 0.04
    outage_a_day: float = 0.3
    outage_seconds: float = 400.0
    outage_after_silence: float = 0.0
    halts_a_day: float = 0.45
    altered_a_day: float = 0.02
    manual_a_day: float = 0.03
    foreign_a_day: float = 0.10
    stranger_a_day: float = 0.05
    exits_rejected_a_day: float = 0.03
    crash_at_send: float = 0.06
    crash_at_order: float = 0.03
    crash_else: float = 0.001
    disk: float = 0.0005
    crashes: int = 8

    def times(self, factor: float) -> "Shares":
        """The same with more faults of every request and more crashes."""
        names = (
            "lost_request lost_reply gateway server_error too_many refused late invisible "
            "no_answer lost_frame twice stale_frame crash_at_send crash_at_order crash_else disk"
        )
        changed = {name: min(0.4, factor * getattr(self, name)) for name in names.split()}
        return replace(self, **changed)


@dataclass
class Chance:
    """One seed's draws, and the count of what they did."""

    seed: int
    shares: Shares = field(default_factory=Shares)
    counts: Counter[Mishap] = field(default_factory=Counter)
    is_quiet: bool = False

    def __post_init__(self) -> None:
        self.dice = Random(self.seed)

    def strikes(self, mishap: Mishap, share: float) -> bool:
        """Whether it happens now; counted when it does."""
        if self.is_quiet or self.dice.random() >= share:
            return False
        self.counts[mishap] += 1
        return True

    def seconds(self, low: float, high: float) -> timedelta:
        return timedelta(seconds=round(self.dice.uniform(low, high), 3))

    def of_sending(self, *, overdue: bool) -> Mishap | None:
        """What happens to one order request."""
        if self.is_quiet:
            return None
        shares, drawn = self.shares, self.dice.random()
        for mishap, share in (
            (Mishap.LOST_REQUEST, shares.lost_request),
            (Mishap.LOST_REPLY, shares.lost_reply),
            (Mishap.GATEWAY, shares.gateway),
            (Mishap.SERVER_ERROR, shares.server_error),
            (Mishap.TOO_MANY, shares.too_many),
            (Mishap.REFUSED, shares.refused),
            (Mishap.LATE, shares.late),
            (Mishap.OVERDUE, shares.overdue if overdue else 0.0),
        ):
            drawn -= share
            if drawn < 0.0:
                self.counts[mishap] += 1
                return mishap
        return None
