"""Answers of the agent's ports as JSON and back, without losing a digit."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.market import Bar, Instrument
from fin_agent.domain.news import Headline
from fin_agent.domain.snapshot import CorporateActions, DailyFeatures, Snapshot

T = TypeVar("T")
Json = Any

SECTION, CLOSES, MINUTE = "section", "closes", "minute"
PRE_MARKET, FINGERPRINT = "pre_market", "fingerprint"
DUE, LIFE, CONTROL = "due", "life", "control"
HEADLINES, EARNINGS, RATE = "headlines", "earnings", "rate"

_FEEDS = ("price", "rvol", "halted", "earnings", "short_interest")


def text_of(value: Json) -> bytes:
    """JSON that keeps every float as it is, NaN included."""
    return json.dumps(value, separators=(",", ":")).encode()


def evidence_json(evidence: Evidence[T], plain: Callable[[T], Json] = lambda v: v) -> Json:
    if isinstance(evidence, Missing):
        return {"missing": evidence.reason}
    as_of = None if evidence.as_of is None else evidence.as_of.isoformat()
    facts = [evidence.source, as_of, evidence.delay_s, evidence.degraded]
    return {"known": plain(evidence.value), "facts": facts}


def evidence_of(found: Json, value: Callable[[Json], T] = lambda v: v) -> Evidence[T]:
    if "missing" in found:
        return Missing(found["missing"])
    source, as_of, delay_s, degraded = found["facts"]
    at = None if as_of is None else datetime.fromisoformat(as_of)
    return Known(value(found["known"]), source, at, delay_s, degraded)


def all_evidence_json(
    found: Mapping[str, Evidence[T]], plain: Callable[[T], Json] = lambda v: v
) -> Json:
    return {symbol: evidence_json(evidence, plain) for symbol, evidence in found.items()}


def headlines_json(headlines: tuple[Headline, ...]) -> Json:
    return [
        {
            **msgspec.to_builtins(headline),
            "published_at": headline.published_at.isoformat(),
            "received_at": headline.received_at.isoformat(),
        }
        for headline in headlines
    ]


def headlines_of(found: Json) -> tuple[Headline, ...]:
    return tuple(
        Headline(
            **{
                **line,
                "published_at": datetime.fromisoformat(line["published_at"]),
                "received_at": datetime.fromisoformat(line["received_at"]),
            }
        )
        for line in found
    )


def snapshot_json(snapshot: Snapshot) -> Json:
    return {
        "instrument": msgspec.to_builtins(snapshot.instrument),
        "at": snapshot.at.isoformat(),
        "daily": msgspec.to_builtins(snapshot.daily),
        "headlines": evidence_json(snapshot.headlines, headlines_json),
        "actions": msgspec.to_builtins(snapshot.actions),
        "lock": snapshot.lock,
        **{name: evidence_json(getattr(snapshot, name)) for name in _FEEDS},
    }


def snapshot_of(found: Json) -> Snapshot:
    return Snapshot(
        instrument=msgspec.convert(found["instrument"], Instrument),
        at=datetime.fromisoformat(found["at"]),
        daily=msgspec.convert(found["daily"], DailyFeatures),
        headlines=evidence_of(found["headlines"], headlines_of),
        actions=msgspec.convert(found["actions"], CorporateActions),
        lock=found["lock"],
        **{name: evidence_of(found[name]) for name in _FEEDS},
    )


def bars_json(bars: Mapping[str, Bar]) -> Json:
    return {symbol: [*bar] for symbol, bar in bars.items()}


def bars_of(found: Json) -> dict[str, Bar]:
    return {symbol: Bar(*values) for symbol, values in found.items()}
