"""``notify`` and ``ack``: the channels to you, and your word that you have heard."""

import typer

from fin_agent.entrypoints.cli.options import Options, command


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(
        help="The channels to you: test, list.", no_args_is_help=True, rich_markup_mode=None
    )
    command(group, "test")(test)
    command(group, "list")(show)
    app.add_typer(group, name="notify")
    command(app, "ack")(ack)


async def test(options: Options) -> int | None:
    """Send a test message on each channel and say which of them work."""
    from fin_agent.entrypoints.cli.notify_report import test_channels

    return await test_channels(options)


async def show(options: Options) -> None:
    """Show the channels, and how each kind of notice reaches you."""
    from fin_agent.entrypoints.cli.notify_report import show_levels

    await show_levels(options)


async def ack(options: Options) -> None:
    """Say that you have heard every critical notice. None is repeated any more."""
    from fin_agent.entrypoints.cli.notify_report import acknowledge

    await acknowledge(options)
