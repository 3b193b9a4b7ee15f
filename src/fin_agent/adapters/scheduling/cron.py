"""The next fire of a five-field cron expression in a time zone, as Debian's cron would have it.

A time that a spring change leaves out fires at the next valid minute, a time that an autumn change
repeats fires the first time only; ``*`` hours and minutes follow the clock on the wall.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

import pendulum
from cronsim import CronSim, CronSimError

from fin_agent.domain.errors import ConfigError

_FIELDS = 5
_ANY_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)


def zone_of(name: str, key: str) -> ZoneInfo:
    """The time zone of an IANA name.

    Raises:
        ConfigError: there is no such zone; the message starts with the setting's ``key``.
    """
    try:
        return ZoneInfo(pendulum.timezone(name).name)
    except (ValueError, OSError) as error:  # pendulum's InvalidTimezone is a ValueError
        near = get_close_matches(name, available_timezones(), n=1)
        hint = f"did you mean {near[0]}?" if near else "for example America/New_York"
        raise ConfigError([f"{key}: {name!r} is no time zone; {hint}"]) from error


@dataclass(frozen=True, slots=True)
class Cron:
    """A checked expression: minute, hour, day of month, month, day of week (0 and 7 are Sunday).

    As in Debian's cron a restricted day of month and a restricted day of week are alternatives.
    The zone is a ``ZoneInfo``: cronsim misreads pendulum's own zones in the spring gap. Where the
    clock changes by half an hour (Lord Howe) ``*`` hours may lose that half hour.
    """

    expression: str
    zone: ZoneInfo

    @classmethod
    def checked(cls, expression: str, zone: ZoneInfo, key: str) -> "Cron":
        """The expression of a setting.

        Raises:
            ConfigError: it is none, or it never fires; the message starts with the ``key``.
        """
        found = len(expression.split())
        if found != _FIELDS:
            needed = "it needs five fields: minute hour day month weekday"
            problem = f"{expression!r} is no cron expression ({found} fields; {needed})"
            raise ConfigError([f"{key}: {problem}"])
        cron = cls(expression, zone)
        try:
            fire = cron.next_after(_ANY_INSTANT)
        except (CronSimError, ValueError) as error:  # ValueError: a number of 4,300 digits
            problem = f"{expression!r} is no cron expression ({error})"
            raise ConfigError([f"{key}: {problem}"]) from error
        if fire is None:
            raise ConfigError([f"{key}: {expression!r} never fires"])
        return cron

    def next_after(self, instant: datetime) -> datetime | None:
        """The first fire strictly after an instant, in UTC; None when there is none in 50 years."""
        for local in CronSim(self.expression, instant.astimezone(self.zone)):
            fire = local.astimezone(UTC)
            if fire > instant:  # inside the repeated hour cronsim first names its first pass
                return fire
        return None
