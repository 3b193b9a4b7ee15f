"""Looking again and again keeps no more memory; the whole day is ``tests.browser.memory``."""

from fin_agent.entrypoints.dashboard.client import Client
from tests.browser.memory import measured, slope

_LOOKS = 16
_HALF = 0.5  # of an object a look: a leak keeps at least one
_BLOCKS = 8.0  # a look: four are the counts themselves, some come and go with caches


def test_looking_again_keeps_nothing() -> None:
    points = measured(_LOOKS)

    assert abs(slope([(one.look, one.containers) for one in points])) < _HALF
    assert slope([(one.look, one.blocks) for one in points]) < _BLOCKS


def test_one_object_left_behind_in_each_look_is_seen() -> None:
    kept: list[list[Client]] = []

    points = measured(_LOOKS, lambda client: kept.append([client]))

    assert slope([(one.look, one.containers) for one in points]) > _HALF
