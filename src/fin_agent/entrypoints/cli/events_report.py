"""What ``events`` does and shows."""

import json
from collections.abc import Sequence

from rich.table import Table

from fin_agent.composition.state import (
    Chosen,
    LogReader,
    Outcome,
    Recorded,
    dead_letters,
    log_of,
    requeue,
    try_requeue,
)
from fin_agent.domain.errors import UsageError
from fin_agent.entrypoints.cli.event_line import event_line
from fin_agent.entrypoints.cli.options import NO, Options
from fin_agent.entrypoints.cli.report_words import clean, safe
from fin_agent.entrypoints.documents.log import dead_document, event_row, tail_document
from fin_agent.entrypoints.documents.values import Document

_WIDEST = 20_000


async def show_tail(options: Options, lines: int, *, follow: bool) -> None:
    """Print the newest events, and with ``follow`` those that come."""
    if follow and options.as_json:
        raise UsageError("--follow never ends, so it cannot be one JSON document")
    async with log_of(options.app()) as log:
        found = await log.last(lines)
        if options.as_json:
            options.print_document(tail_document(found))
            return
        for recorded in found:
            _print_line(options, recorded)
        if follow:
            async for recorded in log.follow(await _end(log, found)):
                _print_line(options, recorded)


async def _end(log: LogReader, shown: Sequence[Recorded]) -> int:
    newest = shown or await log.last(1)
    return newest[-1].seq if newest else 0


def _print_line(options: Options, recorded: Recorded) -> None:
    console = options.console()
    width = console.width if console.is_terminal else None
    console.print(event_line(recorded, width), markup=False, highlight=False, soft_wrap=True)


async def show_event(options: Options, event_id: str) -> None:
    """Print one event with its deliveries."""
    async with log_of(options.app()) as log:
        found = await log.named(event_id)
        if len(found) != 1:
            problem = "more than one event begins so" if found else "no such event"
            raise UsageError(f"{event_id}: {problem}; see fin-agent events tail")
        (recorded,) = found
        fates = await log.fates(recorded.event.event_id)
    document: Document = {
        "event": event_row(recorded),
        "deliveries": [dict(fate) for fate in fates],
    }
    if options.as_json:
        options.print_document(document)
        return
    console = options.console()
    for key, value in event_row(recorded).items():
        text = json.dumps(value, sort_keys=True) if key == "payload" else value
        console.print(
            clean(f"{key:>14}  {text}", _WIDEST), markup=False, highlight=False, soft_wrap=True
        )
    for fate in fates:
        told = f"{fate['consumer']}: {fate['state']} at {fate['at']} {fate['reason']}"
        console.print(
            clean(f"{'delivery':>14}  {told.strip()}", _WIDEST),
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


async def show_dead(options: Options) -> None:
    """Print the dead letters."""
    letters = await dead_letters(options.app())
    if options.as_json:
        options.print_document(dead_document(letters))
        return
    console = options.console()
    if not letters:
        console.print("no dead letters")
        return
    table = Table(title="Dead letters", title_justify="left")
    for name in ("event", "type", "consumer", "attempts", "failed at", "reason"):
        table.add_column(name, overflow="fold", justify="right" if name == "attempts" else "left")
    for letter in letters:
        event, failed_at = letter.event, letter.failed_at.isoformat(timespec="seconds")
        words = [event.event_id, event.type, letter.consumer, str(letter.attempts), failed_at]
        table.add_row(*map(safe, [*words, letter.reason]))
    console.print(table)
    console.print("fin-agent events requeue --all shows which of them may be tried again")


async def show_requeue(
    options: Options, event_ids: Sequence[str], *, every: bool, yes: bool
) -> int | None:
    """Requeue, or say what requeueing would do; the exit code when something is refused."""
    if every == bool(event_ids):
        raise UsageError("name the event ids of dead letters, or give --all")
    app, chosen = options.app(), Chosen(event_ids)
    outcomes = await (requeue if yes else try_requeue)(app, chosen)
    if options.as_json:
        options.print_document(requeue_document(outcomes, dry_run=not yes))
    else:
        _print_outcomes(options, outcomes, yes=yes)
    return None if all(outcome.is_requeued for outcome in outcomes) else NO


def _print_outcomes(options: Options, outcomes: Sequence[Outcome], *, yes: bool) -> None:
    console = options.console()
    for outcome in outcomes:
        letter = outcome.letter
        if outcome.is_requeued:
            word = "requeued" if yes else "would be requeued"
        else:
            word = f"not requeued: {outcome.refusal}"
        line = f"{letter.event.event_id}  {letter.event.type} for {letter.consumer}: {word}"
        console.print(clean(line, _WIDEST), markup=False, highlight=False, soft_wrap=True)
    if not outcomes:
        console.print("no dead letters")
    elif not yes:
        console.print("nothing was changed; --yes does it")


def requeue_document(outcomes: Sequence[Outcome], *, dry_run: bool) -> Document:
    """What was or would be requeued, and what not and why."""
    rows: list[Document] = [
        {
            "event_id": outcome.letter.event.event_id,
            "type": outcome.letter.event.type,
            "consumer": outcome.letter.consumer,
            "refusal": outcome.refusal,
        }
        for outcome in outcomes
    ]
    return {
        "dry_run": dry_run,
        "requeued": [row for row in rows if row["refusal"] is None],
        "refused": [row for row in rows if row["refusal"] is not None],
    }
