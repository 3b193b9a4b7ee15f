"""schemathesis asks every route what its schema allows, and what it does not.

SCHEMATHESIS_EXAMPLES says how many requests a route gets; a few of them are enough in CI.
"""

import asyncio
import os
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from fin_agent.composition.api_tokens import Right
from tests.entrypoints.api.wire import PATIENCE_S, Site, site_on

NOT_OURS: list[Any] = [
    not_a_server_error,  # 503 is an answer
    positive_data_acceptance,  # "last is before first" cannot be said in a schema
]
BUDGET = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "2"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Served from a thread: schemathesis asks from this one."""
    folder = tmp_path_factory.mktemp("asked")
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    found: list[Site] = []
    ready = threading.Event()

    async def serve() -> None:
        async with site_on(folder, "api.requests_per_minute=100000") as served:
            found.append(served)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(PATIENCE_S)
    yield found[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_route_answers_as_it_says(site: Site, mode: GenerationMode) -> None:
    described = httpx2.get(f"http://{site.host}/openapi.json").json()
    del described["security"]  # every request below has its token
    schema = schemathesis.openapi.from_dict(described)
    asked = []
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        asked.append(operation.label)
        ask(operation, site, mode)

    assert len(asked) >= 30


def ask(operation: APIOperation[Any, Any, Any, Any], site: Site, mode: GenerationMode) -> None:
    """So many requests of one route, each answer checked against the schema."""
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
        return  # nothing that could be wrong

    @settings(
        max_examples=BUDGET,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=True,
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def once(case: schemathesis.Case[Any]) -> None:
        headers = {"Authorization": site.bearer(Right.CONTROL)}
        reply = case.call(base_url=f"http://{site.host}", headers=headers, timeout=60)
        assert reply.status_code != 500
        case.validate_response(reply, excluded_checks=NOT_OURS)

    once()
