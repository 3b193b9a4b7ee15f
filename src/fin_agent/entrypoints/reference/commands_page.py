"""``docs/cli.md``: the ``--help`` of every command, word for word."""

from collections.abc import Iterator

import typer
from typer.core import TyperGroup

from fin_agent.entrypoints.cli.main import app

_INTRO = """\
# Command line

What `fin-agent COMMAND --help` prints, for every command.
[Commands](commands.md) explains them, with examples, documents and exit codes.

This page is generated from the program (`make reference`) and checked by a test.
"""
_WIDTH = 96


def text() -> str:
    """The whole page."""
    root = typer.main.get_command(app)
    context = typer.Context(
        root, info_name="fin-agent", terminal_width=_WIDTH, max_content_width=_WIDTH
    )
    return _INTRO + "".join(_sections(root, context))


def _sections(command: object, context: typer.Context) -> Iterator[str]:
    path = context.command_path
    told = context.command.get_help(context)
    title = path.removeprefix("fin-agent ")
    seen = "" if path == "fin-agent" or isinstance(command, TyperGroup) else _link(title)
    yield f"\n## {title}\n{seen}\n```text\n{told}\n```\n"
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            below = typer.Context(inner, info_name=name, parent=context)
            below.terminal_width, below.max_content_width = _WIDTH, _WIDTH
            yield from _sections(inner, below)


def _link(title: str) -> str:
    return f"\nExplained under [{title}](commands.md#{title.replace(' ', '-')}).\n"
