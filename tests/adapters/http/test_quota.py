"""No key is ever used more often than its quota allows, across restarts and processes."""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fin_agent.adapters.http.quota import Budget, Quota, QuotaBook, QuotaUse
from fin_agent.domain.errors import StateUnavailable
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.provider import QuotaWarning
from tests.servers.networks import HandClock

PER_MINUTE = Quota(5, 60)
DAILY = Quota(25, 86400)


def a_budget(*quotas: Quota, key: str = "finnhub/1/*") -> Budget:
    return Budget("finnhub", "*", key, quotas or (PER_MINUTE,))


def a_book(
    folder: Path, clock: HandClock | None = None, told: list[DomainEvent] | None = None
) -> QuotaBook:
    events = list[DomainEvent]() if told is None else told
    return QuotaBook(folder / "quotas.db", (clock or HandClock()).timing(), events.append)


async def test_what_fits_is_taken_and_the_next_one_waits(tmp_path: Path) -> None:
    clock = HandClock()
    book = a_book(tmp_path, clock)

    assert [await book.take(a_budget()) for _ in range(5)] == [0.0] * 5
    wait = await book.take(a_budget())
    clock.pass_(wait)

    assert 60 < wait <= 61
    assert await book.take(a_budget()) == 0.0


async def test_a_restart_remembers(tmp_path: Path) -> None:
    clock = HandClock()
    for _ in range(5):
        assert await a_book(tmp_path, clock).take(a_budget()) == 0.0

    assert await a_book(tmp_path, clock).take(a_budget()) > 0


async def test_keys_do_not_share(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    await book.reserve(a_budget(), 5)

    assert await book.take(a_budget(key="finnhub/2/*")) == 0.0


async def test_every_quota_of_a_key_holds(tmp_path: Path) -> None:
    clock = HandClock()
    book, budget = a_book(tmp_path, clock), a_budget(Quota(2, 1.0), PER_MINUTE)

    assert [await book.take(budget) for _ in range(2)] == [0.0, 0.0]
    assert 0 < await book.take(budget) <= 1.0
    for _ in range(3):
        clock.pass_(1.0)
        assert await book.take(budget) == 0.0
    clock.pass_(1.0)
    assert await book.take(budget) > 50


async def test_a_plan_takes_what_fits_and_gives_back_the_rest(tmp_path: Path) -> None:
    book = a_book(tmp_path)

    assert await book.reserve(a_budget(), 3) == 3
    assert await book.reserve(a_budget(), 9) == 2
    await book.give_back(a_budget(), 4)
    assert await book.reserve(a_budget(), 9) == 4


async def test_the_reserve_is_for_urgent_calls(tmp_path: Path) -> None:
    book, budget = a_book(tmp_path), a_budget(Quota(4, 60, reserve=1))

    assert await book.reserve(budget, 9) == 3
    assert await book.take(budget) > 0
    assert await book.take(budget, urgent=True) == 0.0


async def test_more_at_once_than_ever_allowed_is_never_taken(tmp_path: Path) -> None:
    assert await a_book(tmp_path).take(a_budget(), 6) == PER_MINUTE.window_s


async def test_a_warning_is_told_once_at_the_mark(tmp_path: Path) -> None:
    clock, told = HandClock(), list[DomainEvent]()
    book = a_book(tmp_path, clock, told)

    for _ in range(5):
        await book.take(a_budget())

    assert told == [QuotaWarning("finnhub", "*", 4, 5, 60)]
    clock.pass_(61)
    await book.reserve(a_budget(), 5)
    assert told[1:] == [QuotaWarning("finnhub", "*", 5, 5, 60)]


async def test_use_tells_how_far_each_quota_is_used(tmp_path: Path) -> None:
    clock = HandClock()
    book, budget = a_book(tmp_path, clock), a_budget(PER_MINUTE, DAILY)
    await book.reserve(budget, 3)
    clock.pass_(70)
    await book.take(budget)

    assert [replace(use, frees_in_s=round(use.frees_in_s)) for use in await book.use()] == [
        QuotaUse("finnhub", "*", 1, 5, 60, 61),
        QuotaUse("finnhub", "*", 4, 25, 86400, 86331),
    ]


async def test_a_clock_set_back_frees_nothing_and_blocks_no_longer(tmp_path: Path) -> None:
    clock = HandClock()
    book = a_book(tmp_path, clock)
    await book.reserve(a_budget(), 5)
    clock.at -= timedelta(hours=5)

    assert 60 < await book.take(a_budget()) <= 61


async def test_a_damaged_file_counts_as_used_up(tmp_path: Path) -> None:
    clock = HandClock()
    (tmp_path / "quotas.db").write_bytes(b"no database" * 100)
    book = a_book(tmp_path, clock)

    assert await book.take(a_budget()) > 0
    assert (tmp_path / "quotas.damaged").is_file()
    clock.pass_(61)
    assert await book.take(a_budget()) == 0.0


async def test_nothing_is_sent_uncounted(tmp_path: Path) -> None:
    (tmp_path / "quotas.db").mkdir()

    with pytest.raises(StateUnavailable, match=r"quotas.db: cannot be written"):
        await a_book(tmp_path).take(a_budget())


async def test_books_of_two_processes_share_one_file(tmp_path: Path) -> None:
    clock = HandClock()
    books = [a_book(tmp_path, clock) for _ in range(2)]

    waits = await asyncio.gather(*(books[n % 2].take(a_budget()) for n in range(12)))

    assert sum(wait == 0 for wait in waits) == 5


def test_a_cancelled_call_leaves_the_file_usable(tmp_path: Path) -> None:
    async def run() -> float:
        book = a_book(tmp_path)
        job = asyncio.ensure_future(book.take(a_budget()))
        await asyncio.sleep(0)
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)
        return await book.take(a_budget())

    assert asyncio.run(run()) == 0.0
    with sqlite3.connect(tmp_path / "quotas.db") as database:
        assert database.execute("SELECT count(*) FROM calls").fetchone()[0] <= 2
    database.close()


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.floats(0, 40), st.integers(1, 4), st.booleans()), max_size=25),
    st.integers(1, 6),
)
def test_no_window_ever_holds_more_than_its_quota(
    steps: Sequence[tuple[float, int, bool]], calls: int
) -> None:
    """Whatever the times, the sizes and the restarts."""
    quota, sent = Quota(calls, 60), list[float]()

    async def run(folder: Path) -> None:
        clock = HandClock()
        book = a_book(folder, clock)
        for pause, count, is_restarting in steps:
            clock.pass_(pause)
            book = a_book(folder, clock) if is_restarting else book
            if await book.take(a_budget(quota), count) == 0:
                sent.extend([clock.ticks] * count)

    with TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))

    assert all(sum(at - 60 < other <= at for other in sent) <= calls for at in sent)
