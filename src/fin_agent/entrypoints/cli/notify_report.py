"""What ``notify`` and ``ack`` do and show."""

from rich.table import Table

from fin_agent.application.notify import KINDS
from fin_agent.composition.acknowledging import acknowledged
from fin_agent.composition.notifications import levels_in_force, try_channels
from fin_agent.entrypoints.cli.options import NO, Options

_NONE = "no channel is configured; add one under `notifications` (docs/operations.md)"


async def test_channels(options: Options) -> int | None:
    """Send a test message everywhere; the exit code says whether all of them took it."""
    found = await try_channels(options.app())
    rows = [{"channel": name, "works": why is None, "problem": why} for name, why in found]
    if options.as_json:
        options.print_document({"channels": rows})
    elif not found:
        options.console().print(_NONE, markup=False, highlight=False)
    else:
        for name, why in found:
            words = "works" if why is None else f"DOES NOT WORK: {why}"
            options.console().print(f"{name}: {words}", markup=False, highlight=False)
    return None if found and all(why is None for _, why in found) else NO


async def show_levels(options: Options) -> None:
    """Print channels and levels."""
    app = options.app()
    levels = levels_in_force(app)
    chosen = [(c.known_as, c.use, c.least) for c in app.settings.notifications]
    if options.as_json:
        document = {
            "channels": [{"name": n, "use": use, "least": least} for n, use, least in chosen],
            "kinds": [
                {"kind": n, "level": levels[n], "severity": k.severity.value, "about": k.about}
                for n, k in KINDS.items()
            ],
        }
        options.print_document(document)
        return
    console = options.console()
    for name, use, least in chosen:
        console.print(f"channel {name} ({use}), from {least} on", markup=False, highlight=False)
    if not chosen:
        console.print(_NONE, markup=False, highlight=False)
    table = Table()
    for heading in ("kind", "level", "severity", "sent when"):
        table.add_column(heading)
    for name, kind in KINDS.items():
        table.add_row(name, levels[name], kind.severity.value, kind.about)
    console.print(table)


async def acknowledge(options: Options) -> None:
    """Acknowledge and say what that was."""
    found = await acknowledged(options.app())
    if options.as_json:
        rows = [
            {"notice_id": n.notice_id, "kind": n.kind, "title": n.title, "text": n.text}
            for n in found
        ]
        options.print_document({"acknowledged": rows})
        return
    console = options.console()
    for notice in found:
        line = f"heard: {notice.title}: {notice.text}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if not found:
        console.print("nothing critical is waiting to be heard", markup=False, highlight=False)
