"""Passes connections on to a port of the loopback, for what may be published but listens there.

python relay.py 18501:8501 13000:3000
"""

import asyncio
import sys
from contextlib import suppress

_CHUNK = 1 << 16
_CONNECT_S = 5.0


async def _pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):  # either side may leave at any time
        while chunk := await source.read(_CHUNK):
            sink.write(chunk)
            await sink.drain()
    sink.close()


async def relay(port: int, inner: int) -> asyncio.Server:
    """Listen on every address of this network; what comes goes to the loopback's port."""

    async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_CONNECT_S):
                theirs, own = await asyncio.open_connection("127.0.0.1", inner)
        except (OSError, TimeoutError):
            writer.close()  # nobody listens there yet; the caller tries again
            return
        await asyncio.gather(_pour(reader, own), _pour(theirs, writer))

    return await asyncio.start_server(passed_on, "0.0.0.0", port)  # noqa: S104 - a container's own


async def main(pairs: list[str]) -> None:
    """Relay every OUTER:INNER until the process ends."""
    servers = [await relay(*map(int, pair.split(":"))) for pair in pairs]
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
