"""The tables say everything once and within the scale."""

from collections import Counter

import pytest

from fin_agent.adapters.wording.tables import (
    STRONGEST,
    TABLES,
    built_in,
    entries,
    forms,
    table_text,
)


@pytest.mark.parametrize("table", TABLES)
def test_no_phrase_is_listed_twice(table: str) -> None:
    counts = Counter(phrase for _, phrase in entries(table_text(table)))

    assert [" ".join(phrase) for phrase, count in counts.items() if count > 1] == []


def test_every_phrase_has_words_and_a_valence_in_scale() -> None:
    for phrase, meaning in built_in().items():
        assert phrase
        assert abs(meaning.valence or 0) <= STRONGEST
        if meaning.movement is not None:
            assert meaning.movement.strength * meaning.movement.alone >= 0
            assert abs(meaning.movement.strength) >= abs(meaning.movement.alone)


def test_endings_stand_for_forms() -> None:
    assert forms("ris[e|es|ing]") == ["rise", "rises", "rising"]
    assert forms("tick[|s] up") == ["tick up", "ticks up"]
    assert forms("bounce[s|d] [up|back]") == [
        "bounces up",
        "bounces back",
        "bounced up",
        "bounced back",
    ]
    assert forms("rose") == ["rose"]
