"""Finds plug-ins: file name = plug-in name = configuration name.

Built-in ones are modules of a package; third parties add theirs through entry points. Options are
checked against the constructor before anything is built.
"""

import sys
from collections.abc import Collection, Mapping
from functools import cache
from importlib import import_module, resources
from importlib.metadata import EntryPoints, entry_points
from inspect import Parameter, signature
from typing import Any, TypeVar, cast

from pydantic import ConfigDict, ValidationError, create_model

from fin_agent.domain.errors import ConfigError

T = TypeVar("T")


def names(package: str, group: str) -> list[str]:
    """Every plug-in that exists: the package's files and the installed entry points."""
    return sorted(_files(package) | set(_installed(group).names))


def _files(package: str) -> set[str]:
    return {
        entry.name.removesuffix(".py")
        for entry in resources.files(package).iterdir()
        if entry.name.endswith(".py") and not entry.name.startswith("_")
    }


def find(package: str, group: str, port: type[T], name: str, key: str) -> type[T]:
    """The class of a plug-in; ``key`` is the configuration key for the message.

    Raises:
        ConfigError: there is no such plug-in or more than one of the name, it lacks a library, or
            it does not implement the port.
    """
    known = names(package, group)
    if name not in known:
        raise ConfigError([f"{key}: no plug-in {name!r}; there are {', '.join(known)}"])
    rivals = [point.value for point in _installed(group).select(name=name)]
    rivals += [f"{package}.{name}"] if name in _files(package) else []
    if len(rivals) > 1:
        raise ConfigError([f"{key}: {name!r} is the name of {' and of '.join(rivals)}"])
    try:
        return _implementing(_loaded(package, group, name), port, key)
    except ModuleNotFoundError as error:
        msg = f"{key}: plug-in {name!r} needs {error.name}, which is not installed"
        raise ConfigError([msg]) from error


def _loaded(package: str, group: str, name: str) -> object:
    points = tuple(_installed(group).select(name=name))
    if not points:
        return getattr(import_module(f"{package}.{name}"), class_name(name), None)
    loaded: object = points[0].load()
    return loaded


def _installed(group: str) -> EntryPoints:
    return _every_group(tuple(sys.path)).select(group=group)


@cache
def _every_group(_path: tuple[str, ...]) -> EntryPoints:
    """Every read goes through the metadata of every installed package: 10 ms."""
    return cast(EntryPoints, entry_points())  # Python 3.11 calls the same answers by another name


def build(plug_in: type[T], options: Mapping[str, Any], given: Mapping[str, Any], key: str) -> T:
    """Make a plug-in from its options and from what the composition root gives it.

    Raises:
        ConfigError: an option is unknown or has the wrong type.
    """
    return plug_in(**checked(plug_in, options, given.keys(), key), **given)


def checked(
    plug_in: type[object], options: Mapping[str, Any], given: Collection[str], key: str
) -> dict[str, Any]:
    """The constructor arguments that options give; ``given`` names those they may not.

    Raises:
        ConfigError: an option is unknown or has the wrong type.
    """
    parameters = {n: p for n, p in signature(plug_in).parameters.items() if n not in given}
    fields: dict[str, Any] = {
        name: (
            Any if p.annotation is Parameter.empty else p.annotation,
            ... if p.default is Parameter.empty else p.default,
        )
        for name, p in parameters.items()
        if p.kind in {Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY}
    }
    model = create_model("Options", __config__=ConfigDict(extra="forbid"), **fields)
    try:
        accepted = model(**options)
    except ValidationError as error:
        known = ", ".join(fields) or "none"
        problems = [
            f"{key}.options.{'.'.join(map(str, e['loc']))}: {_reason(e)}; options are {known}"
            for e in error.errors()
        ]
        raise ConfigError(problems) from error
    return {name: getattr(accepted, name) for name in fields}


def _reason(error: Mapping[str, Any]) -> str:
    unknown = error["type"] == "extra_forbidden"
    return "unknown option" if unknown else str(error["msg"]).replace("Input should", "must")


def class_name(name: str) -> str:
    """The class a plug-in's file must define: opening_range -> OpeningRange."""
    return "".join(word.capitalize() for word in name.split("_"))


def _implementing(candidate: object, port: type[T], key: str) -> type[T]:
    if isinstance(candidate, type) and issubclass(candidate, port):
        return candidate
    raise ConfigError([f"{key}: {candidate!r} is no {port.__name__}"])
