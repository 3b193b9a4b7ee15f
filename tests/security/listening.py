"""Runs ``fin-agent`` and writes down every address it binds, connects to or asks for.

    python -m tests.security.listening FILE ARGUMENT...

Python tells of them by audit events, which nothing in the process can take back. libuv's sockets
are made beside Python and raise none, so the agent has Python's own loop here.
"""

import json
import sys
from pathlib import Path
from typing import Any

HEARD = {"socket.bind", "socket.connect", "socket.getaddrinfo", "socket.sendto"}


def main() -> None:
    file, *arguments = sys.argv[1:]
    with Path(file).open("a", encoding="utf-8", buffering=1) as out:

        def hear(event: str, details: tuple[Any, ...]) -> None:
            if event in HEARD and not out.closed:
                address = details[0] if event == "socket.getaddrinfo" else details[1]
                out.write(json.dumps([event, address], default=str) + "\n")

        sys.addaudithook(hear)
        sys.modules["uvloop"] = None  # type: ignore[assignment] # as the import system allows
        from fin_agent.entrypoints.cli import main as program

        sys.argv = ["fin-agent", *arguments]
        program.run()


if __name__ == "__main__":
    main()
