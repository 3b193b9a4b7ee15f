"""What is done with planted secrets: lives of the agent, commands, bugs, and talking providers."""

import logging
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from select import select
from typing import Any

from aiohttp import web

from fin_agent.composition.providers import Providers, open_providers
from fin_agent.domain.errors import FinAgentError
from tests.acceptance.command_line import environment as clean
from tests.adapters.market_data.yahoo_world import a_session
from tests.composition.test_providers import a_given
from tests.ops.tools import ROOT
from tests.reliability.killed_agent import WIDE, Broker
from tests.reliability.programme import Report
from tests.servers.faults import FaultyServer, served
from tests.servers.networks import START

DAY = "2026-03-03"
QUOTE = dict.fromkeys(("c", "d", "dp", "h", "l", "o", "pc"), 100.0) | {"t": 1763715000}
_CHANNEL = "notifications=[{use: webhook, name: ops}]"
_START_S = 90.0  # a busy machine
BUG = '''"""A factor with a bug."""

from fin_agent.domain.factor import Factor


class Exploding(Factor):
    """Divides by nothing."""

    def score(self, setup: object) -> None:
        raise ZeroDivisionError("a bug in a plug-in")
'''
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("config", "show", "--json"),
    ("events", "tail", "--lines", "1000", "--json"),
    ("db", "backup"),
    ("replay", DAY, "--set", "factors=[{use: bug, weight: 1}]"),
)


def started(
    data: Path, words: Sequence[str], planted: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """A command on a data directory; what it says goes into a file of that directory."""
    place = ["--config", str(data / "config.yaml"), "--data-dir", str(data)]
    bugs = data / "plug-ins"
    with (data / "said.txt").open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-m", "fin_agent", *words, *place],
            cwd=data,
            env={**clean(), "PYTHONPATH": f"{ROOT / 'src'}:{bugs}", **planted},
            stdout=out,
            stderr=out,
        )


def life(
    data: Path,
    broker: Broker,
    planted: Mapping[str, str],
    span: tuple[int, signal.Signals],
    report: Report,
) -> None:
    """So many seconds and how they end: by a word, or aborted, which shows every stack."""
    seconds, ending = span
    options = f"{{base_url: '{broker.url}', total_timeout_s: 0.5}}"
    ports = ("broker.use=alpaca", f"broker.options={options}", "scan.at=open", "api.port=0")
    chosen = (*ports, _CHANNEL, *WIDE)
    words = [word for one in chosen for word in ("--set", one)]
    said, clock = data / "said.txt", f"{broker.now().isoformat()}@600"
    living = started(data, ["run", "--clock", clock, *words], planted)
    deadline = time.monotonic() + _START_S
    while "the agent runs" not in said.read_text(encoding="utf-8") and time.monotonic() < deadline:
        select([], [], [], 0.05)
    with suppress(subprocess.TimeoutExpired):
        living.wait(seconds)
    living.send_signal(ending)
    living.wait(_START_S)
    report.count("lives")
    text = said.read_text(encoding="utf-8")
    report.require("the agent runs" in text, f"{data.name}: the agent never ran: {text[-500:]}")
    if ending is signal.SIGABRT:
        aborted = "Fatal Python error: Aborted" in text
        report.require(aborted, f"{data.name}: no stack was forced")


def commands(data: Path, planted: Mapping[str, str], report: Report) -> None:
    """Whatever a person looks at, and a bug in the middle of it."""
    record = data / "plug-ins" / "exploding-1.0.dist-info"
    record.mkdir(parents=True)
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: exploding\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text("[fin_agent.factors]\nbug = exploding:Exploding\n")
    (record.parent / "exploding.py").write_text(BUG)
    for words in COMMANDS:
        started(data, words, planted).wait(_START_S)
        report.count("commands")
    said = (data / "said.txt").read_text(encoding="utf-8")
    report.require("ZeroDivisionError" in said, f"{data.name}: the bug was not reached")


async def echoed(folder: Path, planted: Mapping[str, str], report: Report) -> None:
    """Providers that repeat every key in pages, JSON and refusals, while everything is logged."""
    logging.basicConfig(filename=folder / "debug.log", level=logging.DEBUG, force=True)
    async with AsyncExitStack() as stack:
        echo = Echo()
        server = await stack.enter_async_context(served(echo))
        names = ("yahoo", "alpaca", "finnhub", "edgar", "nasdaq", "gdelt", "ecb", "alpha_vantage")
        settings: dict[str, Any] = {name: {"base_url": server.base_url} for name in names}
        settings["edgar"]["contact"] = "me@example.com"
        settings["client"] = {"attempts": 1, "total_s": 2}
        keys = {name.lower(): secret for name, secret in planted.items()}
        recorded = stack.enter_context((folder / "tape.jsonl").open("ab"))
        with (folder / "errors.txt").open("a", encoding="utf-8") as errors:
            given = a_given(settings, keys)
            providers = await stack.enter_async_context(open_providers(folder / "network", given))

            def record(*told: object) -> None:
                recorded.write(repr(told).encode())

            providers.network.record_to(record)
            await asked(providers, errors.write)
        report.count("answers with keys in them", len(echo.requests))


async def asked(providers: Providers, write: Any) -> None:
    """Every source, whatever it says; evidence and errors are written down as a log would."""
    symbols, session = ["A"], a_session()
    questions = [providers.market.last_trades, providers.market.volumes]
    for question in questions:
        write(repr(await question(symbols, session, START)))
    write(repr(await providers.news.headlines(symbols, START)))
    for use in (["yahoo"], ["ecb"], ["alpha_vantage"]):
        try:
            write(repr(await providers.make_fx(use, "EUR").rate(START)))
        except FinAgentError:
            traceback.print_exc(file=_Writer(write))
    try:
        write(repr(await providers.nasdaq.halts(START)))
    except FinAgentError:
        traceback.print_exc(file=_Writer(write))


class _Writer:
    def __init__(self, write: Any) -> None:
        self.write = write


class Echo(FaultyServer):
    """Answers every path."""

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        return await repeats(request)


async def repeats(request: web.Request) -> web.Response:
    """The request as the answer: plain text, a page, JSON or a refusal, in turn."""
    carried = [value for name, value in request.headers.items() if "key" in name.lower()]
    carried += [value for name, value in request.headers.items() if "token" in name.lower()]
    carried += list(request.query.values())
    text = " ".join(f"{value} is no key of ours;" for value in carried)
    turn = len(request.path) + len(carried)
    kinds = (
        web.Response(text=text or "no key"),
        web.Response(text=f"<html>{text}</html>", content_type="text/html"),
        web.json_response({**QUOTE, "error": text}),
        web.Response(text=text, status=401),
    )
    return kinds[turn % len(kinds)]
