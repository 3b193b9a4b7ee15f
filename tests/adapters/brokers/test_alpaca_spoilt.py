"""No document of Alpaca's, however spoilt, ends an order that may be alive."""

import json
from collections.abc import Sequence
from contextlib import suppress
from copy import deepcopy
from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.alpaca_wire.orders import STATES
from fin_agent.adapters.brokers.alpaca import Alpaca
from fin_agent.domain.errors import Ambiguous, Unavailable
from fin_agent.domain.venue import OrderReport
from fin_agent.testing.builders import OPEN, a_session
from tests.adapters.brokers.alpaca_documents import ALPACA, a_document, recorded_orders
from tests.adapters.brokers.alpaca_worlds import ENTRY, KEYS, HandClock, OneAnswer, an_entry


def bracket() -> dict[str, Any]:
    legs = [
        a_document("held", id="b-2", client_order_id="leg-2", type="stop"),
        a_document("new", id="b-3", client_order_id="leg-3", type="limit"),
    ]
    return a_document("partially_filled", "4", order_class="bracket", legs=legs)


@cache
def bases() -> list[Any]:
    live = [a_document(), bracket(), a_document("partially_filled", "4", order_class="oco")]
    path = ALPACA / "order_routes.json"
    if path.exists():
        live += [o for o in recorded_orders() if "client_order_id" in o]
    return [base | {"client_order_id": ENTRY} for base in live]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["10", "0", "filled", "canceled", "oco", "bracket", "buy", "1e9", ENTRY]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
TERMINAL_WORDS = {status for status, state in STATES.items() if state.is_terminal}


def paths(document: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document, deepest included."""
    items = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    return [p for key, inner in items for p in [(*at, key), *paths(inner, (*at, key))]]


def spoilt(document: Any, path: Sequence[Any], value: Any, *, remove: bool) -> Any:
    changed = deepcopy(document)
    place = changed
    for key in path[:-1]:
        place = place[key]
    if remove:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


@given(data=st.data())
async def test_a_spoilt_document_never_ends_an_order(data: st.DataObject) -> None:
    """Mutants of live orders: read as live, or not read at all."""
    base = data.draw(st.sampled_from(bases()))
    document = base
    for _ in range(data.draw(st.integers(1, 3))):
        found = [p for p in paths(document) if p != ("status",)]
        path = data.draw(st.sampled_from(found))
        value = data.draw(JSON)
        document = spoilt(document, path, value, remove=data.draw(st.booleans()))
    body = json.dumps(document).encode()
    cut = data.draw(st.none() | st.integers(0, len(body)))
    body = body if cut is None else body[:cut]

    for report in await _everything_read(body):
        assert report.state.is_live


@given(status=st.text(max_size=12) | st.sampled_from(sorted(STATES)))
async def test_only_a_terminal_word_that_fits_ends_an_order(status: str) -> None:
    for report in await _everything_read(json.dumps(a_document() | {"status": status}).encode()):
        assert report.state.is_live or status in TERMINAL_WORDS - {"filled"}


async def test_an_answer_about_another_order_is_no_answer() -> None:
    other = json.dumps(a_document("filled", "10", client_order_id=ENTRY + "X")).encode()

    assert await _everything_read(other) == []


@given(body=st.binary(max_size=60) | JSON.map(lambda v: json.dumps(v).encode()))
async def test_no_answer_at_all_crashes_the_adapter(body: bytes) -> None:
    assert await _everything_read(body) == []


async def _everything_read(body: bytes) -> list[OrderReport]:
    """Every report the adapter makes of an answer; errors are of the two classes that may be."""
    venue = Alpaca(KEYS, HandClock(), transport=OneAnswer(200, body))
    reports: list[OrderReport] = []
    with suppress(Unavailable):
        found = await venue.find(ENTRY)
        reports += [found] if found else []
    with suppress(Ambiguous):
        reports.append(await venue.submit(an_entry(), a_session()))
    for read in (lambda: venue.orders(OPEN), venue.positions, venue.account):
        with suppress(Unavailable):
            await read()
    venue.hear(body)
    await venue.follow_up()
    return reports
