"""The gates of strategy.md section 2, in order: each says why it refuses, or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from fin_agent.domain.evidence import Evidence, Known, Missing, value_of
from fin_agent.domain.market import InstrumentType
from fin_agent.domain.money import decimal_of, down_to_tick, rounded, up_to_tick
from fin_agent.domain.snapshot import Snapshot

SPLIT_RATIOS = (2.0, 3.0, 4.0, 5.0, 10.0, 20.0)
SPLIT_TOLERANCE = 0.02

Measured = float | str | None


@dataclass(frozen=True, slots=True)
class ScanRules:
    """The ``scan`` settings: gaps in percent, prices and ADV in account currency."""

    min_gap_pct: float = 4.0
    max_gap_pct: float = 20.0
    min_price: float = 2.0
    max_price: float = 300.0
    min_adv: float = 5_000_000.0
    min_rvol: float = 1.5
    rvol_missing: str = "keep"
    min_history: int = 21
    min_coverage: float = 0.4
    min_score: float = 50.0
    top_n: int = 5
    max_quote_age_s: float = 900.0
    allow_short: bool = False


@dataclass(frozen=True, slots=True)
class ScanContext:
    """What a scan knows besides its symbols: rules, instant and ``fx`` (USD per account unit)."""

    rules: ScanRules
    at: datetime
    fx: Evidence[float]

    @property
    def rate(self) -> float:
        """USD for one unit of account currency; 0 when unknown, which a gate of its own refuses."""
        return value_of(self.fx) or 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a gate refuses: what was measured, what would have passed, and who said so."""

    measured: Measured
    threshold: Measured
    source: str
    age_s: float | None = None
    admits: str = ""


Gate = Callable[[Snapshot, ScanContext], Finding | None]


def _fx(_snapshot: Snapshot, context: ScanContext) -> Finding | None:
    fx = context.fx
    if isinstance(fx, Missing):
        return Finding(fx.reason, "0.5..2", "fx", admits="a usable fx rate (fx.fixed or a source)")
    return None


def _instrument_type(snapshot: Snapshot, _context: ScanContext) -> Finding | None:
    kind = snapshot.instrument.type
    if kind not in {None, InstrumentType.STOCK, InstrumentType.ADR}:
        return Finding(str(kind), "stock or adr", "universe")
    if snapshot.instrument.leveraged:
        return Finding("leveraged", "stock or adr", "universe")
    return None


def _kid(snapshot: Snapshot, _context: ScanContext) -> Finding | None:
    if snapshot.instrument.is_packaged and not snapshot.instrument.kid:
        return Finding("no KID", "KID on file", "universe")
    return None


def _locked(snapshot: Snapshot, _context: ScanContext) -> Finding | None:
    if snapshot.lock is not None:
        return Finding(snapshot.lock, "no lock", "locks", admits="the lock is lifted")
    return None


def _history(snapshot: Snapshot, context: ScanContext) -> Finding | None:
    daily, needed = snapshot.daily, context.rules.min_history
    if daily.bars < needed:
        admits = f"{needed} daily bars on file"
        return Finding(float(daily.bars), float(needed), daily.source, admits=admits)
    if not daily.ends_yesterday:
        last = f"last bar {daily.last_date}"
        admits = "the previous session's daily bar on file"
        return Finding(last, "previous session", daily.source, admits=admits)
    return None


def _quote(snapshot: Snapshot, context: ScanContext) -> Finding | None:
    price, oldest = snapshot.price, context.rules.max_quote_age_s
    if isinstance(price, Missing):
        return Finding(price.reason, oldest, "quote", admits="a quote")
    age = price.age_s(snapshot.at)
    if not isfinite(price.value) or price.value <= 0:
        return Finding(repr(price.value), "> 0", price.source, age, "a price above 0")
    if age is None or age > oldest:
        return Finding(age, oldest, price.source, age, f"a quote not older than {oldest:g} s")
    return None


def _halted(snapshot: Snapshot, _context: ScanContext) -> Finding | None:
    halted = snapshot.halted
    if isinstance(halted, Known) and halted.value:
        age = halted.age_s(snapshot.at)
        return Finding("halted", "trading", halted.source, age, "trading resumes")
    return None


def split_ratio_near(move: float) -> float | None:
    """The split ratio (or its inverse) within 2 % of price / previous close, if any."""
    for ratio in SPLIT_RATIOS:
        for candidate in (ratio, 1.0 / ratio):
            if rounded(abs(move / candidate - 1.0)) <= SPLIT_TOLERANCE:
                return candidate
    return None


def _corporate_action(snapshot: Snapshot, _context: ScanContext) -> Finding | None:
    actions = snapshot.actions
    if actions.unadjusted is not None:
        return Finding(actions.unadjusted, "adjusted history", "actions")
    if actions.split_known:
        return None
    price, close = _price_and_close(snapshot)
    move = rounded(price / close)
    if split_ratio_near(move) is not None:
        return Finding(move, "no split-like move", "bars", admits="a split record for the day")
    return None


def _price_range(snapshot: Snapshot, context: ScanContext) -> Finding | None:
    price, rules = rounded(_price_and_close(snapshot)[0] / context.rate), context.rules
    if price < rules.min_price:
        return _number(snapshot, price, rules.min_price, f"price >= {rules.min_price:g}")
    if price > rules.max_price:
        return _number(snapshot, price, rules.max_price, f"price <= {rules.max_price:g}")
    return None


def _liquidity(snapshot: Snapshot, context: ScanContext) -> Finding | None:
    least, adv = context.rules.min_adv, snapshot.daily.adv
    if least <= 0:
        return None
    value = None if adv is None else rounded(adv / context.rate)
    if value is None or value < least:
        admits = f"ADV >= {least:,.0f}"
        return Finding(value, least, snapshot.daily.source, admits=admits)
    return None


def _gap_min(snapshot: Snapshot, context: ScanContext) -> Finding | None:
    gap, least = snapshot.gap or 0.0, context.rules.min_gap_pct
    if abs(gap) >= least:
        return None
    close = _price_and_close(snapshot)[1]
    downward = gap < 0 and can_short(snapshot, context)
    return _number(snapshot, gap, least, _beyond(close, -least if downward else least))


def can_short(snapshot: Snapshot, context: ScanContext) -> bool:
    """Whether a gap down of this symbol may be traded at all."""
    return context.rules.allow_short and snapshot.instrument.shortable is not False


def _gap_max(snapshot: Snapshot, context: ScanContext) -> Finding | None:
    gap, most = snapshot.gap or 0.0, context.rules.max_gap_pct
    if abs(gap) <= most:
        return None
    close = _price_and_close(snapshot)[1]
    return _number(snapshot, gap, most, _within(close, most if gap >= 0 else -most))


def _direction(snapshot: Snapshot, context: ScanContext) -> Finding | None:
    gap = snapshot.gap or 0.0
    if gap > 0:
        return None
    if can_short(snapshot, context):
        return None
    admits = "a symbol that can be sold short" if context.rules.allow_short else ""
    if snapshot.instrument.shortable is not False:
        admits = "shorting allowed (account.allow_short)"
    return _number(snapshot, gap, 0.0, admits)


def _relative_volume(snapshot: Snapshot, context: ScanContext) -> Finding | None:
    rvol, least = snapshot.rvol, context.rules.min_rvol
    if isinstance(rvol, Missing):
        if context.rules.rvol_missing == "keep":
            return None
        return Finding(rvol.reason, least, "rvol", admits="a known relative volume")
    if rvol.value >= least:
        return None
    return Finding(rvol.value, least, rvol.source, rvol.age_s(snapshot.at), f"rvol >= {least:g}")


def _beyond(close: float, gap: float) -> str:
    """The first price in USD on its tick with at least this gap, in the gap's direction."""
    price = decimal_of(close * (1.0 + gap / 100.0))
    return f"price >= {up_to_tick(price)}" if gap >= 0 else f"price <= {down_to_tick(price)}"


def _within(close: float, gap: float) -> str:
    """The last price in USD on its tick with no more than this gap, in the gap's direction."""
    price = decimal_of(close * (1.0 + gap / 100.0))
    return f"price <= {down_to_tick(price)}" if gap >= 0 else f"price >= {up_to_tick(price)}"


def _number(snapshot: Snapshot, measured: float, threshold: float, admits: str) -> Finding:
    price = snapshot.price
    source = price.source if isinstance(price, Known) else "quote"
    age = price.age_s(snapshot.at) if isinstance(price, Known) else None
    return Finding(measured, threshold, source, age, admits)


def _price_and_close(snapshot: Snapshot) -> tuple[float, float]:
    """Price and previous close in USD; only gates behind ``history`` and ``quote`` may ask."""
    return value_of(snapshot.price) or 0.0, snapshot.daily.prev_close or 1.0


GATES: tuple[tuple[str, Gate], ...] = (
    ("fx", _fx),
    ("instrument_type", _instrument_type),
    ("kid", _kid),
    ("locked", _locked),
    ("history", _history),
    ("quote", _quote),
    ("halted", _halted),
    ("corporate_action", _corporate_action),
    ("price_range", _price_range),
    ("liquidity", _liquidity),
    ("gap_min", _gap_min),
    ("gap_max", _gap_max),
    ("direction", _direction),
    ("relative_volume", _relative_volume),
)
LATER_RULES = ("evidence", "score", "rank")
RULES = tuple(name for name, _ in GATES) + LATER_RULES


def degradations(snapshot: Snapshot) -> tuple[str, ...]:
    """What is missing, late or repaired in a symbol's evidence, in the trader's words.

    Missing headlines, earnings and short interest are not named here: they cost coverage, or are
    listed with the factor that would have used them.
    """
    found = []
    if snapshot.instrument.type is None:
        found.append("instrument type unknown")
    inputs: tuple[tuple[str, Evidence[object], bool], ...] = (
        ("price", snapshot.price, True),
        ("rvol", snapshot.rvol, True),
        ("headlines", snapshot.headlines, False),
        ("earnings", snapshot.earnings, False),
        ("short interest", snapshot.short_interest, False),
    )
    for name, evidence, is_needed in inputs:
        if isinstance(evidence, Known):
            if evidence.degraded is not None:
                found.append(f"{name} {evidence.degraded}")
            elif evidence.delay_s > 0:
                found.append(f"{name} delayed by {evidence.delay_s:g} s")
        elif is_needed:
            found.append(f"{name} missing: {evidence.reason}")
    return tuple(found)
