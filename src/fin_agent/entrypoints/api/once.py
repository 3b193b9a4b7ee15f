"""Each command once: the same key and body are answered the same, also after a restart."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from fin_agent.domain.errors import FinAgentError, StateUnavailable
from fin_agent.entrypoints.api.host import JSON, Host, HostOf
from fin_agent.entrypoints.api.problems import MEDIA, Refusal, refusal_of

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9_.:-]{1,128}$",
        description="of your own choice, new for every command",
        examples=["halt-2026-03-03-1"],
    ),
]
Make = Callable[[datetime], Awaitable[BaseModel]]

_OK, _LOST = 200, 503


@dataclass(frozen=True, slots=True)
class Once:
    """One POST with its key; ``name`` identifies it for good."""

    host: Host
    name: str
    path: str

    async def done(self, body: BaseModel, make: Make, *, urgent: bool = False) -> Response:
        """Do it, or answer what was answered before.

        ``make`` is given the instant of the first attempt: with it a command that a crash broke off
        comes out the same. An ``urgent`` one is done even if nothing can be remembered.
        """
        digest = sha256(f"{self.path}\n{body.model_dump_json()}".encode()).hexdigest()
        flights = self.host.flights
        flight = flights.get(self.name)
        if flight is None:
            future = asyncio.ensure_future(self._flown(digest, make, urgent=urgent))
            flight = flights[self.name] = (digest, future)
            future.add_done_callback(lambda _: flights.pop(self.name, None))
        elif flight[0] != digest:
            raise _other_body()
        status, answer = await asyncio.shield(flight[1])
        media = JSON if status == _OK else MEDIA
        return Response(answer, status, media_type=media)

    async def _flown(self, digest: str, make: Make, *, urgent: bool) -> tuple[int, bytes]:
        now, answers = self.host.app.clock.now(), self.host.answers
        is_kept = True
        try:
            known = await asyncio.to_thread(answers.begin, self.name, digest, now)
        except StateUnavailable:
            if not urgent:
                raise
            known, is_kept = None, False
        if known is not None and known.digest != digest:
            raise _other_body()
        if known is not None and known.status is not None:
            return known.status, known.body or b""
        status, answer = await self._made(make, now if known is None else known.asked_at)
        if is_kept:
            await self._remember(status, answer, urgent=urgent)
        return status, answer

    async def _made(self, make: Make, at: datetime) -> tuple[int, bytes]:
        try:
            return _OK, (await make(at)).model_dump_json().encode()
        except FinAgentError as error:
            refusal = refusal_of(error)
        except Refusal as found:
            refusal = found
        return refusal.status, refusal.body(self.path)

    async def _remember(self, status: int, answer: bytes, *, urgent: bool) -> None:
        """What could not be done now may be asked for again under the same key."""
        try:
            if status == _LOST:
                await asyncio.to_thread(self.host.answers.free, self.name)
            else:
                await asyncio.to_thread(self.host.answers.end, self.name, status, answer)
        except StateUnavailable:
            if not urgent:
                raise


def _other_body() -> Refusal:
    detail = "this Idempotency-Key was used for another request"
    return Refusal(422, detail, "use a new key for every command")


async def once(request: Request, host: HostOf, key: Key) -> Once:
    """The key of a request, by whose token it is."""
    right = request.scope["state"]["right"]
    name = sha256(f"{right}\n{key}".encode()).hexdigest()
    return Once(host, name, request.url.path)


OnceOf = Annotated[Once, Depends(once)]
