"""Answers kept for a while: in memory, and on disk those that stay good for minutes."""

import asyncio
import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from fin_agent.adapters.http.timing import Timing

_ON_DISK_FROM_S = 300.0
_MEMORY_BYTES = 32 << 20
_DISK_BYTES = 256 << 20
_PRUNE_EVERY = 256  # writes


class Kind(StrEnum):
    """What an answer is about: it decides how long the answer is good."""

    QUOTE = "quote"
    BARS = "bars"
    NEWS = "news"
    UNIVERSE = "universe"
    HALTS = "halts"
    FX = "fx"
    ONCE = "once"  # never kept


TTL_S = {
    Kind.QUOTE: 60.0,
    Kind.BARS: 3600.0,
    Kind.NEWS: 300.0,
    Kind.UNIVERSE: 86400.0,
    Kind.HALTS: 30.0,
    Kind.FX: 600.0,
    Kind.ONCE: 0.0,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A body as it came and when it came (aware)."""

    body: bytes
    at: datetime


class AnswerCache:
    """Answers by key; a key names what was asked and holds no secret."""

    def __init__(
        self, folder: Path, timing: Timing, ttl_s: dict[Kind, float] | None = None
    ) -> None:
        self._folder = folder
        self._timing = timing
        self._ttl_s = {**TTL_S, **(ttl_s or {})}
        self._memory: OrderedDict[str, Answer] = OrderedDict()
        self._bytes = 0
        self._writes = 0
        self.unwritten = 0

    def remembered(self, key: str, kind: Kind) -> Answer | None:
        """The answer in memory while it is good."""
        answer = self._memory.get(key)
        if answer is None or not self._is_good(answer, kind):
            return None
        self._memory.move_to_end(key)
        return answer

    async def stored(self, key: str, kind: Kind) -> Answer | None:
        """The answer on disk while it is good; an unreadable file is none."""
        if self._ttl_s[kind] < _ON_DISK_FROM_S:
            return None
        answer = await asyncio.to_thread(_read, self._path(key), key)
        if answer is None or not self._is_good(answer, kind):
            return None
        self._remember(key, answer)
        return answer

    async def keep(self, key: str, kind: Kind, answer: Answer) -> None:
        if self._ttl_s[kind] <= 0:
            return
        self._remember(key, answer)
        if self._ttl_s[kind] < _ON_DISK_FROM_S:
            return
        self._writes += 1
        is_pruning = self._writes % _PRUNE_EVERY == 1
        await asyncio.to_thread(self._write, key, answer, is_pruning=is_pruning)

    def _is_good(self, answer: Answer, kind: Kind) -> bool:
        """An answer from the future came before the clock was set back: it is not trusted."""
        return 0 <= (self._timing.now() - answer.at).total_seconds() < self._ttl_s[kind]

    def _remember(self, key: str, answer: Answer) -> None:
        replaced = self._memory.pop(key, None)
        self._bytes -= len(replaced.body) if replaced else 0
        self._memory[key] = answer
        self._bytes += len(answer.body)
        while self._bytes > _MEMORY_BYTES:
            self._bytes -= len(self._memory.popitem(last=False)[1].body)

    def _path(self, key: str) -> Path:
        return self._folder / sha256(key.encode()).hexdigest()

    def _write(self, key: str, answer: Answer, *, is_pruning: bool) -> None:
        """A cache that cannot be written is slower, not wrong: it is counted, nothing more."""
        path = self._path(key)
        head = json.dumps({"key": key, "at": answer.at.isoformat()})
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(".new")
            fresh.write_bytes(head.encode() + b"\n" + answer.body)
            fresh.replace(path)
            if is_pruning:
                _prune(self._folder, _DISK_BYTES)
        except OSError:
            self.unwritten += 1


def _read(path: Path, key: str) -> Answer | None:
    try:
        head, _, body = path.read_bytes().partition(b"\n")
        told = json.loads(head)
        at = datetime.fromisoformat(told["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Answer(body, at) if told["key"] == key and at.tzinfo is not None else None


def _prune(folder: Path, most: int) -> None:
    """Remove the oldest files beyond a total size."""
    files = [(path.stat(), path) for path in folder.iterdir() if path.is_file()]
    total = sum(stat.st_size for stat, _ in files)
    for stat, path in sorted(files, key=lambda pair: pair[0].st_mtime_ns):
        if total <= most:
            return
        path.unlink(missing_ok=True)
        total -= stat.st_size
