"""A stand-in for Finnhub's web socket.

Recorded: trade frames, the ping, the error for too many symbols. Inferred: HTTP 401 for a wrong
key at the handshake, and that a subscription is not answered.
"""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.servers.finnhub import KEY
from tests.servers.sockets import StreamServer


def a_print(symbol: str = "A", price: Any = 10.0, at_ms: Any = 0, size: Any = 1) -> dict[str, Any]:
    return {"c": ["1", "12"], "p": price, "s": symbol, "t": at_ms, "v": size}


def a_frame(*prints: dict[str, Any]) -> str:
    return json.dumps({"data": prints, "type": "trade"})


@dataclass
class FinnhubStream(StreamServer):
    """Waits for ``expected`` subscriptions, then runs the script."""

    expected: int = 1

    async def refuse(self, request: web.Request) -> web.Response | None:
        return None if request.query.get("token") == KEY else web.Response(status=401)

    async def greet(self, request: web.Request, socket: web.WebSocketResponse) -> bool:
        del request
        for _ in range(self.expected):
            message = await socket.receive_json()
            self.said[-1].append(message)
        return True
