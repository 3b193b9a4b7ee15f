"""YAML as people read it: 12:15 is a time and not the number 735, and a key stands once."""

import re
from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode

_INTEGER = "tag:yaml.org,2002:int"


def yaml_value(text: str) -> Any:  # noqa: ANN401 - whatever the text says
    """The value of a YAML text.

    Raises:
        yaml.YAMLError: it is no YAML, or a key stands twice in a mapping.
    """
    return yaml.load(text, _Plain)  # noqa: S506 - _Plain is a SafeLoader


class _Plain(yaml.SafeLoader):
    """Safe YAML without numbers of base 60 or 8."""

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - the base class's signature
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                raise ConstructorError(None, None, f"{name} stands twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _INTEGER]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Plain.add_implicit_resolver(_INTEGER, re.compile(r"[-+]?(0|[1-9][0-9_]*)$"), list("-+0123456789"))
