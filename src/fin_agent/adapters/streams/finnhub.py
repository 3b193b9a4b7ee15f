"""Finnhub's trades: the consolidated tape in real time, 50 symbols on the free plan.

The key can only be given in the address (no other way is documented), which is therefore never
shown. Prints have no number: a frame that comes twice, byte for byte, is taken for one. Every print
is folded; Finnhub's condition codes are not documented well enough to leave some out.
"""

import json
from collections import deque
from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec

from fin_agent.adapters.http.conversation import Conversation
from fin_agent.adapters.ticks.trades import Doubt, Heard, TradeStream
from fin_agent.domain.errors import InvalidValue

HOSTS = frozenset({"ws.finnhub.io"})
WS_URL = "wss://ws.finnhub.io"
_REMEMBERED = 64  # frames


class _Print(
    msgspec.Struct,
    gc=False,
    rename={"symbol": "s", "price": "p", "at_ms": "t", "size": "v"},
):
    symbol: str
    price: float
    at_ms: float
    size: float


class _Frame(msgspec.Struct):
    type: str
    data: list[_Print] = []
    msg: str = ""


class Finnhub(TradeStream):
    """Trades by ``{"type": "subscribe"}``, one message a symbol."""

    name: ClassVar[str] = "finnhub"

    def __init__(self, key: str, ws_url: str = WS_URL) -> None:
        self._key = key
        self._url = ws_url
        self._decoder = msgspec.json.Decoder(_Frame)
        self._recent: deque[int] = deque(maxlen=_REMEMBERED)

    def __repr__(self) -> str:
        return f"Finnhub({self._url})"

    @property
    def address(self) -> str:
        return f"{self._url}?token={quote(self._key, safe='')}"

    async def introduce(self, talk: Conversation, symbols: Sequence[str]) -> None:
        for symbol in symbols:
            await talk.say({"type": "subscribe", "symbol": symbol})

    async def ask_again(self, talk: Conversation, symbols: Sequence[str]) -> None:
        for symbol in symbols:
            await talk.say({"type": "unsubscribe", "symbol": symbol})
            await talk.say({"type": "subscribe", "symbol": symbol})

    def read(self, frame: bytes) -> Heard:
        try:
            said = self._decoder.decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _piecemeal(frame)
        if not said.data:
            return Heard(remarks=[said.msg or "an error without words"] if _is_error(said) else ())
        mark = hash(frame)
        if mark in self._recent:
            return Heard(doubts={Doubt.DUPLICATE: len(said.data)})
        self._recent.append(mark)
        return Heard(said.data)


def _is_error(said: _Frame) -> bool:
    return said.type == "error"


def _piecemeal(frame: bytes) -> Heard:
    """A frame with something wrong in it: what is right stays.

    Raises:
        InvalidValue: it is no message at all.
    """
    try:
        said: Any = json.loads(frame)
    except (ValueError, RecursionError) as error:
        raise InvalidValue(f"sent garbage ({type(error).__name__})") from None
    if not isinstance(said, dict) or not isinstance(said.get("type"), str):
        raise InvalidValue("sent something that is no message")
    items = said.get("data")
    ticks: list[_Print] = []
    rest = items if isinstance(items, list) else []
    for item in rest:
        try:
            ticks.append(msgspec.convert(item, _Print))
        except msgspec.ValidationError:
            continue
    bad = len(rest) - len(ticks)
    return Heard(ticks, doubts={Doubt.SHAPE: bad} if bad else {})
