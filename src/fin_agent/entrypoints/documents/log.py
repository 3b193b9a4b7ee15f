"""The documents of the event log and of dead letters."""

import json
from collections.abc import Sequence

from fin_agent.composition.state import DeadLetter, Recorded
from fin_agent.entrypoints.documents.values import Document, jsonable, maybe_moment, moment


def tail_document(found: Sequence[Recorded]) -> Document:
    """Events, oldest first."""
    return {"count": len(found), "events": [event_row(recorded) for recorded in found]}


def event_row(recorded: Recorded) -> Document:
    """One event with its envelope; the payload is text when it is no JSON."""
    event = recorded.event
    return {
        "seq": recorded.seq,
        "event_id": event.event_id,
        "type": event.type,
        "version": event.version,
        "session_date": event.session_date.isoformat(),
        "account": event.account,
        "occurred_at": moment(event.occurred_at),
        "recorded_at": moment(recorded.recorded_at),
        "valid_until": maybe_moment(event.valid_until),
        "correlation_id": event.correlation_id,
        "causation_id": event.causation_id,
        "is_decision": event.is_decision,
        "payload": jsonable(_payload(event.payload)),
    }


def _payload(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def dead_document(letters: Sequence[DeadLetter]) -> Document:
    """Dead letters, oldest failure first."""
    return {
        "count": len(letters),
        "dead_letters": [
            {
                "event_id": letter.event.event_id,
                "seq": letter.seq,
                "type": letter.event.type,
                "version": letter.event.version,
                "consumer": letter.consumer,
                "attempts": letter.attempts,
                "failed_at": moment(letter.failed_at),
                "valid_until": maybe_moment(letter.event.valid_until),
                "reason": letter.reason,
                "trace": letter.trace,
                "payload_hash": letter.payload_hash,
            }
            for letter in letters
        ],
    }
