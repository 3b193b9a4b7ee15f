"""``/healthz``, ``/readyz`` and ``/v1/status``."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from fin_agent.entrypoints.api.models.base import Answer, Told
from fin_agent.entrypoints.api.models.trading import Order, Position

State = Literal["ACTIVE", "REDUCING", "HALTED"]


class Health(Answer):
    """The process answers; nothing more is said without a token."""

    status: Literal["ok"] = "ok"


class Unhealthy(Answer):
    """The process answers, and cannot do its work; the log and ``/readyz`` say why."""

    status: Literal["unhealthy"] = "unhealthy"


class Ready(Answer):
    """Whether the agent can trade; ``reasons`` is empty when it can."""

    ready: bool
    reasons: list[str] = Field(examples=[["the state database cannot be read"]])


class Session(Answer):
    """Today's session, or the next one."""

    date: date
    open: datetime
    close: datetime
    half_day: bool
    phase: Literal["before", "pre_market", "regular", "closed"]


class LivedDay(Answer):
    """The newest session that the agent has lived."""

    session_date: date
    phase: Literal["none", "opened", "scanned", "trading", "closed"]
    minutes_decided: int = Field(examples=[41])
    plans: int
    decision_hash: str | None


class Latch(Answer):
    """Why entries are off: by a daily loss for that day, by the others until ``resume``."""

    kind: Literal["daily_loss", "halt", "not_flat", "flat"]
    exchange_date: date
    reason: str
    at: datetime


class ClosedSession(Answer):
    """The last session that was closed."""

    session_date: date
    equity: float
    pnl: float
    trades: int
    flat: bool


class LastEvent(Answer):
    """The newest event of the log."""

    seq: int
    type: str
    occurred_at: datetime
    recorded_at: datetime


class Database(Answer):
    """The state database as a file."""

    file: str
    exists: bool
    ok: bool
    bytes: int
    log_bytes: int
    events: int
    reserve: bool = Field(description="false: its space was given up to a full disk")


class Backup(Answer):
    """The newest backup."""

    file: str
    at: datetime


class Clock(Answer):
    """The same instant for the trader and for the exchange; ``session_now`` is what is traded by.

    Under a fast clock ``session_now`` runs away from the machine's ``utc``.
    """

    utc: datetime
    new_york: datetime
    session_now: datetime
    speed: float = Field(description="1 is real time", examples=[1.0])


class LossGauge(Answer):
    """The session's result against the daily loss cap, account currency."""

    realised: float | None
    unrealised: float | None = Field(description="null while a price is missing")
    cap: float = Field(examples=[33.0])
    used: float = Field(description="realised loss so far, 0 when there is none")
    used_share: float = Field(description="0..1 of the cap", examples=[0.22])
    open_risk: float = Field(description="what the stops may still lose from the last prices")


class Status(Answer):
    """What is, now."""

    now: datetime
    clock: Clock
    account: str
    currency: str = Field(examples=["EUR"])
    broker: str = Field(examples=["paper"])
    live: bool = Field(description="real money")
    state: State
    halt_reason: str | None
    latches: list[Latch]
    agent: str | None = Field(description="null while none runs", examples=["run (pid 4711)"])
    session: Session | None
    day: LivedDay | None
    equity: float | None
    day_pnl: float | None
    daily_loss_cap: float
    loss_used: float | None
    loss: LossGauge
    grades: dict[str, int] = Field(description="plans of the day by grade", examples=[{"A": 3}])
    positions: list[Position]
    orders: list[Order] = Field(description="the live ones")
    last_session: ClosedSession | None
    problems: list[str]
    errors: list[Told] = Field(description="ErrorRaised of the session, newest first: the banner")
    last_event: LastEvent | None
    database: Database | None
    backup: Backup | None
    data_dir: str
    stored_sets: int
    runs: list[str]
    weights: dict[str, float] = Field(
        description="factor weights of the next scan", examples=[{"volatility": 0.4}]
    )
