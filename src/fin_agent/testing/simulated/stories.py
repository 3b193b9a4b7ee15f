"""What the demo days were made to show, as tables: edit a row to change a day.

A path names the price at New York clock times in percent of the previous close; between two points
the price is random, at the points it is exact. 08:00 is the default scan, 09:25 the refresh:
``rvol`` holds at both. A symbol without a row has an ordinary day.
"""

from dataclasses import dataclass

from fin_agent.domain.errors import InvalidValue

_OPEN_MINUTE = 9 * 60 + 30
_MINUTES_PER_HOUR = 60


@dataclass(frozen=True, slots=True)
class Story:
    """One engineered day of one symbol.

    ``rvol``: pre-market shares against normal. ``volume``: regular shares against normal.
    ``noise``: minute noise against the symbol's own. ``silent``: no bars between these clock times,
    a trading halt when ``is_halt``. ``shows``: why the row is here.
    """

    symbol: str
    shows: str
    rvol: float
    path: str = ""
    volume: float = 2.0
    noise: float = 0.7
    silent: str = ""
    is_halt: bool = False

    def points(self) -> list[tuple[int, float]]:
        """The path as (minute from the open, percent of the previous close)."""
        pairs = (point.split() for point in self.path.split(",") if point.strip())
        return [(clock_minute(clock), float(percent)) for clock, percent in pairs]

    def silence(self) -> tuple[int, int] | None:
        """First silent minute and first minute with trades again, from the open."""
        if not self.silent:
            return None
        start, end = self.silent.split("-")
        return clock_minute(start), clock_minute(end)


def clock_minute(clock: str) -> int:
    """Minutes from the open of a New York clock time such as ``08:00`` (-90)."""
    hours, colon, minutes = clock.strip().partition(":")
    if not colon:
        raise InvalidValue(f"clock time must look like 08:00, was {clock!r}")
    return int(hours) * _MINUTES_PER_HOUR + int(minutes) - _OPEN_MINUTE


FIRST_DAY: tuple[Story, ...] = (
    Story(
        "AXLO",
        "pullback entry fills at half the gap, then the target is reached",
        rvol=4.6,
        path="04:00 0.6, 06:30 1.0, 06:50 6.5, 08:00 8.2, 09:25 8.1, 09:30 7.6, 09:36 6.4,"
        " 09:46 3.6, 09:58 3.3, 10:15 7.0, 10:38 14.2, 10:50 15.0, 13:00 13.5, 16:00 14.0,"
        " 17:00 13.8",
        volume=4.0,
    ),
    Story(
        "BREVA",
        "market entry at the open fades into its stop",
        rvol=1.9,
        path="04:00 1.0, 06:00 2.0, 06:20 6.6, 08:00 7.0, 09:25 7.0, 09:30 7.1, 09:31 7.2,"
        " 09:36 6.3, 09:44 5.2, 09:51 2.8, 10:30 2.0, 16:00 0.8, 17:00 1.0",
        volume=2.0,
    ),
    Story(
        "CORVU",
        "vwap entry triggers early, refused: exposure and cash are used up",
        rvol=2.3,
        path="04:00 0.4, 06:55 0.9, 07:05 4.4, 08:00 4.9, 09:25 4.8, 09:30 4.8, 09:34 4.2,"
        " 09:36 4.1, 09:40 5.2, 11:30 6.0, 16:00 5.6, 17:00 5.6",
    ),
    Story(
        "DELQO",
        "opening range breaks upward, drifts, sold flat before the close",
        rvol=2.75,
        path="04:00 0.8, 06:10 1.6, 06:30 6.0, 08:00 6.7, 09:25 6.6, 09:30 6.5, 09:44 8.2,"
        " 09:59 6.9, 10:05 7.4, 10:16 9.4, 12:30 10.6, 15:45 11.0, 16:00 10.9, 17:00 10.9",
        volume=2.6,
    ),
    Story(
        "EVORI",
        "vwap is won back late in the window, after capital came free; sold flat",
        rvol=2.4,
        path="04:00 0.5, 07:00 1.2, 07:15 4.8, 08:00 5.3, 09:25 5.2, 09:30 5.1, 09:33 4.4,"
        " 09:36 3.6, 09:45 2.4, 10:15 1.6, 10:50 1.5, 11:00 2.5, 11:20 3.8, 13:00 3.9, 15:45 3.4,"
        " 16:00 3.5, 17:00 3.5",
        noise=0.5,
    ),
    Story(
        "FENNO",
        "sixth by composite: rank",
        rvol=1.8,
        path="04:00 0.6, 07:00 3.8, 08:00 4.6, 09:25 4.5, 09:30 4.4, 16:00 3.1, 17:00 3.1",
    ),
    Story(
        "GILTA",
        "passes the gates, no news, quiet: score",
        rvol=1.6,
        path="04:00 1.0, 07:40 3.9, 08:00 4.3, 09:25 4.2, 09:30 4.0, 16:00 2.2, 17:00 2.2",
        noise=1.0,
    ),
    Story(
        "HOLMQ",
        "gap on ordinary volume: relative_volume",
        rvol=1.1,
        path="04:00 0.8, 07:10 4.2, 08:00 5.1, 09:25 4.9, 09:30 4.6, 16:00 2.0, 17:00 2.0",
        volume=1.2,
    ),
    Story(
        "INQUA",
        "gap down, no shorts: direction",
        rvol=3.0,
        path="04:00 -1.0, 06:40 -5.8, 08:00 -6.5, 09:25 -6.6, 09:30 -6.9, 16:00 -8.4, 17:00 -8.4",
        volume=2.8,
    ),
    Story(
        "JUNIV",
        "trial result: gap_max",
        rvol=8.0,
        path="04:00 3.0, 06:00 22.0, 08:00 34.0, 09:25 33.0, 09:30 31.0, 16:00 24.0, 17:00 24.5",
        volume=7.0,
        noise=1.0,
    ),
    Story(
        "KESTI",
        "trades too little: liquidity",
        rvol=5.0,
        path="04:00 0.5, 08:00 5.0, 09:25 5.1, 09:30 5.2, 16:00 4.4, 17:00 4.4",
    ),
    Story(
        "LOMBI",
        "penny stock: price_range",
        rvol=3.5,
        path="04:00 1.0, 08:00 7.2, 09:25 7.9, 09:30 8.6, 16:00 3.3, 17:00 3.3",
    ),
    Story(
        "NARVU",
        "halves without a split record: corporate_action",
        rvol=1.5,
        path="04:00 -50.3, 08:00 -50.2, 09:25 -50.1, 09:30 -50.1, 16:00 -49.8, 17:00 -49.8",
    ),
    Story(
        "OSTRA",
        "halted for news shortly before the scan: halted",
        rvol=2.5,
        path="04:00 0.5, 07:30 2.0, 07:56 6.2, 10:15 11.0, 16:00 9.5, 17:00 9.4",
        silent="07:56-10:15",
        is_halt=True,
    ),
    Story("QERTA", "no trade before the open: quote missing", rvol=1.0, silent="04:00-09:30"),
    Story("RUVEL", "last trade is too old: quote stale", rvol=1.0, silent="06:10-09:30"),
    Story(
        "QTWOX",
        "leveraged fund moves enough, but: instrument_type",
        rvol=1.8,
        path="04:00 1.0, 08:00 4.4, 09:30 4.2, 16:00 3.0, 17:00 3.0",
        volume=1.4,
    ),
)

SECOND_DAY: tuple[Story, ...] = (
    Story(
        "SOLVI",
        "pullback entry fills, halted at 11:42, re-opens 17 % lower: daily-loss lock",
        rvol=5.2,
        path="04:00 1.0, 06:15 1.5, 06:35 7.6, 08:00 9.0, 09:25 8.9, 09:30 8.2, 09:36 6.8,"
        " 09:46 4.0, 09:56 4.1, 10:30 5.6, 11:20 5.0, 11:42 4.9, 12:06 -13.0, 12:20 -14.5,"
        " 14:00 -12.0, 16:00 -12.8, 17:00 -13.0",
        volume=5.0,
        silent="11:42-12:06",
        is_halt=True,
    ),
    Story(
        "TYRUS",
        "opening range breaks upward, open when the lock comes: daily_loss exit",
        rvol=2.8,
        path="04:00 0.8, 06:40 1.5, 06:55 6.2, 08:00 6.8, 09:25 6.7, 09:30 6.6, 09:43 8.0,"
        " 09:59 7.0, 10:04 7.4, 10:14 9.0, 11:30 9.4, 12:06 9.3, 13:00 9.0, 16:00 8.2,"
        " 17:00 8.2",
        volume=2.8,
    ),
    Story(
        "UMBRI",
        "moves like SOLVI: its market entry is refused for correlation",
        rvol=2.2,
        path="04:00 0.7, 06:35 4.8, 08:00 6.9, 09:25 6.8, 09:30 6.7, 09:31 6.8, 10:30 7.4,"
        " 12:06 5.0, 16:00 4.2, 17:00 4.2",
    ),
    Story(
        "VEXOR",
        "gap and go: never comes back to its vwap, the plan expires",
        rvol=2.4,
        path="04:00 0.6, 06:20 1.1, 06:40 4.1, 08:00 4.7, 09:25 4.6, 09:30 4.6, 09:33 5.5,"
        " 09:36 6.2, 09:42 6.9, 09:50 7.3, 10:30 8.6, 11:30 9.9, 16:00 9.2, 17:00 9.2",
        noise=0.4,
    ),
    Story(
        "WYNDO",
        "one share is more than a position may cost: advice refused",
        rvol=2.2,
        path="04:00 0.9, 06:30 1.3, 06:45 6.0, 08:00 6.6, 09:25 6.6, 09:30 6.5, 16:00 7.8,"
        " 17:00 7.8",
    ),
    Story(
        "XANTI",
        "sixth by composite: rank",
        rvol=1.7,
        path="04:00 0.5, 07:00 3.6, 08:00 4.4, 09:25 4.4, 09:30 4.3, 16:00 3.6, 17:00 3.6",
    ),
    Story(
        "YARLO",
        "gap down on fuel costs: direction",
        rvol=2.6,
        path="04:00 -0.6, 07:00 -4.8, 08:00 -5.5, 09:25 -5.4, 09:30 -5.2, 16:00 -4.1, 17:00 -4.1",
    ),
    Story(
        "LOMBI",
        "penny stock again: price_range",
        rvol=2.0,
        path="04:00 0.0, 08:00 -4.4, 09:30 -5.0, 16:00 -6.2, 17:00 -6.2",
    ),
    Story("QERTA", "no trade before the open: quote missing", rvol=1.0, silent="04:00-09:30"),
    Story("RUVEL", "last trade is too old: quote stale", rvol=1.0, silent="06:10-09:30"),
)

STORIES: tuple[tuple[Story, ...], tuple[Story, ...]] = (FIRST_DAY, SECOND_DAY)
EUR_USD: tuple[float, float] = (1.0800, 1.0815)  # USD per EUR at each scan
