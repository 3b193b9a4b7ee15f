"""The scans of the running agent as its log remembers them: verdicts and scores, by instant.

The log keeps the rule and the measured value of every symbol, not the whole evidence.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fin_agent.adapters.persistence.deliveries import Rows
from fin_agent.domain.gates import RULES, Measured
from fin_agent.domain.verdict import SELECTED, Verdict

_SCANS = (
    "SELECT seq, session_date, occurred_at, payload FROM event_log"
    " WHERE type = 'UniverseJudged' AND seq < ? ORDER BY seq DESC LIMIT ?"
)
_ONE = (
    "SELECT seq, session_date, occurred_at, payload FROM event_log"
    " WHERE type = 'UniverseJudged' AND session_date = ? AND (? = '' OR occurred_at = ?)"
    " ORDER BY seq DESC LIMIT 1"
)
_RANKED = (
    "SELECT seq, payload FROM event_log WHERE type = 'CandidatesRanked' AND session_date = ?"
    " AND seq > ? ORDER BY seq LIMIT 1"
)
_SIGNALS = (
    "SELECT type, json_extract(payload, '$.symbol') AS symbol FROM event_log"
    " WHERE type IN ('SignalGenerated', 'UniverseJudged') AND session_date = ? AND seq > ?"
    " ORDER BY seq"
)
_OPENED = (
    "SELECT payload FROM event_log WHERE type = 'SessionOpened' AND session_date = ?"
    " ORDER BY seq DESC LIMIT 1"
)
NEWEST = 1 << 62


@dataclass(frozen=True, slots=True)
class RecordedScan:
    """One scan of the log; ``ranked`` is its scores by rank, ``settings`` what it decided by."""

    seq: int
    session_date: date
    at: datetime
    fx: float | None
    universe: int
    passed: Sequence[str]
    rejected: Mapping[str, Mapping[str, Sequence[Any]]]
    ranked: Sequence[Mapping[str, Any]]
    thin: Mapping[str, float | None]
    chosen: Sequence[str]
    weights: Mapping[str, float] | None
    settings: Mapping[str, Any]

    @property
    def scan_id(self) -> str:
        """Its instant in New York, as a person writes it."""
        return f"{self.at.isoformat()[:16]}"

    def all_weights(self) -> dict[str, float]:
        """What every factor weighed."""
        configured = {one["use"]: one["weight"] for one in self.settings.get("factors", [])}
        return {**configured, **(self.weights or {})}

    def verdicts(self) -> Iterator[Verdict]:
        """One a symbol, in order of the symbols, with what the log remembers of each."""
        found = {v.symbol: v for v in (*self._rejected(), *self._scored())}
        return (found[symbol] for symbol in sorted(found))

    def counts(self) -> dict[str, int]:
        """How many symbols each rule decided, in gate order; ``selected`` comes last."""
        found: dict[str, int] = {}
        for verdict in self.verdicts():
            found[verdict.verdict] = found.get(verdict.verdict, 0) + 1
        return {name: found[name] for name in (*RULES, SELECTED) if name in found}

    def _rejected(self) -> Iterator[Verdict]:
        for rule, columns in self.rejected.items():
            threshold = self._threshold(rule)
            for symbol, measured in zip(columns["symbols"], columns["measured"], strict=True):
                yield Verdict(symbol, rule, measured, threshold)

    def _scored(self) -> Iterator[Verdict]:
        scan = self.settings.get("scan", {})
        for symbol, coverage in self.thin.items():
            yield Verdict(symbol, "evidence", coverage, scan.get("min_coverage"), "factors")
        least, most = scan.get("min_score", 0.0), scan.get("top_n", 0)
        for row in self.ranked:
            symbol, composite, rank = row["symbol"], row["composite"], row["rank"]
            if composite < least:
                admits = f"composite >= {least:g}"
                yield Verdict(symbol, "score", composite, least, "factors", admits_if=admits)
                continue
            is_chosen = symbol in self.chosen
            name, admits_if = (SELECTED, None) if is_chosen else ("rank", f"rank <= {most}")
            yield Verdict(symbol, name, float(rank), float(most), "factors", admits_if=admits_if)

    def _threshold(self, rule: str) -> Measured:
        scan: Mapping[str, Any] = self.settings.get("scan", {})
        if rule == "price_range":
            return f"{scan.get('min_price', 0):g}..{scan.get('max_price', 0):g}"
        value = scan.get(_KEYS.get(rule, ""))
        return None if value is None else float(value)


_KEYS = {
    "history": "min_history",
    "liquidity": "min_adv",
    "gap_min": "min_gap_pct",
    "gap_max": "max_gap_pct",
    "relative_volume": "min_rvol",
}


async def recorded_scans(rows: Rows, before: int = NEWEST, limit: int = 50) -> list[RecordedScan]:
    """Scans before a place in the log, newest first."""
    return [await _whole(rows, row) for row in await rows.rows(_SCANS, [before, limit])]


async def recorded_scan(rows: Rows, day: date, at: datetime | None = None) -> RecordedScan | None:
    """The scan of an instant, or the last one of a session; None when there is none."""
    text = "" if at is None else at.isoformat()
    found = await rows.rows(_ONE, [day.isoformat(), text, text])
    return await _whole(rows, found[0]) if found else None


async def _whole(rows: Rows, row: Mapping[str, Any]) -> RecordedScan:
    day, seq = row["session_date"], row["seq"]
    judged = json.loads(row["payload"])
    ranked = await rows.rows(_RANKED, [day, seq])
    scores = json.loads(ranked[0]["payload"]) if ranked else {"ranked": [], "thin": {}}
    opened = await rows.rows(_OPENED, [day])
    settings = json.loads(opened[0]["payload"])["settings"] if opened else {}
    chosen: list[str] = []
    for signal in await rows.rows(_SIGNALS, [day, seq]):
        if signal["type"] == "UniverseJudged":
            break
        chosen.append(signal["symbol"])
    return RecordedScan(
        seq=seq,
        session_date=date.fromisoformat(day),
        at=datetime.fromisoformat(row["occurred_at"]),
        fx=judged["fx"],
        universe=judged["universe"],
        passed=judged["passed"],
        rejected=judged["rejected"],
        ranked=scores["ranked"],
        thin=scores["thin"],
        chosen=chosen,
        weights=scores.get("weights"),
        settings=settings,
    )
