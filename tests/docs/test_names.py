"""What can be met in the program is explained in the documentation, by its name."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import TypeVar

import pytest

from fin_agent import ports
from fin_agent.adapters.bars import row_rules
from fin_agent.composition import catalogue, plugins
from fin_agent.domain import errors
from fin_agent.domain.candidate import GapClass, Grade
from fin_agent.domain.entry import Expiry
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.gates import RULES
from fin_agent.domain.order import OrderState
from fin_agent.domain.risk import Breach, TradingState
from fin_agent.domain.verdict import SELECTED
from fin_agent.entrypoints.cli import options
from fin_agent.entrypoints.cli.report_words import EXITS
from fin_agent.testing.simulated.stories import STORIES
from tests.docs.pages import DOCS, text_of

T = TypeVar("T")

CONCEPTS = text_of(DOCS / "concepts.md")
COMMANDS = text_of(DOCS / "commands.md")
EXTENDING = text_of(DOCS / "extending.md")
KINDS = (
    catalogue.FACTORS,
    catalogue.ENTRIES,
    catalogue.NEWS,
    catalogue.SENTIMENT,
    catalogue.BROKERS,
    catalogue.NOTIFICATIONS,
)
SUSPECTS = {"outlier", "split_like", "basis", "hole", "no_volume", "unordered"}


def absent(names: set[str], text: str) -> list[str]:
    """The names that the text does not show as code."""
    return sorted(name for name in names if not re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", text))


def below(root: type[T]) -> Iterator[type[T]]:
    """The program's own classes below a class."""
    for kind in root.__subclasses__():
        if kind.__module__.startswith("fin_agent."):
            yield kind
        yield from below(kind)


def test_every_port_is_named() -> None:
    public = {name for name in vars(ports) if name.endswith("Port")}

    assert not absent(public | {"SimulatedVenue", "UnitOfWork"}, CONCEPTS)


def test_every_factor_and_entry_is_named() -> None:
    built_in = {*plugins.names(*catalogue.FACTORS), *plugins.names(*catalogue.ENTRIES)}

    assert not absent(built_in, CONCEPTS)


def test_every_news_source_scorer_and_venue_is_named() -> None:
    kinds = (catalogue.NEWS, catalogue.SENTIMENT, catalogue.BROKERS, catalogue.NOTIFICATIONS)
    built_in = {name for kind in kinds for name in plugins.names(*kind)}

    assert not absent(built_in, EXTENDING)


def test_every_kind_of_plug_in_has_its_recipe() -> None:
    constants = {value for name, value in vars(catalogue).items() if name.isupper()}

    assert constants == set(KINDS)
    for package, group in KINDS:
        assert f"`{group}`" in EXTENDING
        assert f"src/{package.replace('.', '/')}" in EXTENDING
        assert f'entry-points."{group}"' in EXTENDING


def test_every_verdict_is_explained() -> None:
    assert not absent({*RULES, SELECTED}, CONCEPTS)


@pytest.mark.parametrize("words", [Breach, TradingState, GapClass, Grade, Expiry, OrderState])
def test_every_word_of_a_decision_is_explained(words: type[StrEnum]) -> None:
    assert not absent({word.value for word in words}, CONCEPTS)


def test_every_exit_reason_is_explained() -> None:
    assert not absent(set(EXITS), CONCEPTS)


def test_every_record_of_the_log_is_named() -> None:
    assert not absent({kind.__name__ for kind in below(DomainEvent)}, CONCEPTS)


def test_every_error_is_listed_with_its_exit_code() -> None:
    for kind in below(errors.FinAgentError):
        code = options.exit_code(kind(["x"]))

        assert re.search(rf"^\| `{kind.__name__}` \|.*\| {code} \|$", CONCEPTS, re.MULTILINE), kind


def test_every_exit_code_is_listed() -> None:
    codes = {value for name, value in vars(options).items() if type(value) is int}

    for code in codes:
        assert re.search(rf"^\| {code} \|", COMMANDS, re.MULTILINE), code


def test_every_rule_of_the_bar_store_is_explained() -> None:
    assert not absent(set(row_rules.MEANING) | SUSPECTS, COMMANDS)


def test_every_reason_for_quarantine_is_told_in_the_words_of_the_program() -> None:
    for rule, meaning in row_rules.MEANING.items():
        told = re.search(rf"^\| `{rule}` \| (.*) \|$", COMMANDS, re.MULTILINE)

        assert told is not None
        assert told[1].removeprefix("it is ") in meaning


def test_every_story_of_the_demo_is_told() -> None:
    page = text_of(DOCS / "simulated-data.md")

    for story in (*STORIES[0], *STORIES[1]):
        assert f"| `{story.symbol}` | {story.shows} |" in page
