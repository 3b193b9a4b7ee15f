"""What ``init`` and ``config`` do and show."""

import shutil
from pathlib import Path

from fin_agent.domain.errors import ConfigError, StateUnavailable
from fin_agent.entrypoints.cli.options import BAD_CONFIG, Options
from fin_agent.entrypoints.documents.whole import config_document

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
    from fin_agent.composition.chains import chain_problems
    from fin_agent.composition.notifications import channel_problems

    problems: list[str] = []
    settings: dict[str, object] = {}
    try:
        app = options.app()
        settings = app.settings.model_dump(mode="json")
        problems += await app.configuration_problems()
        problems += await channel_problems(app)
        problems += chain_problems(app.settings)
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
