"""What the broker was told, line by line: replayed, it gives back the broker as it was."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.broker_simulator.engine import Engine
from tests.broker_simulator.replies import Drop, Reply


class Remembering:
    """An engine that writes every request to a file before it acts, and begins by replaying it.

    Lines are flushed to the operating system, so they outlive a killed simulator, not a power cut.
    """

    def __init__(self, engine: Engine, path: Path | None) -> None:
        self.engine = engine
        self.last_at = 0.0
        if path is not None and path.exists():
            self._replay(path.read_text("utf-8"))
        self._file = None if path is None else path.open("a", encoding="utf-8")

    def handle(
        self, method: str, path: str, query: Mapping[str, str], body: bytes, now: float
    ) -> Reply | Drop:
        text = body.decode("utf-8", "replace")
        self._write({"at": now, "request": [method, path, dict(query), text]})
        return self.engine.handle(method, path, query, body, now)

    def control(self, name: str, asked: Mapping[str, Any], now: float) -> dict[str, Any]:
        self._write({"at": now, "control": [name, dict(asked)]})
        return self.engine.control(name, asked, now)

    def mark(self, now: float) -> None:
        """Something was seen of this moment: a broker that comes back may not be younger."""
        self._write({"at": now})

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()

    def _replay(self, text: str) -> None:
        for line in text.splitlines():
            told = json.loads(line)
            self.last_at = told["at"]
            if "request" in told:
                method, path, query, body = told["request"]
                self.engine.handle(method, path, query, body.encode(), self.last_at)
            elif "control" in told:
                name, asked = told["control"]
                self.engine.control(name, asked, self.last_at)
        self.engine.frames(self.last_at)  # nobody listened
