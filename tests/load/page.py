"""The figures as rows of a table, and their place in a page."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from fin_agent.adapters.clock import SystemClock
from tests.load.figures import GOAL_S, Spread
from tests.load.outcome import Load
from tests.load.week import GOAL_MB, Week

BEGIN = "<!-- load: written by tests.load.programme -->"
END = "<!-- load: end -->"


def report(load: Load | None, week: Week | None, words: Sequence[str]) -> list[str]:
    """Lines of Markdown."""
    one, five, fifteen = os.getloadavg()
    command = " ".join(["python -m tests.load.programme", *words])
    python, nice = platform.python_version(), os.nice(0)
    machine = f"{os.cpu_count()} cores of {platform.machine()}, Python {python}, nice {nice}"
    lines = [
        f"Written by `{command}` on {SystemClock().now():%Y-%m-%d} at its end: {machine}.",
        f"The load average of the last 1, 5 and 15 minutes: {one:.1f}, {five:.1f}, {fifteen:.1f}.",
        "",
        "| figure | goal | came out | reached |",
        "|---|---|---|---|",
    ]
    if load is not None:
        lines += _load_rows(load)
    if week is not None:
        lines += _week_rows(week)
    return lines


def write(page: Path, lines: Sequence[str]) -> None:
    """Put lines between the marks of a page.

    Raises:
        ValueError: the page does not have the marks.
    """
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        msg = f"{page}: the marks {BEGIN} and {END} are missing"
        raise ValueError(msg)
    told = "\n".join(lines)
    page.write_text(f"{before}{BEGIN}\n\n{told}\n\n{END}{after}", encoding="utf-8")


def _load_rows(load: Load) -> list[str]:
    goal = f"at most {GOAL_S * 1000:g} ms"
    lives = sorted(load.lives)
    return [
        _row(
            "messages sent while the agent was connected, one print each",
            f"{load.rate:,.0f}/s for {load.minutes:g} minutes",
            f"{load.sent:,} in {load.connected_s:.0f} s ({load.pace:,.0f}/s)",
            load.is_fast,
        ),
        _row(
            "kills with -9 of the agent",
            f"every {load.kill_every:g} s",
            f"{load.kills} in {load.seconds:.0f} s; longest life {lives[-1]:.0f} s",
            load.kills >= 1,
        ),
        _row("print sent to folded, 99 of 100", goal, _told(load.prints), load.prints.is_quick),
        _row(
            "minute complete to everything decided and durable, 99 of 100",
            goal,
            _told(load.streamed),
            load.streamed.is_quick,
        ),
        _row("the same after a restart, with the minute asked for", "", _told(load.repaired)),
        _row("how late the sender itself was", "", _told(load.sender_late)),
        _row(
            "from the start of a process to its following the session again",
            "",
            _spans(load.starts),
        ),
        _row("longest delay of the agent's event loop", "", f"{load.worst_loop_s * 1000:.0f} ms"),
        _row(
            "orders, executions, events",
            "as in the undisturbed day, all consumed, flat",
            f"{load.orders}, {load.executions}, {load.events};"
            f" orders sent again under their id: {load.sent_again}; wrong: {len(load.wrong)}",
            not load.wrong,
        ),
        _row(
            "minute bars on the tape",
            "as sent",
            f"{load.bars:,}, {load.stream.get('repaired', 0):.0f} of them repaired",
            not load.wrong,
        ),
    ]


def _week_rows(week: Week) -> list[str]:
    first, last = week.settled[0][2], week.settled[-1][2]
    return [
        _row(
            f"resident memory over {week.sessions} sessions in one process, {week.prints:,} prints",
            f"at most {GOAL_MB} MB an hour",
            f"{week.a_session_hour:+.2f} MB an hour of the session's time ({first:.0f} MB after the"
            f" first session, {last:.0f} MB at the end)",
            week.is_reached,
        ),
        _row(
            f"the same an hour of the wall, at {week.speed:g} times the speed",
            "",
            f"{week.a_wall_hour:+.0f} MB ({week.seconds:.0f} s)",
        ),
    ]


def _told(spread: Spread) -> str:
    if not spread.count:
        return "none"
    half, most = spread.at_most(0.5) * 1000, spread.at_most(0.99) * 1000
    return (
        f"at most {most:g} ms (half at most {half:g} ms, all at most"
        f" {spread.at_most(1.0) * 1000:g} ms; {spread.count:,})"
    )


def _spans(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    found = sorted(seconds)
    return f"half within {found[len(found) // 2]:.1f} s, all within {found[-1]:.1f} s"


def _row(figure: str, goal: str, found: str, is_reached: bool | None = None) -> str:
    said = {True: "yes", False: "no", None: ""}[is_reached]
    return f"| {figure} | {goal} | {found} | {said} |"
