"""Our clock is doubted when every provider that tells the time says so, and not before."""

from dataclasses import dataclass
from datetime import timedelta

from fin_agent.adapters.scheduling.skew_watch import SkewWatch
from tests.servers.networks import START


@dataclass
class Watched:
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.watch = SkewWatch(lambda: self.seconds)

    def answer(self, ahead_s: float, took_s: float = 0.1) -> None:
        """An answer when our clock is so many seconds ahead of the provider's."""
        theirs = START - timedelta(seconds=ahead_s)
        self.watch.heard(START, START + timedelta(seconds=took_s), theirs)


def test_no_answer_is_no_doubt() -> None:
    assert Watched().watch.doubt is None
    assert Watched().watch.warning is None


def test_a_clock_that_is_far_off_stops_entries() -> None:
    watched = Watched()

    watched.answer(60.0)

    assert watched.watch.doubt is not None
    assert "ahead of the provider's" in watched.watch.doubt
    assert watched.watch.warning is not None


def test_one_provider_that_agrees_is_enough() -> None:
    watched = Watched()

    watched.answer(60.0)
    watched.answer(0.2)

    assert watched.watch.doubt is None


def test_what_was_said_long_ago_does_not_count() -> None:
    watched = Watched()
    watched.answer(0.2)

    watched.seconds = 601.0
    watched.answer(-60.0)

    assert watched.watch.doubt is not None


def test_a_slow_answer_says_nothing() -> None:
    watched = Watched()

    watched.answer(4.0, took_s=10.0)

    assert watched.watch.doubt is None
    assert watched.watch.warning is None
