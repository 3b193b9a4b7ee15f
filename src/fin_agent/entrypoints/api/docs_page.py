"""``/docs``: every route with its parameters, body and answer, as plain HTML without scripts."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>fin_agent API</title>'
    '<meta name="viewport" content="width=device-width,initial-scale=1"></head><body><main>'
)


def docs_page(schema: Mapping[str, Any]) -> str:
    """The page of an OpenAPI document."""
    return "".join([_HEAD, *_parts(schema), "</main></body></html>"])


def _parts(schema: Mapping[str, Any]) -> Iterator[str]:
    info = schema["info"]
    yield f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>"
    yield f"<p>{escape(info['description'])}</p>"
    yield '<p><a href="/openapi.json">The same for machines</a></p><h2>Routes</h2>'
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            yield from _route(path, method, operation)
    yield "<h2>Models</h2>"
    for name, model in sorted(schema["components"]["schemas"].items()):
        yield from _model(name, model)


def _route(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h3><code>{method.upper()} {escape(path)}</code></h3>"
    yield f"<p>{escape(operation.get('description', ''))}</p><ul>"
    for one in operation.get("parameters", ()):
        words = one.get("description") or one["schema"].get("description") or ""
        need = "required" if one.get("required") else "optional"
        name, place = escape(one["name"]), escape(one["in"])
        yield f"<li><code>{name}</code> ({place}, {need}) {escape(words)}</li>"
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if body:
        yield f"<li>body: {_type(body['schema'])}</li>"
    for status, answer in operation.get("responses", {}).items():
        content = answer.get("content", {})
        kinds = ", ".join(_type(media["schema"]) for media in content.values() if "schema" in media)
        yield f"<li>{escape(status)}: {kinds or escape(answer.get('description', ''))}</li>"
    yield "</ul>"


def _model(name: str, model: Mapping[str, Any]) -> Iterator[str]:
    yield f'<h3 id="{escape(name)}">{escape(name)}</h3>'
    yield f"<p>{escape(model.get('description', ''))}</p><ul>"
    for field, one in model.get("properties", {}).items():
        example = one.get("examples", [None])[0]
        shown = "" if example is None else f" e.g. <code>{escape(json.dumps(example))}</code>"
        words = escape(one.get("description", ""))
        yield f"<li><code>{escape(field)}</code>: {_type(one)} {words}{shown}</li>"
    yield "</ul>"


def _type(schema: Mapping[str, Any]) -> str:
    """The type in a few words, with links to the models in it."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f'<a href="#{name}">{name}</a>'
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(_type(one) for one in schema[key])
    values = schema.get("enum") or [one for one in [schema.get("const")] if one is not None]
    if values:
        return " | ".join(escape(str(one)) for one in values)
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"map of {_type(schema['additionalProperties'])}"
    return escape(str(schema.get("format") or schema.get("type") or "anything"))
