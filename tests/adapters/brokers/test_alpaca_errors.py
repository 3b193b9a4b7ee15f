"""Each way in which a request can fail has one class, and none of them is a guess."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping

import pytest

from fin_agent.adapters.alpaca_wire.answers import MEANINGS
from fin_agent.adapters.alpaca_wire.transport import Answer
from fin_agent.adapters.brokers.alpaca import Alpaca
from fin_agent.domain.errors import (
    AlreadyKnown,
    Ambiguous,
    FinAgentError,
    Refused,
    Unavailable,
)
from fin_agent.testing.builders import OPEN, a_session
from tests.adapters.brokers.alpaca_worlds import (
    ASLEEP,
    ENTRY,
    KEYS,
    HandClock,
    OneAnswer,
    World,
    an_entry,
    an_exit,
)
from tests.broker_simulator.faults import Kind, Rule

SESSION = a_session()

SENDS: list[tuple[Kind, type[FinAgentError], int]] = [
    (Kind.LOST_REQUEST, Ambiguous, 0),
    (Kind.HANG, Ambiguous, 0),
    (Kind.UNREACHABLE, Unavailable, 0),
    (Kind.LOST_REPLY, Ambiguous, 1),
    (Kind.SILENT, Ambiguous, 1),
    (Kind.ACCEPTED_504, Ambiguous, 1),
    (Kind.ERROR_500, Ambiguous, 0),
    (Kind.TOO_MANY, Unavailable, 0),
    (Kind.REFUSE, Refused, 0),
    (Kind.LATE_ARRIVAL, Ambiguous, 1),
    (Kind.GARBAGE, Ambiguous, 1),
    (Kind.HTML, Ambiguous, 1),
    (Kind.CUT_BODY, Ambiguous, 1),
]


@pytest.mark.parametrize(("kind", "error", "accepted"), SENDS)
async def test_a_failed_send_has_one_class_and_is_made_once(
    kind: Kind, error: type[FinAgentError], accepted: int
) -> None:
    world = World(Rule(kind, "POST", seconds=0 if kind is Kind.TOO_MANY else 30))

    with pytest.raises(error) as caught:
        await world.venue.submit(an_entry(), SESSION)

    assert type(caught.value) is error
    world.pass_seconds(31)
    assert len(world.accepted) == accepted
    assert len(world.engine.requests) == 1


@pytest.mark.parametrize("kind", [kind for kind, *_ in SENDS])
async def test_a_failed_exit_has_the_same_class(kind: Kind) -> None:
    expected = next(error for known, error, _ in SENDS if known is kind)
    world = World(Rule(kind, "POST", nth=(2,)))
    await world.venue.submit(an_entry(), SESSION)

    with pytest.raises(expected) as caught:
        await world.venue.exit(an_exit())

    assert type(caught.value) is expected


@pytest.mark.parametrize("kind", [kind for kind, *_ in SENDS if kind is not Kind.REFUSE])
@pytest.mark.parametrize("read", ["find", "orders", "positions", "account", "release"])
async def test_a_failed_read_proves_nothing(kind: Kind, read: str) -> None:
    world = World(Rule(kind, "GET"))
    reads: dict[str, Callable[[], Awaitable[object]]] = {
        "find": lambda: world.venue.find(ENTRY),
        "release": lambda: world.venue.release(ENTRY),
        "orders": lambda: world.venue.orders(OPEN),
        "positions": world.venue.positions,
        "account": world.venue.account,
    }

    with pytest.raises(Unavailable):
        await reads[read]()


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        (Rule(Kind.UNREACHABLE, "DELETE"), Unavailable),
        (Rule(Kind.LOST_REQUEST, "DELETE"), Ambiguous),
        (Rule(Kind.LOST_REPLY, "DELETE"), Ambiguous),
        (Rule(Kind.ERROR_500, "DELETE"), Ambiguous),
        (Rule(Kind.ACCEPTED_504, "DELETE"), Ambiguous),
        (Rule(Kind.TOO_MANY, "DELETE"), Unavailable),
        (Rule(Kind.REFUSE, "DELETE"), Refused),
    ],
)
@pytest.mark.parametrize("ask", ["cancel", "release"])
async def test_a_failed_cancel_has_one_class(
    rule: Rule, error: type[FinAgentError], ask: str
) -> None:
    world = World(rule, market=ASLEEP)
    await world.venue.submit(an_entry(), SESSION)

    with pytest.raises(error) as caught:
        await (world.venue.cancel(ENTRY) if ask == "cancel" else world.venue.release(ENTRY))

    assert type(caught.value) is error


@pytest.mark.parametrize("status", [404, 422])
async def test_an_order_that_ends_before_its_cancel_is_no_error(status: int) -> None:
    rule = Rule(Kind.REFUSE, "DELETE", status=status, code=42210000, message="already filled")
    world = World(rule, market=ASLEEP)
    await world.venue.submit(an_entry(), SESSION)

    await world.venue.cancel(ENTRY)

    assert not await world.venue.release(ENTRY)  # the next read decides, not the cancel's answer


async def test_a_slow_answer_is_waited_for_until_the_time_out() -> None:
    in_time, late = World(Rule(Kind.SLOW, seconds=9.9)), World(Rule(Kind.SLOW, seconds=10))

    assert (await in_time.venue.submit(an_entry(), SESSION)).client_order_id == ENTRY
    with pytest.raises(Ambiguous):
        await late.venue.submit(an_entry(), SESSION)


async def test_a_duplicate_is_already_known() -> None:
    world = World(dedupe=True)
    await world.venue.submit(an_entry(), SESSION)

    with pytest.raises(AlreadyKnown, match="must be unique"):
        await world.venue.submit(an_entry(), SESSION)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"code": 40010000, "message": "request body format is invalid"}, Refused),
        (401, {"message": "unauthorized."}, Refused),
        (401, "", Refused),
        (403, {"code": 40310000, "message": "insufficient buying power"}, Refused),
        (403, {"code": 40310000, "message": "potential wash trade detected"}, Refused),
        (403, {"code": 40310100, "message": "pattern day trading protection"}, Refused),
        (422, {"code": 42210000, "message": "asset XYZ is not tradable"}, Refused),
        (422, {"code": 40010001, "message": "client_order_id must be unique"}, AlreadyKnown),
        (422, {"code": 40010001, "message": "client order id already exists"}, AlreadyKnown),
        (422, {"code": 40010001, "message": "qty must be > 0"}, Refused),
        (422, {"code": 49999999, "message": "something new"}, Refused),
        (429, {"code": 42910000, "message": "too many requests"}, Unavailable),
        (429, "slow down", Unavailable),
        (403, "<html>blocked by a firewall</html>", Ambiguous),
        (400, ["not", "an", "object"], Ambiguous),
        (404, {"code": 40410000, "message": "not found"}, Ambiguous),
        (408, {"message": "time-out"}, Ambiguous),
        (409, {"message": "conflict"}, Ambiguous),
        (302, "", Ambiguous),
        (500, {"code": 50010000, "message": "internal server error occurred"}, Ambiguous),
        (502, "<html>bad gateway</html>", Ambiguous),
        (503, "", Ambiguous),
        (504, "", Ambiguous),
        (200, "", Ambiguous),
        (200, "{}", Ambiguous),
        (200, {"client_order_id": "another"}, Ambiguous),
        (204, "", Ambiguous),
    ],
)
async def test_the_table_of_answers(status: int, body: object, error: type[FinAgentError]) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    venue = Alpaca(KEYS, HandClock(), transport=OneAnswer(status, text.encode()))

    with pytest.raises(error) as caught:
        await venue.submit(an_entry(), SESSION)

    assert type(caught.value) is error


async def test_a_refusal_is_told_in_alpacas_words_with_its_code() -> None:
    known, new = (
        Rule(Kind.REFUSE, code=40310000, message="insufficient buying power"),
        Rule(Kind.REFUSE, status=422, code=49999999, message="something\nnew"),
    )
    for rule, words in [
        (known, ["insufficient buying power", "40310000", MEANINGS[40310000]]),
        (new, ["something new", "49999999", "not documented"]),
    ]:
        with pytest.raises(Refused) as caught:
            await World(rule).venue.submit(an_entry(), SESSION)
        assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(
    "body",
    [b"<html>404</html>", b"", b'{"message": "no such route"}', b"[]"],
)
async def test_only_alpacas_own_word_is_absence(body: bytes) -> None:
    venue = Alpaca(KEYS, HandClock(), transport=OneAnswer(404, body))

    with pytest.raises(Unavailable):
        await venue.find(ENTRY)


async def test_a_cancelled_task_stays_cancelled() -> None:
    class Endless(OneAnswer):
        async def request(
            self,
            method: str,
            path: str,
            params: Mapping[str, str] | None = None,
            json: Mapping[str, object] | None = None,
        ) -> Answer:
            await asyncio.Event().wait()
            return self.answer

    venue = Alpaca(KEYS, HandClock(), transport=Endless(200, b""))
    task = asyncio.create_task(venue.submit(an_entry(), SESSION))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
