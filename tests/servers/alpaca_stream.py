"""A stand-in for Alpaca's market data stream.

From the vendor's documentation and SDK tests: welcome, authentication, subscription, trades,
cancels, corrections, error codes. Inferred: that a second login with wrong keys gets code 402 and
the connection is then closed.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.servers.alpaca import KEY_ID, SECRET
from tests.servers.sockets import StreamServer

Row = dict[str, Any]


def stamp(at_ms: float) -> str:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "123Z"


def a_trade(number: int, at_ms: float, price: Any = 10.0, size: Any = 100, **fields: Any) -> Row:
    trade = {"T": "t", "i": number, "S": "A", "x": "V", "p": price, "s": size}
    return {**trade, "c": ["@"], "z": "C", "t": stamp(at_ms), **fields}


def a_cancel(number: int, at_ms: float) -> Row:
    cancel = {"T": "x", "S": "A", "i": number, "x": "V", "p": 10.0, "s": 100, "a": "C", "z": "C"}
    return {**cancel, "t": stamp(at_ms)}


def a_correction(number: int, at_ms: float, price: float, size: int) -> Row:
    old = {"oi": number, "op": 10.0, "os": 100, "oc": ["@"]}
    new = {"ci": number + 1000, "cp": price, "cs": size, "cc": ["@"]}
    return {"T": "c", "S": "A", "x": "V", **old, **new, "z": "C", "t": stamp(at_ms)}


@dataclass
class AlpacaStream(StreamServer):
    """``answers`` replace what is said to a login or a subscription."""

    path: str = "/v2/iex"
    welcome: str = '[{"T":"success","msg":"connected"}]'
    login: str = '[{"T":"success","msg":"authenticated"}]'
    subscription: str = ""

    async def greet(self, request: web.Request, socket: web.WebSocketResponse) -> bool:
        del request
        await socket.send_str(self.welcome)
        keys = await socket.receive_json()
        self.said[-1].append(keys)
        if (keys["key"], keys["secret"]) != (KEY_ID, SECRET):
            await socket.send_str('[{"T":"error","code":402,"msg":"auth failed"}]')
            return False
        await socket.send_str(self.login)
        asked = await socket.receive_json()
        self.said[-1].append(asked)
        told = {"T": "subscription", "trades": asked["trades"], "quotes": [], "bars": []}
        await socket.send_str(self.subscription or json.dumps([told]))
        return True
