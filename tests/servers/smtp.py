"""A mail server that speaks just enough SMTP, keeps what it gets, and fails on demand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class SmtpServer:
    """``refuses`` answers each message with this line; ``deaf`` closes every connection at once."""

    port: int = 0
    refuses: str = ""
    deaf: bool = False
    received: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not self.deaf:
                await self._answer(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 local\r\n")
        while line := (await reader.readline()).decode().strip():
            word = line.upper().split(":")[0].split()[0]
            if word == "RCPT":
                self.recipients.append(line.partition(":")[2].strip("<> "))
                answer = self.refuses or "250 ok"
            elif word == "DATA":
                writer.write(b"354 go on\r\n")
                await self._take(reader)
                answer = "250 kept"
            elif word == "QUIT":
                writer.write(b"221 bye\r\n")
                return
            else:
                answer = "250 ok"
            writer.write(f"{answer}\r\n".encode())
            await writer.drain()

    async def _take(self, reader: asyncio.StreamReader) -> None:
        lines = []
        while (line := await reader.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        made = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(made, EmailMessage)
        self.received.append(made)


@asynccontextmanager
async def mail_server() -> AsyncIterator[SmtpServer]:
    """The server on a port of this machine."""
    made = SmtpServer()
    server = await asyncio.start_server(made.talk, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()
