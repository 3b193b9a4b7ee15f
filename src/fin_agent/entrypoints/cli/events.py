"""``events``: the log, one event with its deliveries, the dead letters and their way back."""

from typing import Annotated

import typer

from fin_agent.entrypoints.cli.options import Options, command


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(
        help="The event log and the dead letters: tail, show, dead, requeue.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    command(group, "tail")(tail)
    command(group, "show")(show)
    command(group, "dead")(dead)
    command(group, "requeue")(requeue)
    app.add_typer(group, name="events")


async def tail(
    options: Options,
    lines: Annotated[int, typer.Option("--lines", min=0, help="How many of the newest.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what comes.")] = False,
) -> None:
    """Show the newest events; beside a running agent too."""
    from fin_agent.entrypoints.cli.events_report import show_tail

    await show_tail(options, lines, follow=follow)


async def show(
    options: Options,
    event: Annotated[str, typer.Argument(help="Event id, or its beginning.")],
) -> None:
    """Show one event with its payload and what each consumer did with it."""
    from fin_agent.entrypoints.cli.events_report import show_event

    await show_event(options, event)


async def dead(options: Options) -> None:
    """Show what was given up: consumer, reason, attempts."""
    from fin_agent.entrypoints.cli.events_report import show_dead

    await show_dead(options)


async def requeue(
    options: Options,
    events: Annotated[list[str] | None, typer.Argument(help="Event ids.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every dead letter.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it nothing changes.")] = False,
) -> int | None:
    """Let dead letters be tried again when the agent runs next; shows only, without --yes."""
    from fin_agent.entrypoints.cli.events_report import show_requeue

    return await show_requeue(options, events or [], every=every, yes=yes)
