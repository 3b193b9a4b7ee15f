"""The invented headlines of both demo days; every company in them is fictitious.

``published`` is New York time, ``-1`` in front means the evening before; ``delay`` is the time in
seconds until a news service delivers it. What is received after a scan must not count in it.
"""

from typing import NamedTuple


class HeadlineRow(NamedTuple):
    """One row of the tables below."""

    symbol: str
    published: str
    delay: int
    text: str


FIRST_DAY: tuple[HeadlineRow, ...] = (
    HeadlineRow("AXLO", "06:45", 20, "Axlo Robotics beats profit forecasts and raises guidance"),
    HeadlineRow(
        "AXLO", "06:52", 35, "Axlo reports record orders as warehouse demand grows strongly"
    ),
    HeadlineRow("AXLO", "07:05", 12, "Analyst upgrades Axlo Robotics to buy after strong quarter"),
    HeadlineRow("AXLO", "07:30", 48, "Axlo wins large contract, shares surge before the open"),
    HeadlineRow("AXLO", "07:58", 240, "Axlo Robotics announces share buyback"),
    HeadlineRow("AXLO", "10:20", 15, "Axlo shares rally to a record high on heavy volume"),
    HeadlineRow(
        "BREVA", "06:15", 30, "Breva Diagnostics posts surprise profit on strong test sales"
    ),
    HeadlineRow("BREVA", "06:40", 25, "Breva gains after regulator clears improved blood test"),
    HeadlineRow("BREVA", "07:20", 50, "Breva short sellers under pressure as shares jump"),
    HeadlineRow("BREVA", "-1 18:30", 60, "Breva Diagnostics to present at health conference"),
    HeadlineRow("BREVA", "09:48", 20, "Breva gives up early gains as investors take profits"),
    HeadlineRow(
        "CORVU", "07:02", 22, "Corvu Logistics raises full-year outlook on better freight rates"
    ),
    HeadlineRow("CORVU", "07:08", 31, "Corvu beats revenue estimates, margin improves"),
    HeadlineRow("CORVU", "07:45", 40, "Broker lifts Corvu price target after upbeat outlook"),
    HeadlineRow(
        "DELQO", "06:20", 18, "Delqo Semiconductors sees strong growth in industrial chips"
    ),
    HeadlineRow("DELQO", "06:33", 27, "Delqo beats estimates, guides above expectations"),
    HeadlineRow("DELQO", "07:10", 33, "Chip maker Delqo signs supply agreement with car maker"),
    HeadlineRow("DELQO", "07:51", 1860, "Delqo named top pick for the year"),
    HeadlineRow("EVORI", "07:05", 26, "Evori Home Brands to be added to small-cap index"),
    HeadlineRow("EVORI", "07:12", 19, "Evori improves margin and confirms dividend"),
    HeadlineRow("EVORI", "07:40", 44, "Evori Home Brands upgraded on better consumer demand"),
    HeadlineRow("EVORI", "-1 19:10", 75, "Evori opens new distribution center"),
    HeadlineRow("FENNO", "06:58", 30, "Fenno Packaging increases prices, expects better margin"),
    HeadlineRow("FENNO", "07:15", 41, "Fenno gains on takeover speculation"),
    HeadlineRow("FENNO", "07:33", 52, "Fenno Packaging declines to comment on rumors"),
    HeadlineRow("FENNO", "07:41", 28, "Fenno wins good marks for stable cash flow"),
    HeadlineRow("FENNO", "-1 17:40", 55, "Fenno schedules investor day"),
    HeadlineRow("HOLMQ", "07:00", 30, "Holmq Foods names new finance chief"),
    HeadlineRow("INQUA", "06:30", 24, "Inqua Water misses estimates and cuts guidance"),
    HeadlineRow("INQUA", "06:44", 37, "Inqua warns of weak demand and higher costs"),
    HeadlineRow("INQUA", "07:25", 29, "Inqua Water downgraded after disappointing quarter"),
    HeadlineRow("JUNIV", "05:30", 15, "Juniv Gene Therapies reports positive trial result"),
    HeadlineRow("JUNIV", "05:41", 20, "Juniv shares soar on breakthrough trial success"),
    HeadlineRow("OSTRA", "07:55", 5, "Ostra Biologics halted, news pending"),
    HeadlineRow("OSTRA", "10:05", 10, "Ostra Biologics agrees to be acquired at a premium"),
    HeadlineRow("KRUVA", "-1 20:15", 45, "Kruva Railways reports stable traffic"),
    HeadlineRow("ABRIX", "07:35", 30, "Abrix Software renews partnership"),
    HeadlineRow("ZENKO", "07:18", 30, "<script>alert(1)</script> Zenko Solar opens plant"),
    HeadlineRow(
        "MAXQU", "06:05", 30, "=HYPERLINK(1) Maxqu Aerospace\u202e delivers first aircraft"
    ),
)

SECOND_DAY: tuple[HeadlineRow, ...] = (
    HeadlineRow("SOLVI", "06:30", 18, "Solvi Therapeutics reports positive interim trial data"),
    HeadlineRow("SOLVI", "06:38", 26, "Solvi shares surge as trial beats expectations"),
    HeadlineRow("SOLVI", "06:55", 33, "Analysts praise strong Solvi trial result"),
    HeadlineRow("SOLVI", "07:22", 47, "Solvi Therapeutics upgraded to buy on trial success"),
    HeadlineRow("SOLVI", "07:44", 39, "Solvi plans to expand promising trial"),
    HeadlineRow("SOLVI", "11:43", 10, "Solvi Therapeutics halted, news pending"),
    HeadlineRow("SOLVI", "11:58", 25, "Solvi suspends trial after serious safety concern"),
    HeadlineRow(
        "TYRUS", "06:50", 21, "Tyrus Networks beats estimates on strong subscription growth"
    ),
    HeadlineRow("TYRUS", "06:57", 34, "Tyrus raises annual guidance above expectations"),
    HeadlineRow("TYRUS", "07:14", 28, "Tyrus Networks wins upgrade after excellent quarter"),
    HeadlineRow("TYRUS", "07:59", 180, "Tyrus announces new security product"),
    HeadlineRow("UMBRI", "06:41", 29, "Umbri Therapeutics gains on success of rival's trial"),
    HeadlineRow("UMBRI", "07:03", 36, "Umbri shares rise, analysts see positive read-across"),
    HeadlineRow("UMBRI", "07:36", 50, "Umbri Therapeutics confirms good progress of its own trial"),
    HeadlineRow(
        "VEXOR", "06:25", 17, "Vexor Payments beats profit estimates, volume growth strong"
    ),
    HeadlineRow("VEXOR", "06:36", 23, "Vexor increases dividend and buyback"),
    HeadlineRow("VEXOR", "07:09", 31, "Vexor Payments price target lifted after record quarter"),
    HeadlineRow("WYNDO", "06:35", 16, "Wyndo Optics posts record profit and strong orders"),
    HeadlineRow("WYNDO", "06:42", 25, "Wyndo guides well above expectations"),
    HeadlineRow("WYNDO", "07:01", 38, "Wyndo Optics upgraded on impressive growth"),
    HeadlineRow("WYNDO", "07:28", 42, "Wyndo gains share from rivals, analysts say"),
    HeadlineRow("XANTI", "06:59", 32, "Xanti Apparel sees better holiday demand"),
    HeadlineRow("XANTI", "07:17", 40, "Xanti confirms outlook"),
    HeadlineRow("XANTI", "07:42", 45, "Xanti Apparel gains on positive store traffic"),
    HeadlineRow("XANTI", "07:50", 33, "Xanti Apparel praised for strong brand"),
    HeadlineRow("XANTI", "-1 18:05", 50, "Xanti Apparel opens flagship store"),
    HeadlineRow(
        "YARLO", "06:48", 22, "Yarlo Airlines warns of higher fuel costs and weak bookings"
    ),
    HeadlineRow("YARLO", "07:11", 27, "Yarlo downgraded after profit warning"),
    HeadlineRow("AXLO", "07:20", 30, "Axlo Robotics holds gains after strong rally"),
    HeadlineRow("RONDI", "-1 19:45", 60, "Rondi Bank passes stress test"),
    HeadlineRow("QUVLI", "07:26", 30, "<img src=x onerror=alert(1)> Quvli Motors shows new car"),
)

HEADLINES: tuple[tuple[HeadlineRow, ...], tuple[HeadlineRow, ...]] = (FIRST_DAY, SECOND_DAY)

# companies that reported since the previous close, by demo day
EARNINGS_REPORTED: tuple[frozenset[str], frozenset[str]] = (
    frozenset({"AXLO", "BREVA", "CORVU", "DELQO", "INQUA"}),
    frozenset({"TYRUS", "VEXOR", "WYNDO"}),
)
# nobody knows whether these reported: an absence, not a False
EARNINGS_UNKNOWN = frozenset({"EVORI", "GILTA", "PLYNE", "UMBRI", "ZUMQO"})
