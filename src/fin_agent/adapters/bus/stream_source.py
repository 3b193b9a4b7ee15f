"""A consumer's events out of a Redis stream: first what is pending, then what is new."""

from collections.abc import Sequence
from datetime import datetime

from fin_agent.adapters.bus.relay import Relay
from fin_agent.adapters.bus.stream import Sent, Stream
from fin_agent.adapters.persistence.envelope import event_in
from fin_agent.adapters.persistence.office import Office, Reading, Source, Subscription
from fin_agent.adapters.persistence.window import Entry
from fin_agent.domain.errors import CorruptData, Refused, Unavailable
from fin_agent.domain.events import Event


class StreamSource(Source):
    """One consumer group of a stream; its state of delivery stays in the database.

    While Redis is away there is nothing to read. When it is back everything that is not done is
    read again, because nobody knows what it has kept.
    """

    def __init__(self, stream: Stream, relay: Relay, office: Office) -> None:
        self._stream = stream
        self._relay = relay
        self._office = office
        self._subscription: Subscription | None = None
        self._position = 0  # of what was handed out
        self._own: int | None = 0  # how far the own pending entries were read; None: all of them
        self._read = 0  # how far the group had read when that began
        self._claimed_at: datetime | None = None
        self._is_open = False

    async def open(self, subscription: Subscription, cursor: int) -> None:
        self._subscription, self._position = subscription, cursor
        self._is_open = False

    async def read(self, limit: int) -> Reading:
        taker = self._subscription
        if taker is None:
            return Reading([], self._position, is_all=True)
        try:
            if not self._is_open:
                await self._join(taker)
            entries, is_all = await self._next(taker, limit)
        except Refused as error:
            if not str(error).startswith("NOGROUP"):
                raise
            self._is_open = False  # wiped: the group is made again at the stored cursor
            return Reading([], self._position, is_all=False)
        except Unavailable:
            self._is_open = False
            return Reading([], self._position, is_all=True)
        return Reading(entries, self._position, is_all)

    async def settle(self, entries: Sequence[Entry]) -> None:
        if self._subscription is not None and entries and self._is_open:
            await self._acknowledge([entry.seq for entry in entries])

    async def _join(self, taker: Subscription) -> None:
        place = await self._office.deliveries.place(taker.consumer)
        cursor = self._position if place is None else place.cursor
        await self._stream.make_group(taker.consumer, cursor)
        groups = await self._stream.groups()
        self._position = cursor
        self._read = max(cursor, groups[taker.consumer].read)
        self._own, self._claimed_at, self._is_open = 0, None, True

    async def _next(self, taker: Subscription, limit: int) -> tuple[list[Entry], bool]:
        trimmed = await self._relay.trimmed()
        if self._position < trimmed:  # older than the stream: the log still has it
            return await self._from_log(taker, trimmed, limit), False
        name = self._office.owner[0]
        if self._own is not None:
            sent = await self._stream.read(taker.consumer, name, self._own, limit)
            if sent:
                self._own = sent[-1].seq
            else:
                self._own = None
                sent = await self._claim(taker)
                self._position = max(self._position, self._read)
            return await self._open_of(taker, sent), False
        sent = await self._stream.read(taker.consumer, name, None, limit)
        is_gap = bool(sent) and sent[-1].seq - self._position > len(sent)
        if is_gap or self._is_time_to_claim():  # who lost this place may have read in between
            sent = sorted([*await self._claim(taker), *sent], key=lambda entry: entry.seq)
        entries = await self._open_of(taker, sent)
        if is_gap:  # what nobody has pending is done, or was taken out of the stream by hand
            span = (self._position, sent[-1].seq)
            entries += (await self._office.deliveries.unread(*_taken(taker), span, limit)).entries
        if sent:
            self._position = max(self._position, sent[-1].seq)
        return entries, len(sent) < limit

    async def _from_log(self, taker: Subscription, trimmed: int, limit: int) -> list[Entry]:
        span = (self._position, trimmed)
        found = await self._office.deliveries.unread(*_taken(taker), span, limit)
        self._position = found.position if len(found.entries) == limit else trimmed
        return found.entries

    def _is_time_to_claim(self) -> bool:
        now, lease = self._office.clock.now(), self._office.rules.lease
        return self._claimed_at is None or abs(now - self._claimed_at) >= lease

    async def _claim(self, taker: Subscription) -> list[Sent]:
        """Take over what others have pending: the place is ours, so nobody works on it."""
        self._claimed_at = self._office.clock.now()
        return await self._stream.claim(taker.consumer, self._office.owner[0], 0)

    async def _open_of(self, taker: Subscription, sent: Sequence[Sent]) -> list[Entry]:
        """What this consumer takes and has not done; the rest is acknowledged."""
        wanted = []
        for each in sent:
            if each.text is None:  # gone from the stream: the log still has it
                span = (each.seq - 1, each.seq)
                wanted += (await self._office.deliveries.unread(*_taken(taker), span, 1)).entries
                continue
            entry = Entry(each.seq, _event(each, self._stream.name))
            if not taker.types or entry.event.type in taker.types or not entry.event.type:
                wanted.append(entry)
        entries = await self._office.deliveries.open_of(taker.consumer, wanted)
        still_open = {entry.seq for entry in entries}
        await self._acknowledge([each.seq for each in sent if each.seq not in still_open])
        return entries

    async def _acknowledge(self, seqs: Sequence[int]) -> None:
        """Lost acknowledgements are made up for when the stream is joined again."""
        if self._subscription is None or not seqs:
            return
        try:
            await self._stream.acknowledge(self._subscription.consumer, seqs)
        except Unavailable:
            self._is_open = False


def _taken(taker: Subscription) -> tuple[str, frozenset[str]]:
    return taker.consumer, taker.types


def _event(sent: Sent, stream: str) -> Event:
    """The event in an entry; garbage becomes an event without a type, which no reader knows."""
    text = sent.text or b""
    try:
        return event_in(text)
    except CorruptData:
        at = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
        payload = text.decode(errors="replace")
        return Event(f"{stream}-{sent.seq}", "", at.date(), "", at, payload)
