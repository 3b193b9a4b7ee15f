"""One verdict for every symbol of the universe: the first gate that fails names it.

The scalar gates here are the definition. ``CrossSection.judge`` applies them symbol by symbol; a
columnar cross-section may override it with the same result faster (property test).
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from fin_agent.domain.events import DomainEvent, canonical, significant
from fin_agent.domain.evidence import Evidence, Known, Missing, value_of
from fin_agent.domain.market import InstrumentType
from fin_agent.domain.money import decimal_of, down_to_tick, rounded, up_to_tick
from fin_agent.domain.snapshot import Snapshot

SPLIT_RATIOS = (2.0, 3.0, 4.0, 5.0, 10.0, 20.0)
SPLIT_TOLERANCE = 0.02
SELECTED = "selected"

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
        return value_of(self.fx) or 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a gate refuses: what was measured, what would have passed, and who said so."""

    measured: Measured
    threshold: Measured
    source: str
    age_s: float | None = None
    admits: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one symbol; ``verdict`` is ``selected`` or the name of the failed rule."""

    symbol: str
    verdict: str
    measured: Measured = None
    threshold: Measured = None
    source: str = ""
    age_s: float | None = None
    admits_if: str | None = None
    degraded: tuple[str, ...] = ()

    @property
    def rule(self) -> str:
        """The deciding rule; a selected symbol was decided by its rank."""
        return "rank" if self.verdict == SELECTED else self.verdict


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
    return _number(snapshot, gap, least, _beyond(close, least if gap >= 0 else -least))


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
    allowed, lendable = context.rules.allow_short, snapshot.instrument.shortable is not False
    if allowed and lendable:
        return None
    admits = "a symbol that can be sold short" if allowed else ""
    if lendable:
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
_PRICED = ("corporate_action", "price_range", "gap_min", "gap_max", "direction", "relative_volume")
_NEEDS: Mapping[str, frozenset[str]] = {
    "liquidity": frozenset({"fx", "history"}),
    **dict.fromkeys(_PRICED, frozenset({"fx", "history", "quote"})),
}
LATER_RULES = ("evidence", "score", "rank")
RULES = tuple(name for name, _ in GATES) + LATER_RULES


def degradations(snapshot: Snapshot) -> tuple[str, ...]:
    """What is missing, late or repaired in a symbol's evidence, in the trader's words."""
    found = []
    if snapshot.instrument.type is None:
        found.append("instrument type unknown")
    for name, evidence in (("price", snapshot.price), ("rvol", snapshot.rvol)):
        if isinstance(evidence, Missing):
            found.append(f"{name} missing: {evidence.reason}")
        elif evidence.degraded is not None:
            found.append(f"{name} {evidence.degraded}")
        elif evidence.delay_s > 0:
            found.append(f"{name} delayed by {evidence.delay_s:g} s")
    return tuple(found)


def judge(snapshot: Snapshot, context: ScanContext) -> Verdict | None:
    """The verdict of the first gate that fails, or None when every gate passes."""
    for rule, gate in GATES:
        finding = gate(snapshot, context)
        if finding is not None:
            return Verdict(
                snapshot.symbol,
                rule,
                finding.measured,
                finding.threshold,
                finding.source,
                finding.age_s,
                _admits_if(rule, finding, snapshot, context),
                degradations(snapshot),
            )
    return None


def failures(snapshot: Snapshot, context: ScanContext) -> tuple[str, ...]:
    """Every gate that fails on its own, in gate order; gates without their input count as open."""
    failed: list[str] = []
    for rule, gate in GATES:
        if not _NEEDS.get(rule, frozenset()).isdisjoint(failed):
            continue
        if gate(snapshot, context) is not None:
            failed.append(rule)
    return tuple(failed)


def _admits_if(rule: str, finding: Finding, snapshot: Snapshot, context: ScanContext) -> str | None:
    others = [name for name in failures(snapshot, context) if name != rule]
    if others:
        return f"no single change: also fails {', '.join(others)}"
    return finding.admits or None


class Verdicts(Mapping[str, Verdict]):
    """The verdicts of one scan by symbol; symbols that passed every gate are in ``passed``."""

    def __init__(self, rejected: Mapping[str, Verdict], passed: Sequence[str]) -> None:
        self.passed = tuple(passed)
        self._rejected = rejected
        self._final: dict[str, Verdict] = {}

    def __getitem__(self, symbol: str) -> Verdict:
        final = self._final.get(symbol)
        return self._rejected[symbol] if final is None else final

    def __iter__(self) -> Iterator[str]:
        yield from sorted((*self._rejected, *self.passed))

    def __len__(self) -> int:
        return len(self._rejected) + len(self.passed)

    def settle(self, verdict: Verdict) -> None:
        """Give a symbol that passed every gate its last word (evidence, score, rank, selected)."""
        self._final[verdict.symbol] = verdict

    def counts(self) -> dict[str, int]:
        """How many symbols each rule decided, in gate order; ``selected`` comes last."""
        found = self._rejected_counts()
        found.update(v.verdict for v in self._final.values())
        return {name: found[name] for name in (*RULES, SELECTED) if found[name]}

    def record(self) -> dict[str, dict[str, list[Measured]]]:
        """By rule the rejected symbols and what was measured, sorted by symbol: what is hashed."""
        columns: dict[str, dict[str, list[Measured]]] = {}
        for symbol in sorted(self._rejected):
            verdict = self._rejected[symbol]
            column = columns.setdefault(verdict.verdict, {"symbols": [], "measured": []})
            column["symbols"].append(symbol)
            column["measured"].append(significant(verdict.measured))
        return columns

    def record_text(self) -> str:
        """``record`` as canonical JSON; a columnar subclass writes the same text faster."""
        return canonical(self.record())

    def _rejected_counts(self) -> Counter[str]:
        return Counter(v.verdict for v in self._rejected.values())


class CrossSection(ABC):
    """Every symbol of the universe at one scan instant."""

    at: datetime
    symbols: Sequence[str]

    @abstractmethod
    def snapshot(self, symbol: str) -> Snapshot:
        """Everything known about one symbol."""

    def judge(self, context: ScanContext) -> Verdicts:
        """One verdict a symbol: the scalar definition, whatever a subclass does for speed."""
        rejected: dict[str, Verdict] = {}
        passed: list[str] = []
        for symbol in self.symbols:
            verdict = judge(self.snapshot(symbol), context)
            if verdict is None:
                passed.append(symbol)
            else:
                rejected[symbol] = verdict
        return Verdicts(rejected, passed)


@dataclass(frozen=True, slots=True)
class UniverseJudged(DomainEvent):
    """Every symbol has its verdict: rejected ones by rule, the rest passed every gate."""

    at: datetime
    fx: float | None
    verdicts: Verdicts

    def payload(self) -> dict[str, object]:
        return {**self._head(), "rejected": self.verdicts.record()}

    def text(self) -> str:
        """The canonical payload, without walking thousands of measured values twice."""
        text = canonical({**self._head(), "rejected": None})
        rejected = f'"rejected":{self.verdicts.record_text()}'
        return text.replace('"rejected":null', rejected, 1)

    def _head(self) -> dict[str, object]:
        return {
            "at": self.at,
            "fx": significant(self.fx),
            "passed": sorted(self.verdicts.passed),
            "universe": len(self.verdicts),
        }
