"""What a person asks for besides halt, resume and flat; what cannot be done is said, not raised."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from fin_agent.domain.control import Act, ControlRequest
from fin_agent.domain.errors import Ambiguous, StateUnavailable, Unavailable
from fin_agent.testing.builders import SCAN
from fin_agent.testing.live import FakeControl
from tests.application.bench import Bench


async def asked(
    bench: Bench, act: Act, words: str = "because", **details: str
) -> Mapping[str, object]:
    """The outcome of one request."""
    bench.world.control.waiting = [ControlRequest("w1", act, words, SCAN, details)]
    await bench.driver.hear_person()
    return bench.world.control.answers["w1"]


async def test_a_note_is_kept_with_its_trade() -> None:
    bench = await Bench.ready()

    told = await asked(bench, Act.NOTE, "sold too early", trade_id="t-1", tag="exit", grade="B")

    (note,) = bench.world.store.notes
    assert (note.trade_id, note.text, note.tag, note.grade) == (
        *("t-1", "sold too early", "exit", "B"),
    )
    assert told == {"done": True, "note_id": note.note_id}
    assert bench.kinds()[-1] == "TradeNoted"


@pytest.mark.parametrize(
    "details", [{}, {"trade_id": "t-1", "at": "yesterday"}, {"trade_id": "t-1", "grade": "Z"}]
)
async def test_a_note_that_cannot_be_one_is_refused(details: dict[str, str]) -> None:
    bench = await Bench.ready()

    told = await asked(bench, Act.NOTE, "text", **details)

    assert told["done"] is False
    assert told["why"]
    assert bench.world.store.notes == []


async def test_weights_are_those_of_the_next_scan() -> None:
    bench = await Bench.ready()

    told = await asked(bench, Act.WEIGHTS, catalyst="0.5", sentiment="0")

    weights = told["weights"]
    assert isinstance(weights, dict)
    assert (weights["catalyst"], weights["sentiment"]) == (0.5, 0.0)
    assert {**bench.day.weights} == {"catalyst": 0.5, "sentiment": 0.0}


@pytest.mark.parametrize(
    ("details", "why"),
    [
        ({"luck": "1"}, "no factor luck; there are "),
        ({"catalyst": "much"}, "could not convert string to float: 'much'"),
        ({"catalyst": "-1"}, "a weight is a number from 0 on"),
        ({"catalyst": "nan"}, "a weight is a number from 0 on"),
        ({"catalyst": "inf"}, "a weight is a number from 0 on"),
        (
            dict.fromkeys(("catalyst", "liquidity", "sentiment", "volatility"), "0"),
            "at least one weight must be above 0",
        ),
    ],
)
async def test_weights_that_weigh_nothing_are_refused(details: dict[str, str], why: str) -> None:
    bench = await Bench.ready()

    told = await asked(bench, Act.WEIGHTS, **details)

    assert told["done"] is False
    assert str(told["why"]).startswith(why)
    assert bench.day.weights == {}


@pytest.mark.parametrize("error", [Unavailable("429"), Ambiguous("reset")])
async def test_flat_waits_for_the_venues_own_word(error: Exception) -> None:
    bench = await Bench.ready()
    bench.world.control.waiting = [ControlRequest("w1", Act.FLAT, "out", SCAN)]
    bench.venue.told(positions=error)

    await bench.driver.hear_person()

    assert bench.world.control.answers == {}


async def test_flat_is_not_answered_while_the_venue_holds_something() -> None:
    bench = await Bench.ready()
    bench.world.control.waiting = [ControlRequest("w1", Act.FLAT, "out", SCAN)]
    bench.venue.told(positions={"AAA": Decimal(1)})

    await bench.driver.hear_person()

    assert bench.world.control.answers == {}


class Unwritten(FakeControl):
    """The folder for answers is full, once."""

    refusals = 1

    def answer(self, request: ControlRequest, outcome: Mapping[str, object]) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StateUnavailable("disk full")
        super().answer(request, outcome)


async def test_an_answer_that_could_not_be_written_is_written_later_and_not_done_again() -> None:
    control = Unwritten()
    bench = await Bench.ready(control=control)
    request = ControlRequest("w1", Act.HALT, "enough", SCAN)

    for _ in range(2):
        control.waiting = [request]
        await bench.driver.hear_person()

    assert control.answers["w1"]["done"] is True
    assert len(bench.halts()) == 1
