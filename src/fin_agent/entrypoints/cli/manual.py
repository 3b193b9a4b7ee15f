"""``journal fill``: what a person filled at a broker without an API."""

from typing import Annotated

import typer

from fin_agent.entrypoints.cli.options import Options


async def fill(
    options: Options,
    order: Annotated[str, typer.Argument(metavar="ORDER", help="Order id, its end, or a symbol.")],
    quantity: Annotated[str | None, typer.Option("--quantity", metavar="N", help="Shares.")] = None,
    price: Annotated[str | None, typer.Option("--price", metavar="P", help="USD a share.")] = None,
    part: Annotated[
        str | None,
        typer.Option(
            "--part", metavar="PART", help="entry, stop, target or exit (default: what it is for)."
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="When: ISO 8601 with offset (default: now)."),
    ] = None,
    cancelled: Annotated[
        bool, typer.Option("--cancelled", help="The rest of the order is cancelled at the broker.")
    ] = False,
) -> None:
    """Record a fill made by hand, or the end of an order."""
    from fin_agent.entrypoints.cli.manual_report import Given, record_fill

    await record_fill(options, Given(order, quantity, price, part, at, cancelled))
