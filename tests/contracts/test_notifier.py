"""What every channel to a person does: plain text arrives, or an error says why not."""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from fin_agent.application.notify import inert
from fin_agent.composition import plugins
from fin_agent.composition.catalogue import NOTIFICATIONS
from fin_agent.domain.errors import Refused, Unavailable
from fin_agent.domain.notice import Message, Severity
from tests.contracts.notifier_worlds import CANARY, WORLDS, World

HOSTILE = (
    "<script>alert(1)</script> <b>bold</b> &lt;i&gt; @everyone <@U123> <!channel> "
    "[win](http://evil.example) *x* _y_ `z` ~~s~~ ||t|| # head \x1b[31mred\x07 \u202eflip {{x}}"
)
SAFE = inert(HOSTILE)


@pytest.fixture(params=list(WORLDS))
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with WORLDS[request.param](request, tmp_path) as made:
        yield made
        await made.port.close()


@pytest.fixture
def root_log(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What a log at DEBUG would show; caplog itself also hears loggers that are kept apart."""
    told: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(self.format(record))

    caplog.set_level(logging.DEBUG)
    handler = Kept()
    logging.getLogger().addHandler(handler)
    yield told
    logging.getLogger().removeHandler(handler)


def test_every_channel_is_tried() -> None:
    assert set(plugins.names(*NOTIFICATIONS)) == WORLDS.keys() - {"fake"}


@pytest.mark.parametrize("severity", Severity)
async def test_title_and_text_arrive(world: World, severity: Severity) -> None:
    await world.port.send(Message("Stop hit: ACME", "9 ACME out, -5.00 EUR\nand one", severity))

    ((title, text),) = world.arrived()
    assert title == "Stop hit: ACME"
    assert text.splitlines() == ["9 ACME out, -5.00 EUR", "and one"]


async def test_hostile_text_arrives_as_the_same_plain_text(world: World) -> None:
    await world.port.send(Message("News", SAFE, Severity.INFO, silent=True))

    ((_, text),) = world.arrived()
    assert text == SAFE


async def test_a_title_never_becomes_an_option_or_a_header(world: World) -> None:
    await world.port.send(Message("--help: yes", "-x", Severity.WARNING))

    assert world.arrived() == [("--help: yes", "-x")]


async def test_a_broken_far_end_is_unavailable_and_works_again_when_mended(
    world: World, root_log: list[str]
) -> None:
    world.break_()
    with pytest.raises((Unavailable, Refused)) as caught:
        await world.port.send(Message("lost", "lost", Severity.INFO))
    world.mend()
    await world.port.send(Message("kept", "kept", Severity.INFO))

    assert world.arrived() == [("kept", "kept")]
    assert str(caught.value)
    for told in (str(caught.value), repr(caught.value), *root_log, repr(world.port)):
        assert CANARY not in told
