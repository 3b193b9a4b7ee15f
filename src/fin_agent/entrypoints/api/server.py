"""Serves the API in the loop of the agent: uvicorn without signals, with deadlines of our own."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from fin_agent.domain.errors import ConfigError
from fin_agent.entrypoints.api.turnstile import Turnstile

_LARGEST_HEAD = 16 * 1024
_HEAD_S = 10.0
_IDLE_S = 30
_GRACE_S = 3
_LARGEST_FRAME = 4 * 1024
_FAREWELL_S = 2.0
_KILLS = (b"POST /v1/halt ", b"POST /v1/flat ")
_UNSENT = 128 * 1024  # the kernel would take four megabytes for a reader that takes nothing


class _Patient(H11Protocol):
    """A connection that must have said what it wants within ten seconds.

    When too many are open the one that has said nothing for longest gives its place up, so that
    silent connections cannot keep a halt out.
    """

    most: int = 64
    turnstile: Turnstile
    _deadline: asyncio.TimerHandle | None = None
    _unread: int = 0

    # a listening socket of TCP makes no other transports than asyncio.Transport
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._arm()
        open_ = self.server_state.connections
        if len(open_) > self.most:
            silent = [c for c in open_ if isinstance(c, _Patient) and c.is_silent and c is not self]
            victim = min(silent, key=_Patient.waits_until, default=self)
            victim.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Wait for a turn to read it, and take no more meanwhile."""
        urgent = not self._unread and data.startswith(_KILLS)
        self._unread += 1
        self.transport.pause_reading()
        self.turnstile.wait(partial(self._read, data), urgent=urgent)

    def _read(self, data: bytes) -> None:
        self._unread -= 1
        if self.transport.is_closing():
            return
        if not (self._unread or self.flow.read_paused):
            self.transport.resume_reading()
        super().data_received(data)
        is_websocket = self not in self.server_state.connections  # and not ours any more
        if is_websocket or not self.is_silent:
            self._disarm()
        elif self._deadline is None:
            self._arm()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    @property
    def is_silent(self) -> bool:
        """Whether no request is being answered on it."""
        return self.cycle is None or self.cycle.response_complete

    def waits_until(self) -> float:
        """When its patience ends; those that came first end first."""
        return 0.0 if self._deadline is None else self._deadline.when()

    def _arm(self) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(_HEAD_S, self._give_up)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.abort()


class _Follower(WebSocketsSansIOProtocol):
    """A stream whose end is its end: what its reader did not take is thrown away.

    A reader that takes nothing would keep the connection and what waits for it for ever, since a
    close waits until everything is sent.
    """

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        self.loop.call_later(_FAREWELL_S, self.transport.abort)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        ConfigError: the port is in use or may not be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _UNSENT)  # of each connection
        found.bind((host, port))
        found.listen(128)
    except OSError as error:
        found.close()
        msg = (
            f"api.port {port}: cannot listen on {host} ({error.strerror});"
            " choose another with --set api.port=PORT, or none with --no-api"
        )
        raise ConfigError([msg]) from error
    found.settimeout(0)
    return found


@asynccontextmanager
async def served(app: ASGIApp, own: socket.socket, connections: int) -> AsyncIterator[None]:
    """Answer on a listening socket meanwhile; what is under way may end, for three seconds."""
    protocol: Any = type("Patient", (_Patient,), {"most": connections, "turnstile": Turnstile()})
    config = uvicorn.Config(
        app,
        http=protocol,
        ws=_Follower,
        loop="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=_LARGEST_HEAD,
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=_GRACE_S,
        ws_max_size=_LARGEST_FRAME,
        ws_max_queue=4,
        ws_per_message_deflate=False,
        reset_contextvars=True,
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[own])
    ticking = asyncio.create_task(server.main_loop())
    try:
        yield
    finally:
        server.should_exit = True
        await ticking
        await server.shutdown(sockets=[own])
