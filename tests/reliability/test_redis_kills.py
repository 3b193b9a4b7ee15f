"""A small storm; the large ones are run by hand, see the module."""

from pathlib import Path

from tests.reliability.redis_kills import stormed


async def test_redis_may_be_killed_at_any_time(tmp_path: Path) -> None:
    report = await stormed(8, 1, tmp_path)

    assert report.is_clean, report.line()
    assert report.faults.total() == 8
    assert report.effects == 2 * report.events
