"""What the venue's answer, or its silence, makes of an order and of what it reserved."""

from decimal import Decimal

import pytest

from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.order import OrderIntent, OrderState
from tests.application.worlds import World, course, fates, gapping

PAIR = [gapping("AAA", 10.82), gapping("BBB", 10.81)]
BARS = {"AAA": course((0, 10.82)), "BBB": course((0, 10.81))}


def intents(world: World) -> dict[str, OrderIntent]:
    return {i.symbol: i for i in world.store.intents if isinstance(i, OrderIntent)}


@pytest.mark.parametrize(
    ("error", "state", "is_live"),
    [
        (Unavailable("no connection"), OrderState.PENDING, True),
        (Refused("not tradable"), OrderState.REJECTED, False),
        (TimeoutError("no answer"), OrderState.UNKNOWN, True),
    ],
)
async def test_an_error_decides_the_state(
    error: Exception, state: OrderState, *, is_live: bool
) -> None:
    world = World(PAIR, BARS, errors={"AAA": error})

    await world.lived()

    aaa = intents(world)["AAA"]
    assert (aaa.state, aaa.send_count, aaa.filled) == (state, 1, Decimal(0))
    assert aaa.state.is_live is is_live
    first, *_ = [row for row in world.recorded("OrderMoved") if row["symbol"] == "AAA"]
    assert (first["state"], first["reason"]) == (state.value, str(error))


@pytest.mark.parametrize("error", [Unavailable("x"), TimeoutError("x")])
async def test_what_may_live_keeps_its_reservation(error: Exception) -> None:
    """Silence is never read as no: the second plan finds the first one's money taken."""
    world = World(PAIR, BARS, errors={"AAA": error}, equity=Decimal(300))

    driver = await world.lived()

    assert fates(driver)["BBB"] == "filled"
    assert [intents(world)[name].quantity for name in ("AAA", "BBB")] == [18, 9]  # 300 in all
    assert driver.day.book.taken().held == ("AAA",)
    assert driver.day.book.taken().exposure == 18 * Decimal("10.82")


async def test_what_was_refused_releases_its_reservation() -> None:
    world = World(PAIR, BARS, errors={"AAA": Refused("x")}, equity=Decimal(300))

    driver = await world.lived()

    assert driver.day.book.taken().exposure == 0
    assert driver.day.book.taken().held == ()
    assert fates(driver)["AAA"] == "not filled: order rejected"


async def test_a_refused_symbol_has_had_its_order_for_the_day() -> None:
    world = World(PAIR, BARS, errors={"AAA": Refused("x")})

    driver = await world.lived()

    assert driver.day.book.taken().symbols == {"AAA", "BBB"}
    assert driver.day.book.taken().entries == 2


async def test_an_unforeseen_error_stops_the_day() -> None:
    world = World(PAIR, BARS, errors={"AAA": RuntimeError("a bug of the venue")})

    with pytest.raises(RuntimeError, match="a bug of the venue"):
        await world.lived()
    assert intents(world)["AAA"].state is OrderState.SENDING  # durable before a byte was sent


async def test_an_intent_is_durable_before_it_is_sent() -> None:
    world = World([gapping("AAA")], {"AAA": course((0, 10.8))})

    await world.lived()

    kinds = [event.type for event in world.store.logged if event.correlation_id]
    assert kinds.index("PlanApproved") < kinds.index("OrderIntentCreated")
    assert kinds.index("OrderIntentCreated") < kinds.index("OrderMoved")
    aaa = intents(world)["AAA"]
    assert (aaa.state, aaa.send_count, aaa.filled) == (OrderState.FILLED, 1, Decimal(23))
    assert aaa.client_order_id.startswith("fa-paper-20250312-AAA-EN1-")
    assert len(aaa.client_order_id) <= 48


async def test_the_same_day_twice_gives_the_same_identifiers() -> None:
    one, two = World(PAIR, BARS), World(PAIR, BARS)

    first, second = await one.lived(), await two.lived()

    assert [i.client_order_id for i in one.store.intents] == [
        i.client_order_id for i in two.store.intents
    ]
    assert [event.event_id for event in one.store.logged] == [
        event.event_id for event in two.store.logged
    ]
    assert first.outcome().decision_hash == second.outcome().decision_hash
