"""The vendors' recorded bodies in ../shared/data/payloads; without them their tests are skipped.

They are never copied into the repository.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

_BESIDE = Path(__file__).parents[2].parent / "shared" / "data"


def payloads() -> Path:
    """The folder of recorded bodies."""
    chosen = os.environ.get("FIN_AGENT_TEST_DATA")
    folder = (Path(chosen) if chosen else _BESIDE) / "payloads"
    if not folder.is_dir():
        if chosen:
            pytest.fail(f"FIN_AGENT_TEST_DATA names {folder.parent}, which holds no payloads")
        pytest.skip("needs the recorded payloads in ../shared/data")
    return folder


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
