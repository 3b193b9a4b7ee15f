"""What people type: dates, sessions, symbols, instants; every refusal names what was found."""

from datetime import date, datetime, timedelta

from fin_agent.domain.errors import UsageError
from fin_agent.domain.session import NEW_YORK, TradingSession
from fin_agent.ports import CalendarPort

_NEAR = timedelta(days=7)


def day_of(text: str) -> date:
    """A date as YYYY-MM-DD.

    Raises:
        UsageError: it is no date.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no date; write it as 2025-11-06") from error


def session_of(calendar: CalendarPort, text: str) -> TradingSession:
    """The session of a date.

    Raises:
        UsageError: the exchange is closed that day.
    """
    day = day_of(text)
    session = calendar.session(day)
    if session is not None:
        return session
    before = calendar.previous(day).date
    after = calendar.sessions(day, day + _NEAR)
    follows = f" and {after[0].date}" if after else ""
    raise UsageError(
        f"{day} ({day:%A}) is not a session: the exchange is closed; "
        f"the sessions around it are {before}{follows}"
    )


def clock_of(text: str | None, day: date | None = None) -> str | None:
    """The clock time or "open" at which days are scanned; ``day`` is the only one it may name.

    Raises:
        UsageError: it is none, or of another day.
    """
    if text is None:
        return None
    told, clock = instant(text)
    if clock is None or told not in {None, day}:
        raise UsageError(f"--at {text!r}: write the time of day alone, 09:25 or open")
    return clock


def names(text: str | None) -> tuple[str, ...]:
    """Symbols separated by commas or blanks, upper case, each once.

    Raises:
        UsageError: there is none among what was typed.
    """
    if text is None:
        return ()
    found = tuple(dict.fromkeys(word.upper() for word in text.replace(",", " ").split()))
    if not found:
        raise UsageError(f"--symbols {text!r} names no symbol")
    return found


def instant(text: str) -> tuple[date | None, str | None]:
    """A scan instant: a date, a New York clock time, "open", or both as 2025-11-06T09:25.

    An instant with an offset is converted to New York time.

    Raises:
        UsageError: it is none of these.
    """
    word = text.strip()
    if word == "open":
        return None, word
    try:
        if len(word) == len("09:25") and word[2] == ":":
            return None, datetime.strptime(word, "%H:%M").strftime("%H:%M")  # noqa: DTZ007 - no date
        if "T" not in word and " " not in word:
            return date.fromisoformat(word), None
        if word.endswith("open"):
            return date.fromisoformat(word[:10]), "open"
        at = datetime.fromisoformat(word)
    except ValueError as error:
        raise UsageError(f"--at {text!r}: write 09:25, open, or 2025-11-06T09:25") from error
    local = at if at.tzinfo is None else at.astimezone(NEW_YORK)
    return local.date(), local.strftime("%H:%M")
