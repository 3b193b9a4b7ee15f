"""One line of a tape, and where the tape of a day lies."""

import base64
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from fin_agent.domain.errors import CorruptData

AGENT = "agent"
"""The source of answers: what the agent's own ports said, which is what it decided on."""
ENDING = ".jsonl.zst"


class TapeLine(msgspec.Struct, frozen=True, gc=False):
    """What was received, from whom, as what, to which question; ``key`` holds no secret.

    A struct, and written by hand: every frame of a trade stream becomes one.
    """

    received_at: datetime
    source: str
    kind: str
    key: str
    payload: bytes

    def encoded(self) -> bytes:
        """One JSON line; a payload that is no UTF-8 text is in ``payload_base64``."""
        try:
            name, text = b"payload", self.payload.decode()
        except UnicodeDecodeError:
            name, text = b"payload_base64", base64.b64encode(self.payload).decode()
        return b'{"received_at":"%b",%b,"%b":%b}\n' % (
            self.received_at.isoformat().encode(),
            _named(self.source, self.kind, self.key),
            name,
            msgspec.json.encode(text),
        )


@lru_cache(maxsize=64)
def _named(source: str, kind: str, key: str) -> bytes:
    """The three names as a part of an object."""
    return msgspec.json.encode({"source": source, "kind": kind, "key": key})[1:-1]


def decoded(text: bytes) -> TapeLine:
    """The inverse of ``TapeLine.encoded``.

    Raises:
        CorruptData: it is no line of a tape.
    """
    try:
        line: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
        raw = line.get("payload_base64")
        payload = line["payload"].encode() if raw is None else base64.b64decode(raw)
        at = datetime.fromisoformat(line["received_at"])
        return TapeLine(at, line["source"], line["kind"], line["key"], payload)
    except (msgspec.DecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptData(f"no line of a tape ({type(error).__name__})") from None


def day_folder(tape: Path, day: date) -> Path:
    return tape / day.isoformat()
