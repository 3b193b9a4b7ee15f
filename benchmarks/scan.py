"""One scan of N symbols x 60 days, from the Parquet file to verdicts and ranked candidates.

    python benchmarks/scan.py DATA [--rounds 9] [--pandas] [--sizes 500 5000 10000] [--sessions]

DATA holds scan_500.parquet, scan_5000.parquet and scan_10000.parquet (``gen_data.py`` of
../shared/bench). Ours reads its own bar store, imported once before the rounds. Baselines read the
peers' file and do far less (gap, ATR(14), volume ratio, top 20); in each round every engine runs
once, in turn. ``--sessions`` adds what each session of a daily backtest pays (daily.parquet).
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from fin_agent.adapters.bars.importing import ParquetBarStore
from fin_agent.adapters.bars.store import BarStore
from fin_agent.adapters.market_data.daily import Daily
from fin_agent.domain.candidate import rank
from fin_agent.domain.evidence import Known
from fin_agent.domain.factor import candidate_of, setup_of
from fin_agent.domain.factors.volatility import Volatility
from fin_agent.domain.gates import ScanContext, ScanRules
from fin_agent.domain.history import ImportOptions
from fin_agent.domain.market import Instrument, InstrumentType
from fin_agent.ports import ScanRequest
from fin_agent.testing.fakes import FakeCalendar

CALENDAR = FakeCalendar.weekdays(date(2019, 12, 30), date(2026, 12, 31))  # the data's sessions
FACTORS = [("volatility", 0.4, Volatility())]
COLUMNS = ["symbol", "open", "high", "low", "close", "volume"]


def import_file(file: Path, root: Path) -> None:
    report = asyncio.run(
        ParquetBarStore(root, CALENDAR).import_file(file, ImportOptions(resolution="1d"))
    )
    assert report.added == report.rows, report


def request_of(store: BarStore) -> ScanRequest:
    """The scan of the last stored day."""
    span = store.daily_dates()
    assert span is not None
    session = CALENDAR.session(span[1])
    assert session is not None
    instruments = [Instrument(symbol, type=InstrumentType.STOCK) for symbol in store.symbols()]
    previous = CALENDAR.previous(session.date).date
    return ScanRequest(session, previous, session.open, at_open=True, instruments=instruments)


async def scan(market: Daily, request: ScanRequest) -> int:
    """Verdicts of all, their record, and the survivors scored and ranked."""
    section = await market.cross_section(request)
    rules = ScanRules()
    verdicts = section.judge(ScanContext(rules, request.at, Known(1.0, "fixed")))
    text = verdicts.record_text()
    setups = [setup_of(section.snapshot(symbol), 1.0) for symbol in verdicts.passed]
    ranked, _ = rank([candidate_of(setup, FACTORS) for setup in setups], rules)
    assert len(text) > len(verdicts) - len(ranked)
    return len(ranked)


def bare_numpy(file: Path, count: int) -> int:
    table = pq.read_table(file, columns=COLUMNS)
    opens, high, low, close, volume = (
        table[name].to_numpy().reshape(count, -1) for name in COLUMNS[1:]
    )
    before, last = close[:, -16:-2], close[:, -2]
    high, low = high[:, -15:-1], low[:, -15:-1]
    ranges = np.maximum(high - low, np.maximum(np.abs(high - before), np.abs(low - before)))
    gap = opens[:, -1] / last - 1
    ratio = volume[:, -2] / volume[:, -21:-1].mean(axis=1)
    score = gap * 100 * np.minimum(ratio, 3.0) / (ranges.mean(axis=1) / last * 100)
    passed = np.flatnonzero((gap >= 0.02) & (ratio >= 0.8))
    return len(passed[np.argsort(-score[passed], kind="stable")[:20]])


def pandas_loop(file: Path, count: int) -> int:
    import pandas as pd

    scores = {}
    for symbol, bars in pd.read_parquet(file, columns=COLUMNS).groupby("symbol", sort=False):
        before = bars["close"].shift(1)
        spans = [bars["high"] - bars["low"], bars["high"] - before, bars["low"] - before]
        atr = pd.concat(spans, axis=1).abs().max(axis=1).rolling(14).mean().iloc[-2]
        last, volume = bars["close"].iloc[-2], bars["volume"]
        gap, ratio = bars["open"].iloc[-1] / last - 1, volume.iloc[-2] / volume.iloc[-21:-1].mean()
        if gap >= 0.02 and ratio >= 0.8:
            scores[symbol] = gap * 100 * min(ratio, 3.0) / (atr / last * 100)
    assert count >= len(scores)
    return len(sorted(scores, key=lambda symbol: -scores[symbol])[:20])


def timed(run: Callable[[], int]) -> float:
    started = time.perf_counter()
    assert run() > 0
    return time.perf_counter() - started


def interleaved(runs: dict[str, Callable[[], int]], rounds: int) -> dict[str, str]:
    """Median and slowest of each, in milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            times[name].append(1e3 * timed(run))
    return {name: f"{statistics.median(t):.1f} / {max(t):.1f}" for name, t in times.items()}


def process(root: Path) -> int:
    """A fresh interpreter that imports everything, scans once and ends."""
    command = [sys.executable, __file__, "--once", str(root)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(data: Path, count: int, arguments: argparse.Namespace) -> list[tuple[str, str]]:
    file, rounds = data / f"scan_{count}.parquet", arguments.rounds
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "bars"
        import_file(file, root)
        store = BarStore(root)
        request, kept = request_of(store), Daily(store)
        asyncio.run(scan(kept, request))
        runs: dict[str, Callable[[], int]] = {
            "ours, file to ranked": lambda: asyncio.run(scan(Daily(store), request)),
            "ours, bars in memory": lambda: asyncio.run(scan(kept, request)),
            "ours, whole process": lambda: process(root),
            "bare numpy, from the file": lambda: bare_numpy(file, count),
        }
        if arguments.pandas:
            runs["pandas loop, from the file"] = lambda: pandas_loop(file, count)
        return [*interleaved(runs, rounds).items()]


async def sessions(file: Path, rounds: int) -> dict[str, str]:
    """Microseconds that each session of a daily backtest pays, reading the bars included."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "bars"
        await ParquetBarStore(root, CALENDAR).import_file(file, ImportOptions(resolution="1d"))
        store = BarStore(root)
        found = [await _one_run(store) for _ in range(rounds)]
    return {name: f"{statistics.median(times[name] for times in found):.0f}" for name in found[0]}


async def _one_run(store: BarStore) -> dict[str, float]:
    span = store.daily_dates()
    assert span is not None
    days, market = CALENDAR.sessions(*span), Daily(store)
    instruments = [Instrument(symbol, type=InstrumentType.STOCK) for symbol in store.symbols()]
    spent = dict.fromkeys(("cross-section", "judge", "record", "snapshots", "fingerprint"), 0.0)
    for previous, session in pairwise(days):
        marks = [time.perf_counter()]
        request = ScanRequest(
            session, previous.date, session.open, at_open=True, instruments=instruments
        )
        section = await market.cross_section(request)
        marks.append(time.perf_counter())
        verdicts = section.judge(ScanContext(ScanRules(), request.at, Known(1.0, "fixed")))
        marks.append(time.perf_counter())
        verdicts.record_text()
        marks.append(time.perf_counter())
        for symbol in verdicts.passed:
            section.snapshot(symbol)
        marks.append(time.perf_counter())
        await market.fingerprint(session, store.symbols())
        marks.append(time.perf_counter())
        for name, (start, end) in zip(spent, pairwise(marks), strict=True):
            spent[name] += 1e6 * (end - start) / (len(days) - 1)
    return spent


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--pandas", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=[500, 5000, 10_000])
    parser.add_argument("--sessions", action="store_true")
    parser.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.once is not None:
        store = BarStore(arguments.once)
        print(asyncio.run(scan(Daily(store), request_of(store))))
        return
    columns = [measure(arguments.data, count, arguments) for count in arguments.sizes]
    print(f"| median / slowest of {arguments.rounds}, ms |", end="")
    print("".join(f" {count:,} symbols |" for count in arguments.sizes))
    print("|---|" + "---|" * len(columns))
    for row in zip(*columns, strict=True):
        print(f"| {row[0][0]} |" + "".join(f" {cell} |" for _, cell in row))
    if arguments.sessions:
        spent = asyncio.run(sessions(arguments.data / "daily.parquet", arguments.rounds))
        print(f"\n| a session of a daily backtest, us | {' | '.join(spent)} |")
        print("|---|" + "---|" * len(spent))
        print(f"| 500 symbols | {' | '.join(spent.values())} |")


if __name__ == "__main__":
    main()
