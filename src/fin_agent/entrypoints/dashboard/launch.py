"""How the dashboard's own process is started: on this machine only, and it tells nobody."""

import os
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Self

PORT = 8501
READ_TOKEN = "FIN_AGENT_API_READ_TOKEN"  # noqa: S105 -- the name of a variable

OPTIONS: Mapping[str, object] = {
    "browser.gatherUsageStats": False,
    "browser.serverAddress": "127.0.0.1",
    "client.showErrorDetails": "none",
    "client.toolbarMode": "viewer",
    "client.showErrorLinks": False,
    "global.developmentMode": False,
    "logger.level": "warning",
    "runner.magicEnabled": False,
    "server.address": "127.0.0.1",
    "server.allowedHosts": ["127.0.0.1", "localhost"],
    "server.enableXsrfProtection": True,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.maxUploadSize": 1,
    "server.showEmailPrompt": False,
    "theme.baseRadius": "0.4rem",
    "theme.light.primaryColor": "#1d4ed8",
    "theme.dark.primaryColor": "#60a5fa",
}


@dataclass(frozen=True, slots=True)
class Launch:
    """Where the agent answers, and which file holds the token for reading.

    ``end_with_stdin``: end when standard input does, so that a killed parent leaves nothing behind.
    """

    api: str
    tokens: Path
    port: int = PORT
    end_with_stdin: bool = False

    @classmethod
    def parse(cls, arguments: Sequence[str]) -> Self:
        """What ``arguments`` wrote."""
        parser = ArgumentParser(prog="python -m fin_agent.entrypoints.dashboard")
        parser.add_argument("--api", default="http://127.0.0.1:8420")
        parser.add_argument("--read-token-file", type=Path, required=True)
        parser.add_argument("--port", type=int, default=PORT)
        parser.add_argument("--end-with-stdin", action="store_true")
        found = parser.parse_args(arguments)
        return cls(found.api, found.read_token_file, found.port, found.end_with_stdin)

    @property
    def arguments(self) -> list[str]:
        """As the command line of the process; the token itself is never on it."""
        return [
            *("--api", self.api),
            *("--read-token-file", str(self.tokens)),
            *("--port", str(self.port)),
            *(["--end-with-stdin"] if self.end_with_stdin else []),
        ]


def read_token(file: Path) -> str | None:
    """The token for reading, from the environment or its file; None before there is one."""
    given = os.environ.get(READ_TOKEN, "").strip()
    if given:
        return given
    try:
        return file.read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def serve(launch: Launch) -> None:
    """Serve the dashboard until a signal comes."""
    from streamlit.web import bootstrap

    script = Path(__file__).with_name("app.py")
    options = {**OPTIONS, "server.port": launch.port}
    flags = {name.replace(".", "_"): value for name, value in options.items()}
    bootstrap.load_config_options(flags)
    _warm()
    if launch.end_with_stdin:
        Thread(target=_end_with_stdin, daemon=True).start()
    bootstrap.run(str(script), is_hello=False, args=launch.arguments, flag_options=flags)


def _end_with_stdin() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _warm() -> None:
    """Load what the first look would wait for."""
    for name in ("pandas", "plotly.graph_objects", "pyarrow", "streamlit.elements.arrow"):
        import_module(name)
    import_module("fin_agent.entrypoints.dashboard.frame")
