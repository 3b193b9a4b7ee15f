"""Scans, verdicts, candidates, plans and the way to each decision."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from fin_agent.entrypoints.api.models.base import Answer, Page, Value

Side = Literal["long", "short"]


class Scan(Answer):
    """One scan: of the running agent (``agent``), or asked for by a person (``on_demand``).

    An ``on_demand`` scan sends nothing and changes nothing; its result is at
    ``/v1/scans/{scan_id}``.
    """

    scan_id: str = Field(examples=["2026-03-03T08:00"])
    origin: Literal["agent", "on_demand"]
    state: Literal["waiting", "running", "done", "failed"]
    session_date: date | None
    at: datetime | None
    universe: int | None = Field(description="symbols judged", examples=[180])
    passed: int | None = Field(description="symbols that passed every gate", examples=[9])
    selected: int | None
    fx: float | None
    weights: dict[str, float] | None = Field(description="null: as configured")
    asked_at: datetime | None = None
    problem: str | None = Field(None, description="why a scan failed")


class FunnelStep(Answer):
    """How many symbols a rule rejected, and how many were left after it."""

    rule: str = Field(examples=["gap_min"])
    rejected: int
    left: int


class Miss(Answer):
    """How far a symbol was from passing the rule that rejected it."""

    rule: str
    measured: Value
    threshold: Value
    distance: float | None
    distance_pct: float | None = Field(description="of the threshold", examples=[4.2])
    admits_if: str | None = Field(examples=["price >= 20.81"])


class Verdict(Answer):
    """Why a symbol was kept or rejected; ``verdict`` is ``selected`` or the rule that said no."""

    symbol: str = Field(examples=["NVDA"])
    verdict: str = Field(examples=["gap_min"])
    rule: str
    measured: Value
    threshold: Value
    source: str | None
    age_s: float | None
    admits_if: str | None
    degraded: list[str]
    nearest_miss: Miss | None = None


class Verdicts(Page[Verdict]):
    """Verdicts of one scan by symbol; ``is_complete`` is false when only the log remembers it.

    The log keeps rule and measured value. ``/v1/verdicts/{symbol}`` tells the rest.
    """

    scan: Scan | None
    is_complete: bool
    funnel: list[FunnelStep] = Field(description="of the whole scan, in gate order")


class Gate(Answer):
    """One rule on its own; ``passed`` is null where its input is missing."""

    rule: str
    passed: bool | None
    measured: Value
    threshold: Value
    source: str | None
    age_s: float | None


class Headline(Answer):
    """A headline as it was received: text from outside, show it as text only."""

    text: str
    source: str
    published_at: datetime
    received_at: datetime
    sentiment: float | None
    scored_by: str | None


class Contribution(Answer):
    """One factor: its score, its share of the composite, and the points that it brings.

    The points of all factors add up to the composite. ``score`` is null without its inputs, and its
    weight then belongs to the others.
    """

    factor: str = Field(examples=["catalyst"])
    score: float | None
    weight: float = Field(examples=[0.3])
    points: float = Field(examples=[24.6])
    lacking: list[str] = Field([])
    absent: str | None = None


class Candidate(Answer):
    """A scored symbol."""

    rank: int
    symbol: str
    side: Side
    gap_pct: float
    gap_class: str
    rvol: float | None
    price: float
    prev_close: float
    atr14: float | None
    atr5: float | None
    adv: float | None = Field(description="USD a session")
    composite: float
    coverage: float
    grade: str
    contributions: list[Contribution]
    headlines: list[Headline] | None = Field(description="null: the log kept their number only")
    headline_count: int
    badges: list[Literal["DELAYED", "REPAIRED", "FALLBACK", "MISSING"]]
    degraded: list[str]


class Candidates(Page[Candidate]):
    """Scored symbols of one scan by rank."""

    scan: Scan | None


class Advice(Answer):
    """What the risk gate says to a plan, and why it has its size."""

    approved: bool
    breaches: list[str]
    cumulative: list[str] = Field(description="when the better-ranked plans are taken first")
    bound_by: str | None
    shares_allowed_by: dict[str, float]
    correlations: dict[str, float | None]


class Plan(Answer):
    """A plan with its advice; ``value`` and ``risk`` in account currency."""

    plan_id: str
    rank: int
    symbol: str
    side: Side
    entry: str = Field(examples=["opening_range"])
    reference: float
    stop: float
    target: float
    stop_pct: float
    target_pct: float
    reward_r: float
    quantity: float
    value: float
    risk: float
    composite: float
    grade: str
    gap_pct: float
    win_probability: float
    win_probability_calibrated: bool
    kelly: float
    advice: Advice
    fate: str | None
    is_armed: bool = Field(description="it still waits for its trigger")
    last_price: float | None
    last_price_at: datetime | None
    distance_pct: float | None = Field(
        description="from the last price to the reference, positive: still to go", examples=[0.8]
    )


class Plans(Page[Plan]):
    """The plans of a session by rank; of an on-demand scan ``phase`` and ``state`` are ``none``."""

    session_date: date | None
    phase: str
    state: str


class Why(Answer):
    """One symbol's way through a scan, as far as it got, with everything that was known."""

    session_date: date
    at: datetime
    symbol: str
    verdict: Verdict
    nearest_miss: Miss | None
    gates: list[Gate]
    evidence: dict[str, Any] = Field(description="every input with source, age and delay")
    candidate: Candidate | None
    plan: dict[str, Any] | None
    fate: str | None
    trade: dict[str, Any] | None
    decision_hash: str | None


class ScanResult(Answer):
    """An on-demand scan: when it is done, the document of ``fin-agent scan --json``."""

    scan: Scan
    result: dict[str, Any] | None


class Bind(Answer):
    """A limit, how much of it all approved plans together would take, and what is left."""

    limit: str = Field(examples=["exposure"])
    most: float
    taken: float
    share: float = Field(examples=[0.94])


class PreMortem(Answer):
    """What may go wrong today if every approved plan is taken; amounts in account currency."""

    session_date: date | None
    plans: int
    loss_at_stops: float = Field(description="every stop is hit at its price")
    loss_at_gaps: float | None = Field(description="every stop is gapped through by 2 ATR")
    daily_loss_cap: float
    effective_bets: float | None = Field(
        description="independent bets that the risk amounts to, by their correlations",
        examples=[2.6],
    )
    unknown_correlations: int
    binds_first: str | None = Field(examples=["cash"])
    limits: list[Bind]
    events_today: list[str] = Field(examples=[["BREVA: earnings"]])
    missing: list[str] = Field(examples=[["CALDA: rvol missing: no volume profile"]])
