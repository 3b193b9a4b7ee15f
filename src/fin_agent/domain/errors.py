"""Every error of fin_agent, split by what the person in front of it has to do.

    FinAgentError
    |-- ConfigError       fix the configuration; the program does not start
    |-- UsageError        fix the command line
    |-- InvalidValue      a bug or a bad payload; refuse this item, continue
    |   `-- CorruptData   a file or table cannot be trusted; nothing of it is used
    |-- Unavailable       the provider did not answer; retry, then degrade
    |-- Refused           the provider said no; do not retry, record it
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


class Refused(FinAgentError):
    """A provider answered no."""


class Inconsistent(FinAgentError):
    """Two records that must agree do not."""


class StateUnavailable(FinAgentError):
    """The data directory cannot be created, read or written."""


class AlreadyRunning(FinAgentError):
    """Another process holds the lock of this data directory."""
