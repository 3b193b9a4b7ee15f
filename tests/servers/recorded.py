"""The vendors' recorded bodies in ../shared/data/payloads; without them their tests are skipped.

They are never copied into the repository.
"""

import json
from pathlib import Path
from typing import Any

from tests.recorded_data import DATA, need


def payloads() -> Path:
    """The folder of recorded bodies."""
    need(DATA / "payloads")
    return DATA / "payloads"


def recorded(name: str) -> bytes:
    """A body as it came over the wire."""
    return (payloads() / name).read_bytes()


def recorded_json(name: str) -> Any:
    """A JSON body; of the files that hold request and response, the response's body."""
    value = json.loads(recorded(name))
    if isinstance(value, dict) and "response" in value:
        response = value["response"]
        return response["bodyJson"] if "bodyJson" in response else json.loads(response["body"])
    return value
