"""Writes the settings down for people: ``config.yaml`` and ``docs/configuration.md``.

Both files are generated (``make reference``) and a test keeps them equal to this code.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import yaml
from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from fin_agent.composition.settings import AppSettings, PlugIn

_HEAD = """\
# fin_agent: every setting with its default. Delete what you do not change; unknown keys are
# refused. config/<profile>.yaml, FIN_AGENT__SECTION__KEY=value and --set section.key=value win
# over this file, in that order. What the rules mean: docs/concepts.md.
"""
_INTRO = """\
# Configuration

Sources, weakest first: the defaults below, `config.yaml`, `config/<profile>.yaml` (`--profile`),
the environment (`FIN_AGENT__RISK__DAILY_LOSS_CAP=33`), `--set risk.daily_loss_cap=33`.
All problems are reported at once, each with its key; unknown keys are refused with the nearest
name.
`fin-agent config show` prints what is in force, `fin-agent config check` tries everything the
settings name.

This page is generated from the settings (`make reference`) and checked by a test.
"""


def yaml_text() -> str:
    """The default configuration file, one comment a key."""
    lines = [_HEAD]
    defaults = AppSettings.model_construct()
    for name, field in AppSettings.model_fields.items():
        value = getattr(defaults, name)
        if isinstance(value, BaseModel) and not isinstance(value, PlugIn):
            lines.append(f"\n# {_first_line(type(value))}\n{name}:\n")
            lines += _yaml_keys(value)
        else:
            dumped = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
            lines.append(f"\n# {field.description}\n{_yaml_block(name, _plain(dumped))}")
    return "".join(lines)


def markdown_text() -> str:
    """The configuration reference."""
    parts = [_INTRO]
    defaults = AppSettings.model_construct()
    for name, field in AppSettings.model_fields.items():
        value = getattr(defaults, name)
        if isinstance(value, BaseModel) and not isinstance(value, PlugIn):
            parts.append(f"\n## {name}\n\n{_first_line(type(value))}\n")
            parts += _table(name, value)
        else:
            parts.append(f"\n## {name}\n\n{_sentence(field.description or '')}\n")
            block = _yaml_block(name, _plain(value))
            parts.append(f"\n```yaml\n{block}```\n")
    return "".join(parts)


def _yaml_keys(section: BaseModel) -> Iterator[str]:
    for key, field in type(section).model_fields.items():
        text = _scalar(_plain(getattr(section, key)))
        yield f"  {key}: {text}  ".ljust(44) + f"# {_described(field)}\n"


def _yaml_block(name: str, value: object) -> str:
    flow = isinstance(value, dict)
    dumped: str = yaml.safe_dump(
        {name: value}, sort_keys=False, default_flow_style=flow or None, width=200
    )
    return dumped.strip().removeprefix("{").removesuffix("}") + "\n" if flow else dumped


def _table(name: str, section: BaseModel) -> Iterator[str]:
    yield "\n| key | default | values | meaning |\n|---|---|---|---|\n"
    yield from _rows(name, section)


def _rows(name: str, section: BaseModel) -> Iterator[str]:
    for key, field in type(section).model_fields.items():
        default = _scalar(_plain(getattr(section, key)))
        if isinstance(getattr(section, key), BaseModel):
            yield from _rows(f"{name}.{key}", getattr(section, key))
            continue
        yield f"| `{name}.{key}` | `{default}` | {_values(field)} | {field.description} |\n"


def _described(field: FieldInfo) -> str:
    values = _values(field)
    return f"{field.description} [{values}]" if "," in values else str(field.description)


def _values(field: FieldInfo) -> str:
    choices = [str(v) for v in _literals(field.annotation)]
    if choices:
        return ", ".join(choices)
    bounds = [text for item in field.metadata if (text := _bound(item))]
    return " and ".join(bounds) or _type_name(field.annotation)


def _literals(annotation: object) -> list[object]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if get_origin(annotation) in {Union, UnionType}:
        found = [v for arg in get_args(annotation) for v in _literals(arg)]
        others = [a for a in get_args(annotation) if get_origin(a) is not Literal]
        names = [_type_name(a) for a in others if a is not type(None)]
        return [*found, *names] if found else []
    return []


def _bound(item: object) -> str:
    match item:
        case Gt(gt=value):
            return f"> {value}"
        case Ge(ge=value):
            return f">= {value}"
        case Lt(lt=value):
            return f"< {value}"
        case Le(le=value):
            return f"<= {value}"
        case MinLen():
            return ""
    return ""


def _type_name(annotation: object) -> str:
    names = {bool: "yes or no", int: "whole number", float: "number", str: "text"}
    if isinstance(annotation, type):
        if issubclass(annotation, BaseModel):
            return "a table"
        return names.get(annotation, "number" if annotation.__name__ == "Decimal" else "text")
    if get_origin(annotation) in {Union, UnionType}:
        inner = [a for a in get_args(annotation) if a is not type(None)]
        return f"{_type_name(inner[0])} or null"
    return "list" if get_origin(annotation) is list else "time HH:MM"


def _plain(value: object) -> Any:  # noqa: ANN401 - whatever YAML can hold
    if isinstance(value, BaseModel):
        kept = value.model_dump(mode="python")
        return {k: _plain(v) for k, v in kept.items() if not (k == "options" and not v)}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if hasattr(value, "as_tuple"):
        number = float(str(value))
        return int(number) if number.is_integer() else number
    return value


def _scalar(value: object) -> str:
    dumped: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=1000)
    return dumped.removesuffix("...\n").strip()


def _first_line(section: type[BaseModel]) -> str:
    return (section.__doc__ or "").strip().splitlines()[0]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def main(root: Path) -> None:
    """Write both files into a checkout."""
    (root / "config.yaml").write_text(yaml_text(), encoding="utf-8")
    page = root / "docs" / "configuration.md"
    page.parent.mkdir(exist_ok=True)
    page.write_text(markdown_text(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
