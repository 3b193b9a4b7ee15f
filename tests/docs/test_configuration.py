"""The configuration page and the default file are written by the program, never by hand."""

from collections.abc import Iterator

from pydantic import BaseModel

from fin_agent.composition import reference
from fin_agent.composition.settings import AppSettings
from tests.docs.pages import DOCS, ROOT, text_of

PAGE = text_of(DOCS / "configuration.md")
_REMEDY = "run: python -m fin_agent.composition.reference ."


def keys(model: type[BaseModel]) -> Iterator[str]:
    """Section and name of every setting that is not a list or a table of its own."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from (f"{name}.{key}" for key in _leaves(inner))


def _leaves(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from (f"{name}.{key}" for key in _leaves(inner))
        else:
            yield name


def test_page_is_what_the_generator_writes() -> None:
    assert reference.markdown_text() == PAGE, _REMEDY


def test_default_file_is_what_the_generator_writes() -> None:
    assert reference.yaml_text() == text_of(ROOT / "config.yaml"), _REMEDY


def test_every_section_is_on_the_page() -> None:
    assert all(f"\n## {name}\n" in PAGE for name in AppSettings.model_fields)


def test_every_setting_is_on_the_page() -> None:
    shown_as_block = {"news.use", "news.options", "sentiment.use", "sentiment.options"}

    assert not [
        key for key in keys(AppSettings) if f"`{key}`" not in PAGE and key not in shown_as_block
    ]
