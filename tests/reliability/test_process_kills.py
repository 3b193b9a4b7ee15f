"""A few kills of the real agent in every run of the tests; many by hand."""

from pathlib import Path

from tests.reliability.process_kills import SPEED, kill_for


def test_a_killed_agent_loses_nothing_and_sends_nothing_twice(tmp_path: Path) -> None:
    report = kill_for(4, seed=1, speed=SPEED, folder=tmp_path, mean_life_s=2.0)

    assert report.failures == []
    assert report.counts["kills"] >= 4
    assert report.counts["orders"] > 0
