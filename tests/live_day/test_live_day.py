"""A whole live day of the real process, killed in its middle: flat, with the undisturbed hash."""

from pathlib import Path

from tests.live_day.programme import both_days

SPEED = 1200.0
RATE = 5_000.0


async def test_a_killed_live_day_decides_what_the_undisturbed_one_does(tmp_path: Path) -> None:
    found = await both_days(tmp_path, SPEED, RATE, kills=1)

    calm, killed = found.calm, found.killed
    assert calm.is_flat, calm.said
    assert killed.is_flat, killed.said
    assert killed.lives == 2
    assert killed.decision_hash == calm.decision_hash, (calm.said, killed.said)
    assert [told["same"] for told in found.verified] == [True, True]
    assert {told["decision_hash"] for told in found.verified} == {calm.decision_hash}
