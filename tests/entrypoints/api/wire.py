"""The API on a real socket, and clients that say what no library would."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fin_agent.composition.agent import Agent
from fin_agent.composition.api_tokens import Right, token_file
from fin_agent.composition.bootstrap import App, start
from fin_agent.composition.loading import Choices
from fin_agent.entrypoints.api.serving import api

PATIENCE_S = 30.0


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Site:
    """A served API with its tokens."""

    port: int
    tokens: Mapping[Right, str]
    app: App

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def bearer(self, right: Right = Right.READ) -> str:
        return f"Bearer {self.tokens[right]}"

    def head(
        self,
        line: str,
        *more: str,
        right: Right | None = Right.READ,
        host: str | None = None,
    ) -> bytes:
        """A request head; ``more`` are header lines."""
        lines = [line, f"Host: {host or self.host}", *more]
        if right is not None:
            lines.append(f"Authorization: {self.bearer(right)}")
        return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")

    async def raw(self, *parts: bytes) -> Reply | None:
        """Say exactly this; the answer, or None when the line is cut without one."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            async with asyncio.timeout(PATIENCE_S):
                return await reply_from(reader)
        except (ConnectionError, asyncio.IncompleteReadError):
            return None
        finally:
            writer.close()

    async def get(self, path: str, right: Right | None = Right.READ) -> Reply:
        found = await self.raw(self.head(f"GET {path} HTTP/1.1", right=right))
        assert found is not None
        return found

    async def post(
        self, path: str, body: Any, key: str = "key-1", right: Right = Right.CONTROL
    ) -> Reply:
        text = json.dumps(body).encode()
        head = self.head(
            f"POST {path} HTTP/1.1",
            "Content-Type: application/json",
            f"Idempotency-Key: {key}",
            f"Content-Length: {len(text)}",
            right=right,
        )
        found = await self.raw(head + text)
        assert found is not None
        return found


async def reply_from(reader: asyncio.StreamReader) -> Reply | None:
    """One answer as it stands on the line."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines if line)}
    if "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    else:
        body = await reader.read()
    return Reply(int(first.split()[1]), headers, body)


@asynccontextmanager
async def site_on(
    folder: Path, *changes: str, agent: Agent | None = None, app: App | None = None
) -> AsyncIterator[Site]:
    """The API on a free port of a data directory."""
    settings: Sequence[str] = ("api.port=0", *changes)
    found = app or start(Choices(None, None, settings), folder, {})
    async with api(found, agent, lambda _: None) as address:
        tokens = {
            right: token_file(found.data_dir, right).read_text(encoding="ascii").strip()
            for right in Right
        }
        yield Site(int(address.rsplit(":", 1)[1]), tokens, found)
