"""``docs/errors.md``: every error with exit code, cause and remedy, from the error tree itself."""

import inspect
import re
from collections.abc import Iterator

from fin_agent.domain.errors import FinAgentError
from fin_agent.entrypoints.cli.options import exit_code

_INTRO = """\
# Errors

Every problem is one line on stderr that begins with `error:`, and an exit code.
With `--json` it is the document [error.json](schemas/error.json), which names the class.
A refusal that belongs to trading is a result and never an error: see [concepts](concepts.md).

This page is generated from the error tree (`make reference`) and checked by a test.
"""
_PART = re.compile(r"^(Cause|Remedy): (.*?)(?=^\w+:|\Z)", re.MULTILINE | re.DOTALL)


def every_error(root: type[FinAgentError] = FinAgentError) -> Iterator[type[FinAgentError]]:
    """The errors below a class, each followed by its own kinds."""
    for kind in root.__subclasses__():
        if kind.__module__.startswith("fin_agent."):
            yield kind
            yield from every_error(kind)


def text() -> str:
    """The whole page."""
    return _INTRO + "".join(map(_section, every_error()))


def explained(kind: type[FinAgentError]) -> dict[str, str]:
    """Meaning, cause and remedy as the docstring tells them; a part that is missing is absent."""
    told = inspect.cleandoc(kind.__doc__ or "")
    parts = {name.lower(): " ".join(words.split()) for name, words in _PART.findall(told)}
    return {"meaning": told.partition("\n\n")[0].replace("\n", " "), **parts}


def _section(kind: type[FinAgentError]) -> str:
    said, above = explained(kind), kind.__mro__[1]
    kin = "" if above is FinAgentError else f"\n- Kind of: `{above.__name__}`"
    return (
        f"\n## {kind.__name__}\n\n{said['meaning']}\n\n"
        f"- Exit code: {exit_code(kind(['x']))}{kin}\n"
        f"- Cause: {said['cause']}\n"
        f"- Remedy: {said['remedy']}\n"
    )
