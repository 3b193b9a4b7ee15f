"""Alpaca's trades: feed ``iex`` is free and in real time (2.5 % of the volume), ``sip`` is paid.

Prints have numbers, so duplicates are told apart, and cancels and corrections are followed. Which
conditions keep a print out of a bar's prices or volume is Alpaca's own rule
(alpaca.markets/learn/stock-minute-bars, after page 43 of the UTP specification).
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from math import nan
from typing import Annotated, Any, ClassVar

import msgspec

from fin_agent.adapters.http.conversation import Conversation
from fin_agent.adapters.ticks.trades import Change, Doubt, Heard, NamedTick, TradeKey, TradeStream
from fin_agent.domain.errors import InvalidValue, Refused, Unavailable

HOSTS = frozenset({"stream.data.alpaca.markets"})
WS_URL = "wss://stream.data.alpaca.markets/v2/iex"
_NO_PRICE = frozenset("BCGHINPRTUVWZ47")
_NO_VOLUME = frozenset("MQ9")  # official open and close, corrected close: prints of prints
_FINAL = frozenset({402, 405, 409})  # auth failed, too many symbols, not in this plan


class _Message(msgspec.Struct, rename={"kind": "T", "symbol": "S"}):
    """Every kind of message; which fields it has depends on ``T``."""

    kind: str
    symbol: str = ""
    i: int = -1
    x: str = ""
    p: float = nan
    s: float = nan
    c: Any = None
    t: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    oi: int = -1
    ci: int = -1
    cp: float = nan
    cs: float = nan
    cc: Any = None
    code: int = 0
    msg: str = ""
    trades: list[str] | None = None


class Alpaca(TradeStream):
    """Trades by one ``subscribe``; corrections and cancels come with them unasked."""

    name: ClassVar[str] = "alpaca"

    def __init__(self, key_id: str, secret: str, ws_url: str = WS_URL) -> None:
        self._key_id = key_id
        self._secret = secret
        self._url = ws_url
        self._decoder = msgspec.json.Decoder(list[_Message])

    def __repr__(self) -> str:
        return f"Alpaca({self._url})"

    @property
    def address(self) -> str:
        return self._url

    async def introduce(self, talk: Conversation, symbols: Sequence[str]) -> None:
        await self._answer(talk, "success")
        await talk.say({"action": "auth", "key": self._key_id, "secret": self._secret})
        await self._answer(talk, "success")
        await talk.say({"action": "subscribe", "trades": [*symbols]})
        told = await self._answer(talk, "subscription")
        missing = {*symbols} - {*(told.trades or ())}
        if missing:
            raise Unavailable(f"did not subscribe to {', '.join(sorted(missing))}")

    async def ask_again(self, talk: Conversation, symbols: Sequence[str]) -> None:
        await talk.say({"action": "unsubscribe", "trades": [*symbols]})
        await talk.say({"action": "subscribe", "trades": [*symbols]})

    def read(self, frame: bytes) -> Heard:
        doubts: Counter[Doubt] = Counter()
        try:
            messages = self._decoder.decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            messages = _piecemeal(frame, doubts)
        heard = Heard(doubts=doubts)
        ticks: list[NamedTick] = []
        changes: list[Change] = []
        remarks: list[str] = []
        for message in messages:
            if message.kind == "t":
                _take(message, ticks, heard, doubts)
            elif message.kind in {"x", "c"}:
                changes.append(_change(message))
            elif message.kind == "error":
                remarks.append(f"{message.msg} (code {message.code})")
        heard.named, heard.changes, heard.remarks = ticks, changes, remarks
        return heard

    async def _answer(self, talk: Conversation, kind: str) -> _Message:
        """The next answer of a kind; trades that come in between are of no use yet."""
        while True:
            frame = await talk.hear()
            try:
                messages = self._decoder.decode(frame)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                raise InvalidValue("greets with garbage") from None
            for message in messages:
                if message.kind == "error":
                    words = f"says {message.msg!r} (code {message.code})"
                    raise (Refused if message.code in _FINAL else Unavailable)(words)
                if message.kind == kind:
                    return message


def _take(message: _Message, ticks: list[NamedTick], heard: Heard, doubts: Counter[Doubt]) -> None:
    conditions = _conditions(message.c)
    if message.t is None or message.i < 0:
        doubts[Doubt.SHAPE] += 1
    elif conditions & _NO_VOLUME:
        heard.excluded += 1
    else:
        ticks.append(
            NamedTick(
                message.symbol,
                message.p,
                message.t.timestamp() * 1000.0,
                message.s,
                (message.x, message.i),
                not conditions & _NO_PRICE,
            )
        )


def _change(message: _Message) -> Change:
    """A cancel names the print by ``i``, a correction by ``oi`` and says what it should be."""
    if message.kind == "x":
        return Change(message.symbol, (message.x, message.i))
    has_price = not _conditions(message.cc) & _NO_PRICE
    key: TradeKey = (message.x, message.ci)
    right = NamedTick(message.symbol, message.cp, nan, message.cs, key, has_price)
    return Change(message.symbol, (message.x, message.oi), right)


def _conditions(found: object) -> frozenset[str]:
    names = found if isinstance(found, list) else []
    return frozenset(name for name in names if isinstance(name, str))


def _piecemeal(frame: bytes, doubts: Counter[Doubt]) -> list[_Message]:
    """A frame with something wrong in it: what is right stays.

    Raises:
        InvalidValue: it is no list of messages at all.
    """
    try:
        items: Any = json.loads(frame)
    except (ValueError, RecursionError) as error:
        raise InvalidValue(f"sent garbage ({type(error).__name__})") from None
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise InvalidValue("sent something that is no list of messages")
    found: list[_Message] = []
    for item in items:
        try:
            found.append(msgspec.convert(item, _Message))
        except msgspec.ValidationError:
            doubts[Doubt.SHAPE] += 1
    return found
