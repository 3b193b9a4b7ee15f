"""Looking again and again keeps no more memory; the whole day is ``tests.browser.memory``."""

from tests.browser.memory import measured

_LOOKS, _NOISE_MB = 24, 8.0


def test_looking_again_keeps_no_more_memory() -> None:
    points = measured(_LOOKS)

    assert points[-1][1] - points[0][1] < _NOISE_MB
