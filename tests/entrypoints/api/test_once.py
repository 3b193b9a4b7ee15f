"""The same key and body: done once and answered the same, also by the next process."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from fin_agent.composition.api_tokens import Right
from tests.entrypoints.api.wire import Site, site_on

BACKTEST = {"first": "2026-03-03", "last": "2026-03-04"}


def halts(folder: Path) -> str:
    return (folder / "control" / "halt").read_text()


async def test_a_command_is_answered_the_same_after_a_restart(tmp_path: Path) -> None:
    async with site_on(tmp_path) as site:
        first = await site.post("/v1/halt", {"reason": "one"})
        (tmp_path / "control" / "halt").unlink()
    async with site_on(tmp_path) as site:
        again = await site.post("/v1/halt", {"reason": "one"})

    assert again.body == first.body
    assert not (tmp_path / "control" / "halt").exists(), "it was not done a second time"


async def test_another_body_under_the_same_key_is_refused(tmp_path: Path) -> None:
    async with site_on(tmp_path) as site:
        await site.post("/v1/halt", {"reason": "one"})
        other = await site.post("/v1/halt", {"reason": "two"})
        elsewhere = await site.post("/v1/resume", {"reason": "one"})

        assert (other.status, elsewhere.status) == (422, 422)
        assert halts(tmp_path).startswith("one")


async def test_the_key_of_one_token_is_not_that_of_another(tmp_path: Path) -> None:
    async with site_on(tmp_path) as site:
        await site.post("/v1/halt", {"reason": "one"})
        other = await site.post("/v1/halt", {"reason": "two"}, right=Right.KILL)

        assert other.status == 200
        assert halts(tmp_path) == "two (API, kill token)"


async def test_a_race_of_one_key_does_it_once(tmp_path: Path) -> None:
    async with site_on(tmp_path, "api.connections=256") as site:
        found = await asyncio.gather(*(site.post("/v1/backtests", BACKTEST) for _ in range(50)))

        assert {reply.status for reply in found} == {200}
        assert len({reply.document["backtest"]["name"] for reply in found}) == 1
        assert len(list((tmp_path / "api" / "jobs").glob("*.job"))) == 1


async def test_what_a_crash_broke_off_is_done_under_its_first_instant(tmp_path: Path) -> None:
    async with site_on(tmp_path) as site:
        await site.post("/v1/halt", {"reason": "one"})
    forget_answers(tmp_path)

    async with site_on(tmp_path) as site:
        again = await site.post("/v1/halt", {"reason": "one"})

        assert again.status == 200
    with closing(sqlite3.connect(tmp_path / "api" / "answers.db")) as file:
        assert file.execute("SELECT count(*), max(status) FROM answer").fetchone() == (1, 200)


def forget_answers(folder: Path) -> None:
    """As a crash between the deed and its answer leaves them."""
    with closing(sqlite3.connect(folder / "api" / "answers.db")) as file, file:
        file.execute("UPDATE answer SET status = NULL, body = NULL")


async def test_a_refusal_is_remembered_too(tmp_path: Path) -> None:
    async with site_on(tmp_path) as site:
        first = await site.post("/v1/fills", {"order": "x", "cancelled": True})
        again = await site.post("/v1/fills", {"order": "x", "cancelled": True})

        assert (first.status, again.status) == (422, 422)
        assert again.body == first.body


async def test_what_cannot_be_done_now_may_be_asked_again(tmp_path: Path) -> None:
    async with site_on(tmp_path) as site:
        first = await site.post("/v1/weights", {"weights": {"catalyst": 0.5}})
        other = await site.post("/v1/weights", {"weights": {"catalyst": 0.6}})

        assert (first.status, other.status) == (503, 503), "no agent runs"


async def test_a_halt_works_while_nothing_can_be_remembered(tmp_path: Path) -> None:
    async with site_on(tmp_path) as site:
        await locked(site, tmp_path)


async def locked(site: Site, folder: Path) -> None:
    await site.post("/v1/fills", {"order": "x", "cancelled": True}, key="makes-the-file")
    with closing(sqlite3.connect(folder / "api" / "answers.db", isolation_level=None)) as file:
        file.execute("BEGIN EXCLUSIVE")
        halted = await site.post("/v1/halt", {"reason": "now"}, key="key-2")
        filled = await site.post("/v1/fills", {"order": "x", "cancelled": True}, key="key-3")
        file.execute("ROLLBACK")

    assert (halted.status, filled.status) == (200, 503)
    assert halts(folder).startswith("now")
