"""The channels of the settings with their secrets, and the desk that sends over them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from inspect import signature
from pathlib import Path

from fin_agent.adapters.acknowledgements import AckFolder
from fin_agent.adapters.notice_desk import (
    Alarm,
    Channel,
    DeskRules,
    NoticeDesk,
    attempted,
    words_of,
)
from fin_agent.adapters.persistence.database import Database
from fin_agent.adapters.persistence.event_store import EventStore
from fin_agent.adapters.persistence.notices import NoticeBox
from fin_agent.application.notify import KINDS
from fin_agent.application.send_notices import Pace
from fin_agent.composition import plugins
from fin_agent.composition.bootstrap import App
from fin_agent.composition.catalogue import NOTIFICATIONS
from fin_agent.composition.kill_switch import control_folder
from fin_agent.composition.secrets import Secrets
from fin_agent.composition.settings_watching import ChannelChoice, NotifySettings
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.notice import Message, Severity
from fin_agent.ports import NotifierPort

_FOLDER = "notices"
_TEST_S = 15.0
_TEST = Message("fin-agent test", "If you can read this, this channel works.", Severity.INFO)


def channels(app: App) -> list[Channel]:
    """Every configured channel. Loading what apprise knows takes seconds: not on the event loop.

    Raises:
        ConfigError: one does not exist, lacks its secret, or refuses its options; all are named.
    """
    made, problems = list[Channel](), list[str]()
    for index, choice in enumerate(app.settings.notifications):
        try:
            port = _channel(choice, index, app.loaded.secrets, app.data_dir / _FOLDER)
            made.append(Channel(choice.known_as, port, Severity(choice.least)))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return made


async def channel_problems(app: App) -> Sequence[str]:
    """What is wrong with the configured channels; nothing is sent."""
    try:
        made = await asyncio.to_thread(channels, app)
    except ConfigError as error:
        return error.problems
    for channel in made:
        await channel.port.close()
    return ()


def _channel(choice: ChannelChoice, index: int, secrets: Secrets, folder: Path) -> NotifierPort:
    key = f"notifications.{index}"
    found = plugins.find(*NOTIFICATIONS, NotifierPort, choice.use, f"{key}.use")
    parameters = signature(found).parameters
    given: dict[str, object] = {"folder": folder} if "folder" in parameters else {}
    if "secret" in parameters:
        secret = secrets.channels.get(choice.known_as)
        if secret is None and parameters["secret"].default is parameters["secret"].empty:
            name = f"CHANNEL_{choice.known_as.upper()}"
            raise ConfigError([f"{key}: set {name} in the environment or as a file"])
        given["secret"] = secret
    try:
        return plugins.build(found, choice.options, given, key)
    except ConfigError as error:
        raise ConfigError([_placed(problem, key) for problem in error.problems]) from error


def _placed(problem: str, key: str) -> str:
    return problem if problem.startswith(key) else f"{key}: {problem}"


async def try_channels(app: App) -> Sequence[tuple[str, str | None]]:
    """Send a test message on every channel: its name, and what went wrong or None.

    Raises:
        ConfigError: a channel is wrong; every problem is named.
    """
    made = await asyncio.to_thread(channels, app)
    try:
        problems = await asyncio.gather(*(attempted(c.port, _TEST, _TEST_S) for c in made))
    finally:
        for channel in made:
            await channel.port.close()
    return [
        (channel.name, None if error is None else words_of(error))
        for channel, error in zip(made, problems, strict=True)
    ]


def notice_desk(
    app: App,
    made: Sequence[Channel],
    state: tuple[EventStore, Database],
    alarm: Alarm,
    note: Callable[[str], None],
) -> NoticeDesk:
    """The desk over these channels."""
    return NoticeDesk(
        box=NoticeBox(*state),
        channels=made,
        clock=app.clock,
        alarm=alarm,
        acks=AckFolder(control_folder(app.data_dir)),
        levels=app.settings.notify.levels,
        currency=app.settings.account.currency,
        note=note,
        rules=rules_of(app.settings.notify),
    )


def rules_of(settings: NotifySettings) -> DeskRules:
    """The desk's times by the settings."""
    pace = Pace(
        group=timedelta(seconds=settings.group_s),
        per_minute=settings.per_minute,
        repeat=timedelta(minutes=settings.repeat_minutes),
    )
    safe = settings.safe_after_minutes
    return DeskRules(pace, safe_after=timedelta(minutes=safe) if safe else None)


def levels_in_force(app: App) -> Mapping[str, str]:
    """Each kind of notice with how it reaches a person."""
    chosen = app.settings.notify.levels
    return {name: chosen.get(name, kind.level).value for name, kind in KINDS.items()}
