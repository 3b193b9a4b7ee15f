"""Keeps the daily bars of a universe current: asks for what is missing, and for nothing else.

Symbols are asked in groups and each group is stored at once, so a sync that is stopped goes on
where it was.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from fin_agent.adapters.bars.absent_days import AbsentDays
from fin_agent.adapters.bars.columns import day_of
from fin_agent.adapters.bars.fetched import Fetched, FetchedImport
from fin_agent.adapters.bars.store import BarStore, codes_of, values_of
from fin_agent.adapters.http.body import batches
from fin_agent.adapters.sources import DailyBars, HistorySource
from fin_agent.domain.evidence import Evidence, Missing
from fin_agent.domain.history import SyncPlan, SyncReport

_GROUP = 50  # symbols; what is lost when it is killed
_LEFT_SHARE = 5  # a fifth of the calls that are free stays for a scan

Progress = Callable[[int, int, str], None]


class DailySync:
    """Plans and does one sync."""

    def __init__(
        self,
        store: BarStore,
        source: HistorySource,
        importer: FetchedImport,
        absent: AbsentDays,
    ) -> None:
        self._store = store
        self._source = source
        self._importer = importer
        self._absent = absent

    async def plan(self, symbols: Sequence[str], sessions: Sequence[date], today: date) -> SyncPlan:
        """What the store lacks of these completed sessions, and how much the quotas allow now."""
        wanted = [*dict.fromkeys(symbols)]
        stored = await asyncio.to_thread(self._stored, wanted, sessions)
        missing = {}
        for symbol in wanted:
            days = [day for day in sessions if day not in stored.get(symbol, ())]
            absent = self._absent.of(symbol, days)
            if left := tuple(day for day in days if day not in absent):
                missing[symbol] = left
        room = await self._source.room(len(missing))
        if room < len(missing):
            room -= room // _LEFT_SHARE
        asked = [*missing]
        return SyncPlan(sessions, today, len(wanted), missing, asked[:room], asked[room:])

    async def run(self, plan: SyncPlan, progress: Progress) -> SyncReport:
        """Ask for what was planned and store it, group by group."""
        done = _Done()
        total = len(plan.asked)
        by_start = sorted(plan.asked, key=lambda symbol: plan.missing[symbol][0])
        for first, same in groupby(by_start, lambda symbol: plan.missing[symbol][0]):
            for group in batches([*same], _GROUP):
                await self._group(plan, first, group, done)
                done.symbols += len(group)
                progress(done.symbols, total, group[-1])
        return done.report(plan)

    async def _group(
        self, plan: SyncPlan, first: date, group: Sequence[str], done: "_Done"
    ) -> None:
        # Asked until today: a split since the last session is in the prices already.
        told = await self._source.daily(group, first, plan.today)
        found = []
        for symbol in group:
            one = _fetched(symbol, told.get(symbol), frozenset(plan.missing[symbol]))
            if isinstance(one, str):
                done.failed[symbol] = one
            else:
                found.append(one)
        if not found:
            return
        brought = await asyncio.to_thread(self._importer.bring, found)
        done.add(brought.added, brought.splits, brought.dividends, brought.rebased)
        done.quarantined.update(brought.quarantined)
        done.problems += brought.problems
        await self._look_again(plan, found, done)

    async def _look_again(self, plan: SyncPlan, found: Sequence[Fetched], done: "_Done") -> None:
        """See what is in the store now: what a source has passed over is absent for good."""
        names = [one.symbol for one in found]
        stored = await asyncio.to_thread(self._stored, names, plan.sessions)
        for one in found:
            done.sources[one.source] += 1
            lacking = [
                day for day in plan.missing[one.symbol] if day not in stored.get(one.symbol, ())
            ]
            newest = max((bar.date for bar in one.told.bars), default=date.min)
            told = {bar.date for bar in one.told.bars}
            absent = [day for day in lacking if day < newest and day not in told]
            done.absent += len(absent)
            if absent:
                self._absent.add(one.symbol, absent, plan.sessions)
            if len(absent) < len(lacking):
                done.short[one.symbol] = len(lacking) - len(absent)
        await asyncio.to_thread(self._absent.save)

    def _stored(self, symbols: Sequence[str], sessions: Sequence[date]) -> dict[str, set[date]]:
        """The days of these sessions on which each symbol has a bar."""
        table = self._store.read_daily(sessions[0], sessions[-1], symbols)
        found: dict[str, set[date]] = {}
        if not table.num_rows:
            return found
        column = table["symbol"].combine_chunks()
        column = column.chunk(0) if hasattr(column, "chunk") else column
        names = column.dictionary.to_pylist()
        days = values_of(table, "date", "int32")
        for code, day in zip(codes_of(column).tolist(), days.tolist(), strict=True):
            found.setdefault(names[code], set()).add(day_of(day))
        return found


def _fetched(symbol: str, told: Evidence[DailyBars] | None, days: frozenset[date]) -> Fetched | str:
    """What can be stored of an answer, or why nothing can."""
    if told is None:
        return "the source sent nothing about it"
    if isinstance(told, Missing):
        return told.reason
    source = told.source.partition("/")[0]
    fetched = Fetched(symbol, source, told.value, days)
    return fetched.doubt() or fetched


@dataclass(slots=True)
class _Done:
    symbols: int = 0
    added: int = 0
    splits: int = 0
    dividends: int = 0
    rebased: int = 0
    absent: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    failed: dict[str, str] = field(default_factory=dict)
    short: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, added: int, splits: int, dividends: int, rebased: int) -> None:
        self.added += added
        self.splits += splits
        self.dividends += dividends
        self.rebased += rebased

    def report(self, plan: SyncPlan) -> SyncReport:
        return SyncReport(
            first=plan.sessions[0],
            last=plan.sessions[-1],
            symbols=plan.symbols,
            current=plan.symbols - len(plan.missing),
            asked=len(plan.asked),
            wanted=plan.wanted,
            added=self.added,
            absent=self.absent,
            splits=self.splits,
            dividends=self.dividends,
            rebased=self.rebased,
            quarantined=dict(sorted(self.quarantined.items())),
            sources=dict(sorted(self.sources.items())),
            failed=self.failed,
            short=self.short,
            postponed=tuple(plan.postponed),
            problems=tuple(self.problems),
        )
