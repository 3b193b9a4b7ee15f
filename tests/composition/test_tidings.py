"""What happens around the agent is told once in ten minutes, and never without bound."""

from fin_agent.composition.tidings import Tidings
from fin_agent.domain.control import ErrorRaised
from fin_agent.domain.provider import ProviderFellBack, ProviderSuspended, QuotaWarning


def test_the_same_thing_is_told_once_in_ten_minutes() -> None:
    now = [0.0]
    tidings = Tidings(lambda: now[0])
    fell = [ProviderFellBack("quote", "alpaca", "yahoo", n, "down") for n in (3, 4)]

    for event in fell:
        tidings.add(event)
    first = tidings.take()
    now[0] = 600.0
    tidings.add(fell[1])

    assert first == fell[:1]
    assert tidings.take() == fell[1:]
    assert tidings.take() == []
    assert tidings.left_out == 1


def test_different_things_are_all_told() -> None:
    tidings = Tidings(lambda: 0.0)
    events = [
        ProviderSuspended("yahoo", 30, "five failures"),
        ProviderSuspended("yahoo", 30, "HTTP 429"),
        QuotaWarning("finnhub", "*", 48, 60, 60),
        QuotaWarning("finnhub", "*", 25, 30, 1),
        ErrorRaised("the tape loses lines", "free disk space"),
    ]

    for event in events:
        tidings.add(event)

    assert tidings.take() == events


def test_nobody_who_listens_loses_memory() -> None:
    tidings = Tidings(lambda: 0.0)

    for number in range(1000):
        tidings.add(ErrorRaised(f"problem {number}", "none"))

    assert len(tidings.take()) == 500
    assert tidings.left_out == 500
