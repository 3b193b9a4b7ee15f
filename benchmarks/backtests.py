"""Daily and minute backtests side by side with NautilusTrader and backtrader, whole processes.

    python benchmarks/backtests.py --peers PEERS [--rounds 3] [--suite daily|minute]

PEERS is a copy of ../shared/bench whose `setup_venvs.sh near classic nautilus` and `gen_data.py`
have been run. Every round starts each engine once, in turn; medians are printed as a table.
Processor seconds (user and system, all threads) hold where other work runs beside; ours count the
thread that writes the database, although the run does not wait for it.
Ours reads its own bar store, imported once before the rounds (the import is timed and printed).
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fin_agent.adapters.calendar import ExchangeCalendar

FULL_DAY = 390
PEER_SCRIPTS = {
    "daily": {
        "numpy (bare loop)": ("near", "daily/d_numpy.py"),
        "NautilusTrader": ("nautilus", "daily/d_nautilus.py"),
        "backtrader": ("classic", "daily/d_backtrader.py"),
    },
    "minute": {
        "python loop (bare)": ("near", "intraday/i_full.py"),
        "NautilusTrader": ("nautilus", "intraday/i_nautilus.py"),
        "backtrader": ("classic", "intraday/i_backtrader.py"),
    },
}
ROWS = {"daily": 630_000, "minute": 1_950_000}
WIDE = [
    "account.currency=USD",
    "account.bankroll=1000000",
    "universe.file=all",
    "risk.max_exposure=1000000",
    "risk.daily_loss_cap=1000000",
    "risk.max_correlation=1",
]
DEFAULTS = ["account.currency=USD", "universe.file=all"]
SETTINGS = {
    "daily": [*WIDE, "risk.max_position=250000", "scan.at=open"],
    "minute": [
        *WIDE,
        "account.allow_short=true",
        "account.allow_borrowing=true",
        "entries=[{use: opening_range}]",
        "risk.max_position=50000",
        "risk.max_entries=20",
        "scan.at=open",
        "scan.min_gap_pct=0",
        "scan.max_gap_pct=100",
        "scan.min_price=0",
        "scan.max_price=1000000",
        "scan.min_adv=0",
        "scan.min_history=1",
        "scan.min_coverage=0",
        "scan.min_score=0",
        "scan.top_n=20",
        "session.entry_window_minutes=389",
    ],
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--suite", choices=["daily", "minute"], action="append")
    parser.add_argument("--ours-only", action="store_true")
    arguments = parser.parse_args()
    for suite in arguments.suite or ["daily", "minute"]:
        work = arguments.peers / f"fin_agent_{suite}"
        span = prepare(suite, arguments.peers / "data", work)
        engines = {"fin_agent": ours(suite, SETTINGS[suite], work, span)}
        if suite == "daily":
            engines["fin_agent, default rules"] = ours(suite, DEFAULTS, work, span)
        if not arguments.ours_only:
            for name, (venv, script) in PEER_SCRIPTS[suite].items():
                python = arguments.peers.resolve() / "venvs" / venv / "bin" / "python"
                engines[name] = [str(python), script]
        table(suite, engines, arguments.rounds, arguments.peers)


def prepare(suite: str, data: Path, work: Path) -> tuple[date, date]:
    """Put the peers' prices on real sessions (theirs are on every weekday) and import them."""
    calendar = ExchangeCalendar(cache=work / "cache")
    sessions = calendar.sessions(date(2020, 1, 2), date(2026, 6, 30))
    full = [session for session in sessions if session.minutes == FULL_DAY]
    if suite == "daily":
        prices = np.load(data / "daily.npy")
        days = [session.date for session in full[: prices.shape[1]]]
        columns: dict[str, Any] = {"date": np.tile(np.array(days), prices.shape[2])}
    else:
        prices = np.load(data / "minute.npy")
        days = [session.date for session in full[1000 : 1000 + prices.shape[1] // FULL_DAY]]
        opens = [session.open for session in full[1000 : 1000 + len(days)]]
        stamps = np.array(
            [int(o.timestamp() * 1000) + k * 60_000 for o in opens for k in range(FULL_DAY)],
            dtype="datetime64[ms]",
        )
        columns = {"timestamp": np.tile(stamps, prices.shape[2])}
    if not (work / "bars" / "manifest.json").is_file():
        started = time.perf_counter()
        import_all(work, prices, columns, suite, days)
        print(f"import of {prices[0].size:,} rows: {time.perf_counter() - started:.1f} s")
    return days[0], days[-1] + timedelta(days=0)


def import_all(
    work: Path, prices: np.ndarray[Any, Any], columns: dict[str, Any], suite: str, days: list[date]
) -> None:
    work.mkdir(parents=True, exist_ok=True)
    symbols = [f"S{i:05d}" for i in range(prices.shape[2])]
    names = ("open", "high", "low", "close", "volume")
    table = {"symbol": np.repeat(symbols, prices.shape[1]), **columns}
    table |= {name: np.ascontiguousarray(prices[i].T).ravel() for i, name in enumerate(names)}
    pq.write_table(pa.table(table), work / "bars.parquet")
    command = [sys.executable, "-m", "fin_agent", "data", "import", "--data-dir", str(work)]
    subprocess.run([*command, str(work / "bars.parquet")], check=True, stdout=subprocess.DEVNULL)
    if suite == "minute":
        cube = prices.reshape(5, len(days), FULL_DAY, prices.shape[2])
        daily = np.stack(
            [cube[0, :, 0], cube[1].max(1), cube[2].min(1), cube[3, :, -1], cube[4].sum(1)]
        )
        table = {
            "symbol": np.repeat(symbols, len(days)),
            "date": np.tile(np.array(days), len(symbols)),
        }
        table |= {name: np.ascontiguousarray(daily[i].T).ravel() for i, name in enumerate(names)}
        pq.write_table(pa.table(table), work / "daily.parquet")
        subprocess.run(
            [*command, str(work / "daily.parquet")], check=True, stdout=subprocess.DEVNULL
        )


def ours(suite: str, settings: list[str], work: Path, span: tuple[date, date]) -> list[str]:
    command = [sys.executable, "-m", "fin_agent", "backtest", "--json", "--bars", suite]
    command += ["--from", str(span[0]), "--to", str(span[1]), "--data-dir", str(work.resolve())]
    for setting in settings:
        command += ["--set", setting]
    return command


def table(suite: str, engines: dict[str, list[str]], rounds: int, peers: Path) -> None:
    walls: dict[str, list[float]] = {name: [] for name in engines}
    works: dict[str, list[float]] = {name: [] for name in engines}
    notes: dict[str, str] = {}
    for _ in range(rounds):
        for name, command in engines.items():
            started, worked = time.perf_counter(), processor_seconds()
            done = subprocess.run(
                command,
                cwd=peers,
                capture_output=True,
                text=True,
                check=True,
                env={**os.environ, "BENCH_ONCE": "1"},
            )
            walls[name].append(time.perf_counter() - started)
            works[name].append(processor_seconds() - worked)
            notes[name] = note(name, done.stdout)
    ours_s = {
        name: statistics.median(works[name]) for name in works if name.startswith("fin_agent")
    }
    print(f"\n### {suite}: {ROWS[suite]:,} bars\n")
    columns = ["engine", "whole process s", "processor s"]
    columns += [f"x {name}" for name in ours_s]
    print(f"| {' | '.join([*columns, 'trades'])} |\n{'|---' * (len(columns) + 1)}|")
    for name, times in walls.items():
        work = statistics.median(works[name])
        ratios = [f"{work / own:.1f}" for own in ours_s.values()]
        cells = [name, f"{statistics.median(times):.2f}", f"{work:.2f}", *ratios, notes[name]]
        print(f"| {' | '.join(cells)} |")


def processor_seconds() -> float:
    """What every finished child has used, user and system."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def note(name: str, output: str) -> str:
    if name.startswith("fin_agent"):
        document = json.loads(output)
        return f"{document['metrics']['trades']:,}"
    last = [line for line in output.splitlines() if line.startswith("{")][-1]
    return f"{json.loads(last)['trades']:,}"


if __name__ == "__main__":
    main()
