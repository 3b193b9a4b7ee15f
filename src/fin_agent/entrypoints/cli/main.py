"""The command line. Only typer is imported before a command is chosen."""

import sys

import typer

from fin_agent.entrypoints.cli import data, journal, running, scanning, setup

app = typer.Typer(
    name="fin-agent",
    help="A one-day trading agent for one trader: scan, plan, risk gate, trade, flat by the close.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
running.register(app)
scanning.register(app)
data.register(app)
journal.register(app)
setup.register(app)


def run() -> None:
    """Run one command; anything unforeseen ends with exit code 70 and its traceback."""
    sys.excepthook = _internal
    app()


def _internal(kind: type[BaseException], error: BaseException, trace: object) -> None:
    import os
    import traceback
    from types import TracebackType

    frames = trace if isinstance(trace, TracebackType) else None
    traceback.print_exception(kind, error, frames)
    sys.stderr.write(f"error: this is a bug in fin-agent: {kind.__name__}: {error}\n")
    sys.stderr.flush()
    sys.stdout.flush()
    os._exit(70)
