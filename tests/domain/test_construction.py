"""A quickly made value is the dataclass it was."""

from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from inspect import signature

import pytest

from fin_agent.domain.construction import quickly_made


@dataclass(frozen=True, slots=True)
class Plain:
    name: str
    size: int
    tags: tuple[str, ...] = ()
    note: str | None = None

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError(self.name)


@quickly_made
@dataclass(frozen=True, slots=True)
class Quick:
    name: str
    size: int
    tags: tuple[str, ...] = ()
    note: str | None = None

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError(self.name)


def test_it_takes_the_same_arguments() -> None:
    assert signature(Quick) == signature(Plain)
    assert Quick("a", 1) == Quick(size=1, name="a") == Quick("a", 1, (), None)
    assert Quick("a", 1, note="n") == replace(Quick("a", 1), note="n")
    assert hash(Quick("a", 1)) == hash(Plain("a", 1))
    assert repr(Quick("a", 1)).removeprefix("Quick") == repr(Plain("a", 1)).removeprefix("Plain")
    assert [f.name for f in fields(Quick)] == [f.name for f in fields(Plain)]


def test_it_is_frozen_and_checks_itself() -> None:
    with pytest.raises(FrozenInstanceError):
        Quick("a", 1).size = 2  # type: ignore[misc] # frozen, for mypy too
    with pytest.raises(ValueError, match="b"):
        Quick("b", -1)
    with pytest.raises(TypeError, match="size"):
        Quick("a")  # type: ignore[call-arg] # one is missing


def test_fields_that_are_made_are_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Made:
        names: list[str] = field(default_factory=list)

    with pytest.raises(TypeError, match="Made has a field"):
        quickly_made(Made)
