"""One Redis stream as the bus uses it: an entry's id is its event's place in the log.

So an event cannot be in the stream twice, and the stream's last id says how far it was filled.
Vendor errors end here.
"""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import NoPermissionError, OutOfMemoryError, RedisError, ResponseError
from redis.exceptions import TimeoutError as NoAnswer

from fin_agent.domain.errors import ConfigError, Refused, Unavailable

T = TypeVar("T")

_FIELD = b"event"
_START = "0-0"
_CONNECT_S, _ANSWER_S = 2.0, 10.0
_NEEDED = (
    ("appendonly", ("yes",), "without it a restart of Redis loses what consumers still need"),
    ("appendfsync", ("always", "everysec"), "the append-only file must reach the disk"),
    ("maxmemory-policy", ("noeviction",), "Redis would throw events away when memory is short"),
)
# Adds entries only if the stream still ends where the caller thinks; answers where it ends now. A
# check of its own would leave a moment in which the stream may be wiped unseen.
_ADD = """
local last = '0-0'
if redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = info[i + 1] end
  end
end
if last ~= ARGV[1] then return last end
for i = 2, #ARGV, 2 do
  redis.call('XADD', KEYS[1], ARGV[i], 'event', ARGV[i + 1])
  last = ARGV[i]
end
return last
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """An entry as it came; ``text`` is None when the stream has lost it."""

    seq: int
    text: bytes | None


@dataclass(frozen=True, slots=True)
class Group:
    """How far a consumer group has come: all up to ``acknowledged`` is, all up to ``read`` read."""

    read: int
    acknowledged: int


class Stream:
    """A named stream on one server."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self._redis: Any = Redis.from_url(
            url,
            socket_connect_timeout=_CONNECT_S,
            socket_timeout=_ANSWER_S,
            retry=Retry(NoBackoff(), 0),
        )

    async def verify(self) -> None:
        """See that the server keeps what it is given.

        Raises:
            ConfigError: it does not; every setting is named with its remedy.
            Unavailable: it does not answer.
        """
        found = {name: await self._setting(name) for name, _, _ in _NEEDED}
        problems = [
            f"redis: {name} is {found[name] or 'not set'}, must be {' or '.join(allowed)}"
            f" ({why}); remedy: CONFIG SET {name} {allowed[0]} and CONFIG REWRITE"
            for name, allowed, why in _NEEDED
            if found[name] not in allowed
        ]
        if problems:
            raise ConfigError(problems)

    async def _setting(self, name: str) -> str:
        try:
            answer = await _answer(self._redis.config_get(name))
        except Refused as error:
            problem = f"redis: CONFIG GET {name} is refused ({error}); allow it for this user"
            raise ConfigError([problem]) from error
        return _text(next(iter(answer.values()), ""))

    async def add(self, after: str, entries: Iterable[tuple[int, str]]) -> str:
        """Append entries if the stream's last id is ``after``; the last id that it has now."""
        values = [part for seq, text in entries for part in (entry_id(seq), text)]
        return _text(await _answer(self._redis.eval(_ADD, 1, self.name, after, *values)))

    async def make_group(self, group: str, after: int) -> None:
        """Make a group that has read everything up to a place, if it is not there."""
        making = self._redis.xgroup_create(self.name, group, entry_id(after), mkstream=True)
        try:
            await _answer(making)
        except Refused as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    async def groups(self) -> Mapping[str, Group]:
        """Every group of the stream; none when there is no stream."""
        try:
            rows = await _answer(self._redis.xinfo_groups(self.name))
        except Refused:
            return {}
        found = {}
        for row in rows:
            name, read = _text(row["name"]), seq_of(row["last-delivered-id"])
            acknowledged = read
            if row["pending"]:
                pending = await _answer(self._redis.xpending(self.name, name))
                if pending["min"] is not None:
                    acknowledged = seq_of(pending["min"]) - 1
            found[name] = Group(read, acknowledged)
        return found

    async def read(self, group: str, consumer: str, after: int | None, count: int) -> list[Sent]:
        """New entries for the group, or with ``after`` this consumer's own that are pending."""
        place = ">" if after is None else entry_id(after)
        reading = self._redis.xreadgroup(group, consumer, {self.name: place}, count=count)
        return sent_in(await _answer(reading))

    async def claim(self, group: str, consumer: str, idle_ms: int) -> list[Sent]:
        """Take over everything that others have left pending for so long, to the last entry."""
        found: list[Sent] = []
        cursor = _START
        while True:
            claiming = self._redis.xautoclaim(
                self.name, group, consumer, idle_ms, start_id=cursor, count=500
            )
            answer = await _answer(claiming)
            found += [_sent(entry) for entry in answer[1]]
            if len(answer) > 2:  # noqa: PLR2004 - Redis 7 names the entries that are gone
                found += [Sent(seq_of(gone), None) for gone in answer[2]]
            cursor = _text(answer[0])
            if cursor == _START:
                return sorted(found, key=lambda entry: entry.seq)

    async def acknowledge(self, group: str, seqs: Sequence[int]) -> None:
        await _answer(self._redis.xack(self.name, group, *map(entry_id, seqs)))

    async def trim(self, below: int) -> None:
        """Drop the entries before a place; never by length, which would drop what is unread."""
        trimming = self._redis.xtrim(self.name, minid=entry_id(below), approximate=False)
        await _answer(trimming)

    async def wait(self, after: str, milliseconds: int) -> str:
        """Wait for entries behind an id; the last id that was seen."""
        reading = self._redis.xread({self.name: after}, count=1_000, block=milliseconds)
        found = sent_in(await _answer(reading))
        return entry_id(found[-1].seq) if found else after

    async def close(self) -> None:
        await self._redis.aclose()


async def _answer(asking: Awaitable[T]) -> T:
    """The server's answer.

    Raises:
        Unavailable: there is none, or Redis has no memory left.
        Refused: it is an error; the text begins with its kind.
    """
    try:
        return await asking
    except (NoConnection, NoAnswer, OutOfMemoryError, OSError) as error:
        raise Unavailable(f"redis does not answer: {error}") from error
    except (ResponseError, NoPermissionError) as error:
        raise Refused(str(error)) from error
    except RedisError as error:
        raise Unavailable(f"redis: {error}") from error


def entry_id(seq: int) -> str:
    """The id of an event's entry."""
    return f"{seq}-0"


def seq_of(given: bytes | str) -> int:
    """The place in the log that an entry's id names."""
    return int(_text(given).partition("-")[0])


def sent_in(answer: Any) -> list[Sent]:  # noqa: ANN401 - the protocol decides
    """The entries of an XREAD answer: a list of pairs with RESP2, a mapping with RESP3."""
    if not answer:
        return []
    streams = answer.values() if isinstance(answer, Mapping) else [pair[1] for pair in answer]
    found = []
    for entries in streams:
        is_nested = bool(entries) and isinstance(entries[0], list)
        found += [_sent(entry) for entry in (entries[0] if is_nested else entries)]
    return found


def _sent(entry: Any) -> Sent:  # noqa: ANN401 - the protocol decides
    given, fields = entry
    return Sent(seq_of(given), None if not fields else fields.get(_FIELD, b""))


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
