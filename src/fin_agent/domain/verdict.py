"""One verdict for every symbol of the universe: the first gate that fails names it.

The scalar gates are the definition. ``CrossSection.judge`` applies them symbol by symbol; a
columnar cross-section may override it with the same result faster (property test).
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fin_agent.domain.construction import quickly_made
from fin_agent.domain.events import DomainEvent, canonical, significant
from fin_agent.domain.gates import (
    GATES,
    RULES,
    Finding,
    Measured,
    ScanContext,
    can_short,
    degradations,
)
from fin_agent.domain.snapshot import Snapshot

SELECTED = "selected"

_PRICED = ("corporate_action", "price_range", "gap_min", "gap_max", "direction", "relative_volume")
_NEEDS: Mapping[str, frozenset[str]] = {
    "liquidity": frozenset({"fx", "history"}),
    **dict.fromkeys(_PRICED, frozenset({"fx", "history", "quote"})),
}


@quickly_made
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
    cured = {rule}
    if rule == "gap_min" and not can_short(snapshot, context):
        cured.add("direction")  # the price that it names gaps up
    others = [name for name in failures(snapshot, context) if name not in cured]
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
