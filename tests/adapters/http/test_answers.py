"""Answers are kept as long as their kind is good, in bounded space."""

from datetime import timedelta
from pathlib import Path

from fin_agent.adapters.http import answers
from fin_agent.adapters.http.answers import Answer, AnswerCache, Kind
from tests.servers.networks import START, HandClock


def a_cache(folder: Path, clock: HandClock | None = None) -> AnswerCache:
    return AnswerCache(folder, (clock or HandClock()).timing())


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_every_kind_has_its_time(tmp_path: Path) -> None:
    seconds = {Kind.QUOTE: 60, Kind.BARS: 3600, Kind.NEWS: 300, Kind.UNIVERSE: 86400}
    for kind, ttl in seconds.items():
        clock = HandClock()
        cache = a_cache(tmp_path, clock)
        await cache.keep(kind, kind, Answer(b"x", START))
        clock.at = START + timedelta(seconds=ttl - 1)
        assert cache.remembered(kind, kind)
        clock.at = START + timedelta(seconds=ttl)
        assert cache.remembered(kind, kind) is None


async def test_what_is_asked_once_is_never_kept(tmp_path: Path) -> None:
    cache = a_cache(tmp_path)
    await cache.keep("key", Kind.ONCE, Answer(b"x", START))

    assert cache.remembered("key", Kind.ONCE) is None
    assert files(tmp_path) == []


async def test_quotes_stay_in_memory(tmp_path: Path) -> None:
    await a_cache(tmp_path).keep("key", Kind.QUOTE, Answer(b"x", START))

    assert files(tmp_path) == []


async def test_a_times_of_life_can_be_set(tmp_path: Path) -> None:
    clock = HandClock()
    cache = AnswerCache(tmp_path, clock.timing(), {Kind.QUOTE: 5})
    await cache.keep("key", Kind.QUOTE, Answer(b"x", START))
    clock.pass_(5)

    assert cache.remembered("key", Kind.QUOTE) is None


async def test_memory_is_bounded(tmp_path: Path) -> None:
    cache, body = a_cache(tmp_path), b"x" * (answers._MEMORY_BYTES // 3)
    for key in "abcd":
        await cache.keep(key, Kind.QUOTE, Answer(body, START))
        cache.remembered("a", Kind.QUOTE)

    assert [key for key in "abcd" if cache.remembered(key, Kind.QUOTE)] == ["a", "c", "d"]


def test_the_disk_is_bounded(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / str(number)).write_bytes(b"x" * 10)

    answers._prune(tmp_path, 25)

    assert len(list(tmp_path.iterdir())) == 2


async def test_a_folder_that_cannot_be_written_is_counted(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = a_cache(tmp_path / "file")
    await cache.keep("key", Kind.BARS, Answer(b"x", START))

    assert cache.remembered("key", Kind.BARS) == Answer(b"x", START)
    assert cache.unwritten == 1


async def test_a_file_of_another_key_is_none(tmp_path: Path) -> None:
    """Names are hashes: what is inside must agree."""
    await a_cache(tmp_path).keep("key", Kind.BARS, Answer(b"x", START))
    (stored,) = files(tmp_path)
    cache = a_cache(tmp_path)
    stored.rename(cache._path("other"))

    assert await cache.stored("other", Kind.BARS) is None
