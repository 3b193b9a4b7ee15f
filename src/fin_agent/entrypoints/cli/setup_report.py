"""What ``init``, ``config`` and ``status`` do and show."""

import json
import shutil
from pathlib import Path

from rich.table import Table

from fin_agent.domain.errors import ConfigError, StateUnavailable
from fin_agent.domain.risk import TradingState
from fin_agent.entrypoints.cli.documents import (
    Status,
    config_document,
    status_document,
)
from fin_agent.entrypoints.cli.options import BAD_CONFIG, Options

_STARTER = ("config.yaml", "config/universe/default.csv")


async def write_starter(options: Options, folder: Path) -> None:
    """Copy the shipped configuration and universe; what exists is left alone."""
    from fin_agent.composition.loading import embedded_folder

    shipped = embedded_folder()
    written, kept = [], []
    try:
        for name in _STARTER:
            target = folder / name
            if target.exists():
                kept.append(str(target))
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(shipped / name, target)
            written.append(str(target))
    except OSError as error:
        raise StateUnavailable(f"{folder}: cannot be written ({error.strerror})") from error
    if options.as_json:
        options.print_document({"written": written, "kept": kept})
        return
    console = options.console()
    for path in written:
        console.print(f"wrote {path}", markup=False)
    for path in kept:
        console.print(f"kept {path} as it is", markup=False)
    console.print("next: fin-agent config check, then fin-agent data import FILE", markup=False)


async def show_config(options: Options) -> None:
    """Print the settings in force."""
    app = options.app()
    settings = app.settings.model_dump(mode="json")
    if options.as_json:
        options.print_document(config_document(settings))
        return
    import yaml

    console = options.console()
    for path in app.loaded.files:
        console.print(f"# {path}", markup=False, highlight=False)
    text = yaml.safe_dump(settings, sort_keys=False, default_flow_style=None, width=100)
    console.print(text, markup=False, highlight=False, end="")


async def check_config(options: Options) -> int | None:
    """Say whether everything the settings name exists and fits."""
    problems: list[str] = []
    settings: dict[str, object] = {}
    try:
        app = options.app()
        settings = app.settings.model_dump(mode="json")
        problems += await app.configuration_problems()
    except ConfigError as error:
        problems += error.problems
    if options.as_json:
        options.print_document(config_document(settings, problems))
    elif problems:
        for problem in problems:
            options.note(f"error: {problem}")
    else:
        options.console().print("configuration is fine")
    return BAD_CONFIG if problems else None


async def show_status(options: Options) -> None:
    """Print what is, now."""
    app = options.app()
    settings, now = app.settings, app.clock.now()
    status = Status(
        now=now,
        account=settings.account.name,
        currency=settings.account.currency,
        broker=settings.broker.use,
        live=settings.broker.live,
        state=TradingState.ACTIVE.value,
        session=app.current_session(),
        daily_loss_cap=settings.risk.daily_loss_cap,
        equity=settings.account.bankroll,
    )
    sets = await app.bar_store.listing()
    document = {
        **status_document(status),
        "data_dir": str(app.data_dir),
        "stored_sets": len(sets),
        "runs": list(app.runs()),
    }
    if options.as_json:
        options.print_document(document)
        return
    table = Table(show_header=False, box=None)
    for key, value in document.items():
        if value not in (None, [], {}):
            text = value if isinstance(value, str) else json.dumps(value)
            table.add_row(key.replace("_", " "), text)
    options.console().print(table)
