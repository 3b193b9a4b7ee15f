"""The dashboard's process: this one becomes it, or ``run`` keeps it beside itself."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from socket import SO_REUSEADDR, SOL_SOCKET, socket
from urllib.parse import urlsplit

from fin_agent.composition.api_tokens import Right, token_beside_files, token_file
from fin_agent.composition.bootstrap import App
from fin_agent.domain.errors import ConfigError, UsageError
from fin_agent.entrypoints.dashboard.launch import READ_TOKEN, Launch

_MODULE = "fin_agent.entrypoints.dashboard"
_GRACE_S = 5.0

Tell = Callable[[str], None]


def become(app: App, api: str | None, port: int | None, tell: Tell) -> None:
    """Replace this process by the dashboard.

    Raises:
        UsageError: the address of the API is not one on this machine.
        ConfigError: the port is in use.
    """
    found = app.settings.api
    address = _checked(api) if api else f"http://{_bracketed(found.host)}:{found.port}"
    launch = Launch(address, token_file(app.data_dir, Right.READ), _free(app, port))
    tell(f"the dashboard is at http://127.0.0.1:{launch.port}; it asks the agent at {address}")
    tell(f"its buttons ask for the control token: {token_file(app.data_dir, Right.CONTROL)}")
    os.execve(sys.executable, _command(launch), _environment(app))  # noqa: S606 -- ourselves


@asynccontextmanager
async def beside(app: App, address: str, tell: Tell) -> AsyncIterator[None]:
    """Keep the dashboard as a child meanwhile; when it fails, the agent goes on and says so.

    Raises:
        ConfigError: the port is in use.
    """
    port = _free(app, None)
    launch = Launch(address, token_file(app.data_dir, Right.READ), port, end_with_stdin=True)
    child = await create_subprocess_exec(
        *_command(launch),
        env=_environment(app),
        stdin=PIPE,
        stdout=DEVNULL,
        start_new_session=True,  # Ctrl-C is for the agent, which ends its child
    )
    tell(f"the dashboard is at http://127.0.0.1:{port}")
    watching = asyncio.ensure_future(_watch(child, tell))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await _ended(child)


async def _watch(child: Process, tell: Tell) -> None:
    code = await child.wait()
    tell(f"the dashboard ended with code {code}; the agent goes on: fin-agent dashboard")


async def _ended(child: Process) -> None:
    if child.returncode is not None:
        return
    child.terminate()
    try:
        await asyncio.wait_for(child.wait(), _GRACE_S)
    except TimeoutError:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def _command(launch: Launch) -> list[str]:
    return [sys.executable, "-m", _MODULE, *launch.arguments]


def _environment(app: App) -> Mapping[str, str]:
    """The read token, where it is in no file; no other secret of the agent."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FIN_AGENT")}
    token = token_beside_files(app, Right.READ)
    return kept if token is None else {**kept, READ_TOKEN: token}


def _free(app: App, port: int | None) -> int:
    """The port, when it is free."""
    chosen = port or app.settings.dashboard.port
    with socket() as tried:
        tried.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", chosen))
        except OSError as error:
            raise ConfigError(
                [f"dashboard.port: {chosen} cannot be used ({error.strerror}); choose another"]
            ) from error
    return chosen


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _checked(api: str) -> str:
    """An address on this machine: the token is sent to it."""
    parts = urlsplit(api)
    host = parts.hostname or ""
    try:
        is_here = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        is_here = False
    if parts.scheme != "http" or not is_here:
        raise UsageError(f"--api is an http address on this machine, was {api!r}")
    return api
