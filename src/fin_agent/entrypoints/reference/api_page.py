"""``docs/http-api.md``: every route and model of the API, from its own OpenAPI document."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fin_agent.composition.bootstrap import start
from fin_agent.composition.loading import Choices, embedded_folder
from fin_agent.entrypoints.api.application import api_of
from fin_agent.entrypoints.api.serving import opened

_INTRO = """\
# API: routes and models

Every route of the HTTP interface with what it takes and answers.
[API](api.md) explains tokens, idempotency, pages and the stream.
The running agent serves the same at `/docs`, and for machines at `/openapi.json`.

This page is generated from the application (`make reference`) and checked by a test.
"""
_JSON = "application/json"


def text() -> str:
    """The whole page."""
    return page_of(asyncio.run(_document()))


async def _document() -> Mapping[str, Any]:
    defaults = Choices(embedded_folder() / "config.yaml")
    with TemporaryDirectory() as place:
        async with opened(start(defaults, Path(place), {}), None) as host:
            return api_of(host).openapi()


def page_of(document: Mapping[str, Any]) -> str:
    """The page of an OpenAPI document."""
    parts = [_INTRO, "\n## Routes\n"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            parts += _route(f"{method.upper()} {path}", operation)
    parts.append("\n## Models\n")
    for name, model in sorted(document["components"]["schemas"].items()):
        parts += _model(name, model)
    return "".join(parts)


def _route(title: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"\n### {title}\n\n{_prose(operation)}\n\n"
    for one in operation.get("parameters", ()):
        need = "required" if one.get("required") else "optional"
        yield f"- `{one['name']}` ({one['in']}, {need}){_words(one)}\n"
    body = operation.get("requestBody", {}).get("content", {}).get(_JSON, {})
    if body:
        yield f"- body: {_type(body['schema'])}\n"
    yield f"- answers: {_answers(operation['responses'])}\n"


def _answers(responses: Mapping[str, Any]) -> str:
    """What comes back when it goes well; every problem has the model ``Problem``."""
    good = {status: one for status, one in responses.items() if status.startswith("2")}
    told = [
        f"{status} {_type(media['schema']) if 'schema' in media else kind}"
        for status, answer in good.items()
        for kind, media in answer.get("content", {"nothing": {}}).items()
    ]
    return ", ".join(told)


def _model(name: str, model: Mapping[str, Any]) -> Iterator[str]:
    yield f"\n### {name}\n\n{_prose(model)}\n"
    if "enum" in model:
        yield f"\nOne of {', '.join(f'`{value}`' for value in model['enum'])}.\n"
    if model.get("properties"):
        yield "\n| field | type | meaning |\n|---|---|---|\n"
    for field, one in model.get("properties", {}).items():
        example = one.get("examples", [None])[0]
        shown = "" if example is None else f" `{json.dumps(example)}`"
        words = one.get("description", "").replace("|", "\\|").replace("\n", " ")
        yield f"| `{field}` | {_type(one)} | {words}{shown.replace('|', chr(92) + '|')} |\n"


def _words(one: Mapping[str, Any]) -> str:
    told = one.get("description") or one["schema"].get("description") or ""
    return f": {told}" if told else ""


def _prose(one: Mapping[str, Any]) -> str:
    """The description, one sentence a line."""
    told = " ".join(one.get("description", "").replace("``", "`").split())
    return told.replace(". ", ".\n").replace("? ", "?\n")


def _type(schema: Mapping[str, Any]) -> str:
    """The type in a few words, with links to the models in it."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(_type(one) for one in schema[key])
    values = schema.get("enum") or [one for one in [schema.get("const")] if one is not None]
    if values:
        return ", ".join(f"`{one}`" for one in values)
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"map of {_type(schema['additionalProperties'])}"
    return str(schema.get("format") or schema.get("type") or "anything")
