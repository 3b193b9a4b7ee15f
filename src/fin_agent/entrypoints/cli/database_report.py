"""What ``db`` does and shows."""

from pathlib import Path

from fin_agent.composition.maintenance import Checked, Depth, Difference, state_file
from fin_agent.composition.maintenance import migrate as migrate_state
from fin_agent.entrypoints.cli.options import BAD_DATA, Options
from fin_agent.entrypoints.documents.values import Document


def show_backup(options: Options, to: Path | None) -> None:
    """Back up and say where."""
    copy = state_file(options.app()).backup(None if to is None else to.absolute())
    _show(options, checked_document(copy), [f"backed up to {copy.file}", _holds(copy)])


def show_restore(options: Options, file: Path) -> None:
    """Restore and say where the replaced database is."""
    restored, kept = state_file(options.app()).restore(file.absolute())
    lines = [f"restored {file}", _holds(restored)]
    if kept is not None:
        lines.append(f"the database from before is {kept}")
    document = {**checked_document(restored), "kept": None if kept is None else str(kept)}
    _show(options, document, lines)


def show_verify(options: Options, *, quick: bool) -> int | None:
    """Say whether it can be trusted; the exit code when not."""
    checked = state_file(options.app()).verify(Depth.QUICK if quick else Depth.FULL)
    word = "damaged" if checked.problems else "sound"
    lines = [*checked.problems, f"{checked.file} is {word}", _holds(checked)]
    _show(options, checked_document(checked), lines)
    return BAD_DATA if checked.problems else None


def show_rebuild(options: Options) -> None:
    """Rebuild and say what differed."""
    done = state_file(options.app()).rebuild()
    document: Document = {
        **checked_document(done.checked),
        "corrected": [_row(difference) for difference in done.corrected],
        "beyond_the_log": [_row(difference) for difference in done.beyond_the_log],
        "kept": None if done.kept is None else str(done.kept),
    }
    lines = [f"corrected: {difference}" for difference in done.corrected]
    lines += [f"cannot be rebuilt: {difference}" for difference in done.beyond_the_log]
    if done.kept is not None:
        lines.append(f"the database from before is {done.kept}")
    _show(options, document, lines or ["the projections are what the log says"])


async def show_migrate(options: Options) -> None:
    """Migrate and say from where to where."""
    before, now, saved = await migrate_state(options.app())
    document: Document = {
        "from": before,
        "to": now,
        "backup": None if saved is None else str(saved),
    }
    lines = [f"schema {before} is up to date" if before == now else f"schema {before} -> {now}"]
    if saved is not None:
        lines.append(f"the database from before is {saved}")
    _show(options, document, lines)


def checked_document(checked: Checked) -> Document:
    """A database file: what it holds and what is wrong with it."""
    return {
        "file": str(checked.file),
        "ok": not checked.problems,
        "schema": checked.schema,
        "epoch": checked.epoch,
        "events": checked.events,
        "head": checked.head,
        "problems": list(checked.problems),
    }


def _row(difference: Difference) -> Document:
    return {
        "table": difference.table,
        "key": difference.key,
        "column": difference.column or None,
        "stored": difference.stored,
        "logged": difference.logged,
    }


def _holds(checked: Checked) -> str:
    return f"schema {checked.schema}, {checked.events:,} events, head {checked.head[:16]}"


def _show(options: Options, document: Document, lines: list[str]) -> None:
    if options.as_json:
        options.print_document(document)
        return
    for line in lines:
        options.console().print(line, markup=False, highlight=False, soft_wrap=True)
