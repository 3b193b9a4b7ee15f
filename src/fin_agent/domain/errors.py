"""Every error of fin_agent, split by what the person in front of it has to do.

    FinAgentError
    |-- ConfigError       fix the configuration; the program does not start
    |-- UsageError        fix the command line
    |-- InvalidValue      a bug or a bad payload; refuse this item, continue
    |   `-- CorruptData   a file or table cannot be trusted; nothing of it is used
    |-- Unavailable       the provider did not answer; retry, then degrade
    |-- Ambiguous         an order request may have arrived; look it up, never resend blindly
    |-- Refused           the provider said no; do not retry, record it
    |   `-- AlreadyKnown  the venue has an order of this id; look it up
    |-- Inconsistent      our journal and the broker disagree; halt and tell a person
    |-- StateUnavailable  our own files cannot be written; no new entry is allowed
    `-- AlreadyRunning    another process holds the data directory

A refusal that is part of trading (a gate, a risk limit) is a return value, never an error.
"""

from collections.abc import Sequence


class FinAgentError(Exception):
    """The root: its text is one line that a trader can act on."""


class ConfigError(FinAgentError):
    """One or more settings are wrong; every problem found is listed."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class UsageError(FinAgentError):
    """A command asks for something that cannot be."""


class InvalidValue(FinAgentError):
    """A value that cannot be right: it is refused, the rest goes on."""


class CorruptData(InvalidValue):
    """A file, row set or record that cannot be trusted."""


class Unavailable(FinAgentError):
    """A provider did not answer in time or in form."""


class Ambiguous(FinAgentError):
    """Nobody can say whether a request arrived: time-out, reset, 5xx, unreadable answer."""


class Refused(FinAgentError):
    """A provider answered no."""


class AlreadyKnown(Refused):
    """The venue has an order with this client order id already."""


class Inconsistent(FinAgentError):
    """Two records that must agree do not."""


class StateUnavailable(FinAgentError):
    """The data directory cannot be created, read or written."""


class AlreadyRunning(FinAgentError):
    """Another process holds the lock of this data directory."""
