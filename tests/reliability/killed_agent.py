"""The real agent in a forked process, a broker in another one, and a kill -9 at any moment."""

import asyncio
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from select import select
from typing import Any
from urllib.request import Request, urlopen

from fin_agent.composition.agent import agent
from fin_agent.composition.bootstrap import start
from fin_agent.composition.demo import demo_app, prepare_demo
from fin_agent.composition.loading import Choices

KEYS = {"ALPACA_KEY_ID": "AKKILLED", "ALPACA_SECRET_KEY": "not-a-secret"}
OPENS = datetime(2026, 3, 3, 14, 29, tzinfo=UTC)  # a minute before the demo's first open
QUIET = datetime(2026, 3, 3, 15, 12, tzinfo=UTC)  # every entry is decided
BUSY_AGAIN = datetime(2026, 3, 3, 20, 43, tzinfo=UTC)  # shortly before everything goes out
_STATE = ("state.db", "state.db-wal", "state.db-shm", "state.lock", "control", "backups")

WIDE = (  # many symbols pass, and there is room for all of them
    "account.bankroll=9000",
    "risk.max_exposure=9000",
    "risk.daily_loss_cap=4000",
    "risk.max_correlation=1.0",
    "risk.max_entries=16",
    "scan.top_n=16",
    "scan.min_score=0",
    "scan.min_gap_pct=0.2",
    "scan.max_gap_pct=60",
    "scan.min_rvol=0.1",
    "scan.min_coverage=0.1",
)

FAULTS: dict[str, Any] = {
    "rules": [
        {"kind": "lost_request", "method": "POST", "path": "/v2/orders", "share": 0.04},
        {"kind": "lost_reply", "method": "POST", "path": "/v2/orders", "share": 0.04},
        {"kind": "accepted_504", "method": "POST", "path": "/v2/orders", "share": 0.05},
        {"kind": "error_500", "method": "POST", "path": "/v2/orders", "share": 0.03},
        {"kind": "too_many", "method": "POST", "path": "/v2/orders", "share": 0.03},
        {"kind": "late_arrival", "method": "POST", "share": 0.03, "seconds": 40.0},
        {"kind": "invisible", "method": "POST", "share": 0.05, "seconds": 8.0},
        {"kind": "error_500", "method": "GET", "share": 0.02},
    ],
}


class Broker:
    """The simulator as a process of its own; it lives through every kill of the agent."""

    def __init__(self, folder: Path, seed: int, speed: float) -> None:
        plan = folder / "faults.json"
        plan.write_text(json.dumps(FAULTS))
        arguments = ["--seed", str(seed), "--faults", str(plan), "--time-scale", str(speed)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.broker_simulator", *arguments],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{self._process.stdout.readline().strip()}"
        self.set_clock(OPENS)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._ask("clock", {})["at"], UTC)

    def set_clock(self, at: datetime) -> None:
        self._ask("clock", {"advance": at.timestamp() - self.now().timestamp()})

    def skip_quiet_hours(self) -> None:
        """To the afternoon when nothing more is decided before it."""
        if QUIET <= self.now() < BUSY_AGAIN:
            self.set_clock(BUSY_AGAIN)

    def ledger(self) -> Mapping[str, Any]:
        return self._ask("ledger", {})

    def _ask(self, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        body = json.dumps(asked).encode()
        request = Request(f"{self.url}/_sim/{name}", data=body, method="POST")  # noqa: S310 - loopback
        with closing(urlopen(request, timeout=10)) as answer:  # noqa: S310 - our own loopback
            told: dict[str, Any] = json.loads(answer.read())
        return told

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


async def lay_out(folder: Path) -> Path:
    """The demo's data as the agent's data directory."""
    app = demo_app(start(Choices(None, None, ()), folder, {}))
    await prepare_demo(app.data_dir, app.calendar, app.bar_store)
    app.calendar.sessions(OPENS.date(), OPENS.date())
    return app.data_dir


def forget(data: Path) -> None:
    """A new day: what is durable of the last one goes, the bars stay."""
    for name in _STATE:
        path = data / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def import_what_it_imports(data: Path, broker: Broker, speed: float) -> None:
    """Import here what a life of the agent imports late, so that each fork starts at once."""
    told = data / "modules.txt"
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            out = os.open(data / "agent.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(out, 1)
            os.dup2(out, 2)
            with suppress(TimeoutError):
                asyncio.run(asyncio.wait_for(_one_day(data, broker, speed), 4.0))
            told.write_text("\n".join(sorted(sys.modules)))
            code = 0
        finally:
            os._exit(code)
    os.waitpid(pid, 0)
    for name in told.read_text().splitlines():
        if not name.startswith(("__main__", "__mp_main__")):
            with suppress(ImportError):
                importlib.import_module(name)
    forget(data)


class Agent:
    """One life of the agent: a forked process that already has everything imported."""

    def __init__(self, data: Path, broker: Broker, speed: float) -> None:
        self._log = data / "agent.log"
        self._pid = os.fork()
        if self._pid == 0:
            code = 70
            try:
                os.setsid()
                out = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                os.dup2(out, 1)
                os.dup2(out, 2)
                asyncio.run(_one_day(data, broker, speed))
                code = 0
            except BaseException:  # noqa: BLE001 - the child must end here, whatever it was
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)

    def lives_for(self, seconds: float) -> int | None:
        """Wait so long; the exit code if it ended by itself."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            select([], [], [], min(left, 0.002))
        return None

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def said(self) -> str:
        return self._log.read_text()[-2_000:]


async def _one_day(data: Path, broker: Broker, speed: float) -> None:
    options = f"{{base_url: '{broker.url}', total_timeout_s: 0.5}}"
    chosen = ("broker.use=alpaca", f"broker.options={options}", "scan.at=open", *WIDE)
    app = start(Choices(data / "config.yaml", None, chosen), data, KEYS)
    clock = f"{broker.now().isoformat()}@{speed}"
    async with agent(app, clock, print) as running:
        async for _ in running.days():
            return
