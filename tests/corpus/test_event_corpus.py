"""Every event that was ever written can be read, and no damaged one stops the reader."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.persistence.envelope import envelope_of, event_in
from fin_agent.adapters.persistence.payloads import MODELS, event_types
from fin_agent.domain.errors import CorruptData
from fin_agent.domain.events import DomainEvent, Event, canonical
from tests.acceptance.demo_days import laid_out
from tests.corpus.write import FOLDER, events_of_runs, name_of

__all__ = ["laid_out"]

FILES = sorted(FOLDER.glob("*.json"))
TEXTS = [path.read_text(encoding="utf-8") for path in FILES]
READER = event_types()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_version_ever_written_is_read(path: Path) -> None:
    event = event_in(path.read_bytes())

    assert name_of(event) == path.name
    current = READER.read(event)
    assert current.event_id == event.event_id
    assert current.version == MODELS[event.type].version


def test_every_type_of_the_domain_has_a_reader_and_an_example() -> None:
    kinds = {
        kind for kind in DomainEvent.__subclasses__() if kind.__module__.startswith("fin_agent.")
    }

    assert {kind.__name__ for kind in kinds} == MODELS.keys()
    for kind in kinds:
        assert kind.version == MODELS[kind.__name__].version
        assert FOLDER / f"{kind.__name__}.v{kind.version}.json" in FILES


def test_every_event_of_the_demo_is_in_the_corpus(laid_out: Path) -> None:
    written = {name_of(event) for event in events_of_runs(laid_out)}

    assert written
    assert written <= {path.name for path in FILES}


def test_every_event_of_the_demo_is_read(laid_out: Path) -> None:
    for event in events_of_runs(laid_out):
        assert READER.read(event) == event
        assert event_in(envelope_of(event)) == event


def test_unknown_fields_are_kept() -> None:
    event = event_in(TEXTS[0])
    richer = event._replace(payload=canonical({**json.loads(event.payload), "later": [1]}))

    assert READER.read(richer) == richer


def read(text: str | bytes) -> Event | None:
    """The reader's two answers; anything else it may raise is a crash."""
    with suppress(CorruptData):
        return READER.read(event_in(text))
    return None


@given(text=st.sampled_from(TEXTS), where=st.floats(0, 1, exclude_max=True), cut=st.booleans())
def test_cut_and_flipped_envelopes_are_refused_or_read(text: str, where: float, cut: bool) -> None:
    raw = bytearray(text.encode())
    place = int(where * len(raw))
    if cut:
        del raw[place:]
    else:
        raw[place] ^= 1 << (place % 8)

    read(bytes(raw))


@given(data=st.data(), text=st.sampled_from(TEXTS), value=VALUES)
def test_strange_values_are_refused_or_read(data: Any, text: str, value: object) -> None:
    envelope = json.loads(text)
    payload = json.loads(envelope["payload"])
    inside = data.draw(st.booleans()) and payload
    target = payload if inside else envelope
    target[data.draw(st.sampled_from(sorted(target)))] = value
    if inside:
        envelope["payload"] = json.dumps(payload)

    read(json.dumps(envelope))


@given(text=st.sampled_from(TEXTS), data=st.data())
def test_a_missing_field_is_refused(text: str, data: Any) -> None:
    envelope = json.loads(text)
    del envelope[data.draw(st.sampled_from(sorted(envelope)))]

    assert read(json.dumps(envelope)) is None


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_garbage_is_refused(text: str | bytes) -> None:
    assert read(text) is None
