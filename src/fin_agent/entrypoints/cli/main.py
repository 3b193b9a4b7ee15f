"""The command line. Only typer is imported before a command is chosen."""

import typer

from fin_agent.entrypoints.cli import (
    dashboard,
    data,
    database,
    doctor,
    events,
    journal,
    live,
    notify,
    running,
    scanning,
    setup,
    standing,
)
from fin_agent.entrypoints.cli.closed_process import close_process
from fin_agent.entrypoints.cli.interpreter import tune

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
database.register(app)
events.register(app)
journal.register(app)
live.register(app)
dashboard.register(app)
notify.register(app)
standing.register(app)
setup.register(app)
doctor.register(app)


def run() -> None:
    """Run one command; how it ends is in ``options.Ending``."""
    tune()
    close_process()
    app()
