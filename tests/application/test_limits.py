"""Whatever a strategy does, it cannot order more than this."""

from datetime import timedelta

import pytest

from fin_agent.application.limits import LimitRules, OrderLimits
from fin_agent.testing.builders import OPEN


def counted(rules: LimitRules, entries: int, every: float = 1.0) -> OrderLimits:
    limits = OrderLimits(rules)
    for number in range(entries):
        at = OPEN + timedelta(seconds=number * every)
        limits.count_entry(f"S{number}", f"id-{number}", at)
    return limits


def test_one_entry_a_symbol_and_day() -> None:
    limits = counted(LimitRules(), 1)
    much_later = OPEN + timedelta(hours=5)

    assert limits.may_enter("S0", "another", much_later) == "S0 had its entry today"
    assert limits.may_enter("S0", "id-0", much_later) is None
    assert limits.may_enter("S1", "another", much_later) is None


@pytest.mark.parametrize(("seconds", "may"), [(0, False), (59.9, False), (60, True)])
def test_twenty_orders_a_minute(seconds: float, *, may: bool) -> None:
    limits = counted(LimitRules(), 20, every=0)

    refusal = limits.may_enter("AAA", "x", OPEN + timedelta(seconds=seconds))

    assert (refusal is None) is may
    assert may or refusal == "20 orders in the last minute"


def test_sixty_orders_a_day() -> None:
    limits = counted(LimitRules(), 60, every=60)

    assert limits.may_enter("AAA", "x", OPEN + timedelta(hours=6)) == "60 orders today"


def test_exits_count_towards_the_minute_and_the_day_and_are_not_stopped_by_them() -> None:
    limits = OrderLimits(LimitRules(orders_per_minute=3, orders_per_day=4))
    for number in range(4):
        limits.count_exit(f"S{number}", f"x-{number}", OPEN)

    assert limits.may_enter("AAA", "x", OPEN) == "4 orders in the last minute"
    assert limits.may_enter("AAA", "x", OPEN + timedelta(hours=1)) == "4 orders today"
    assert limits.may_exit("AAA", "x", OPEN) is None


def test_six_exits_an_hour_of_one_symbol() -> None:
    limits = OrderLimits(LimitRules())
    for number in range(6):
        limits.count_exit("AAA", f"x-{number}", OPEN + timedelta(minutes=number))

    at = OPEN + timedelta(minutes=59)
    assert limits.may_exit("AAA", "x-6", at) == "6 exits of AAA within an hour"
    assert limits.may_exit("BBB", "x-6", at) is None
    assert limits.may_exit("AAA", "x-6", OPEN + timedelta(minutes=60)) is None


def test_one_exit_sent_again_and_again_is_one() -> None:
    limits = OrderLimits(LimitRules())
    for number in range(50):
        limits.count_exit("AAA", "x-1", OPEN + timedelta(seconds=number))

    assert limits.may_exit("AAA", "x-2", OPEN) is None
