"""What the POST routes take and answer."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from fin_agent.entrypoints.api.models.base import Answer, Asked, IsoDate, IsoInstant
from fin_agent.entrypoints.api.models.status import State

Reason = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2000,
        description="why; it is kept in the log",
        examples=["news I do not understand"],
    ),
]
Symbol = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9.\-]{0,11}$", examples=["NVDA"])]


class HaltAsked(Asked):
    """Stop every new entry at once; exits go on."""

    reason: Reason = "halted by hand"


class ResumeAsked(Asked):
    """Allow entries again, if the venue and the journal agree."""

    reason: Reason


class FlatAsked(Asked):
    """Take everything out; ``confirm`` is the word FLAT, typed by a person."""

    reason: Reason = "closed by hand"
    confirm: Literal["FLAT"]
    wait_s: float = Field(20.0, ge=0, le=120, description="seconds to wait for the venue")


class Acted(Answer):
    """What came of halt, resume or flat.

    ``done`` is false when something stands against it (``why``), or when it is not finished yet: a
    flat goes on after the answer.
    """

    done: bool
    state: State | None
    why: str | None = None
    open: dict[str, str] = Field({}, description="shares still held by symbol")
    agent: str | None


class WeightsAsked(Asked):
    """Factor weights for the next scan and those after it; a factor left out keeps its weight."""

    weights: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(
        min_length=1, max_length=32, examples=[{"volatility": 0.5, "catalyst": 0.3}]
    )
    reason: Reason = "weights changed by hand"

    @model_validator(mode="after")
    def _any(self) -> "WeightsAsked":
        if not any(self.weights.values()):
            raise ValueError("at least one weight must be above 0")
        return self


class WeightsSet(Answer):
    """The weights of the next scan."""

    done: bool
    weights: dict[str, float]
    why: str | None = None


class FillAsked(Asked):
    """A fill made by hand at a broker without API, or that the rest of an order is cancelled."""

    order: str = Field(min_length=1, max_length=80, description="order id, its end, or a symbol")
    quantity: Annotated[Decimal, Field(gt=0, max_digits=16, decimal_places=6)] | None = None
    price: Annotated[Decimal, Field(gt=0, max_digits=16, decimal_places=6)] | None = None
    part: Literal["entry", "stop", "target", "exit"] | None = None
    at: IsoInstant | None = Field(None, description="with offset; now when left out")
    cancelled: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> "FillAsked":
        if (self.quantity is None) != (self.price is None):
            raise ValueError("quantity and price belong together")
        if self.quantity is None and not self.cancelled:
            raise ValueError("say quantity and price, or cancelled")
        return self


class FillTaken(Answer):
    """The order that the fill belongs to."""

    client_order_id: str
    symbol: str
    quantity: float | None
    price: float | None
    cancelled: bool


class NoteAsked(Asked):
    """A note on a closed trade; ``grade`` is how well it was done."""

    text: str = Field(min_length=1, max_length=2000, examples=["entered late, exit was right"])
    tag: str = Field("", max_length=40, examples=["late"])
    grade: Literal["", "A", "B", "C", "D", "E", "F"] = ""


class NoteTaken(Answer):
    """The note as it is kept."""

    done: bool
    trade_id: str
    note_id: str | None
    why: str | None = None


class ScanAsked(Asked):
    """A scan that sends nothing; without ``at`` it is as of now (or the newest stored session)."""

    at: str | None = Field(
        None,
        max_length=40,
        pattern=r"^[0-9T:+\-.Z ]+$",
        examples=["2026-03-03T09:25"],
        description="an instant of a stored session, New York time",
    )
    second_look: bool = False
    symbols: list[Symbol] = Field([], max_length=500)


class BacktestAsked(Asked):
    """Run the same day driver over many stored days, in a process of its own."""

    first: IsoDate = Field(examples=["2026-01-02"])
    last: IsoDate = Field(examples=["2026-03-31"])
    symbols: list[Symbol] = Field([], max_length=500)
    bars: Literal["minute", "daily"] = "daily"

    @model_validator(mode="after")
    def _order(self) -> "BacktestAsked":
        if self.last < self.first:
            raise ValueError("last is before first")
        return self


class Backtest(Answer):
    """A finished run, or one that was asked for here and is not finished."""

    name: str
    state: Literal["waiting", "running", "done", "failed"]
    asked_at: datetime | None
    first: date | None
    last: date | None
    problem: str | None = None


class Backtests(Answer):
    """Every run that can be shown or compared."""

    items: list[Backtest]
    count: int


class BacktestResult(Answer):
    """A run; the document of ``fin-agent backtest --json`` when it was asked for here."""

    backtest: Backtest
    result: dict[str, Any] | None
