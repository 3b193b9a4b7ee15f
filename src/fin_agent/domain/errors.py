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
Cause and remedy of each class are shown to people: docs/errors.md is made from them.
"""

from collections.abc import Sequence


class FinAgentError(Exception):
    """The root: its text is one line that a trader can act on.

    Cause: never raised as such; every error below is one.
    Remedy: read the line that was printed; it names what was found.
    """


class ConfigError(FinAgentError):
    """One or more settings are wrong; every problem found is listed.

    Cause: a key that does not exist, a value out of its range, a plug-in or option that there is
        not, a missing key of a provider, or live trading without its three acts.
    Remedy: change what each line names; `fin-agent config check` tries it again, and
        `fin-agent config show` prints what is in force and the files it came from.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class UsageError(FinAgentError):
    """A command asks for something that cannot be.

    Cause: a date that is no session, a symbol, event or order that nobody knows, a number that is
        none, or options that exclude each other.
    Remedy: correct the command line; the message names what there is instead.
    """


class InvalidValue(FinAgentError):
    """A value that cannot be right: it is refused, the rest goes on.

    Cause: a price, quantity or time that cannot be, in a file, in an answer or in the program.
    Remedy: correct the file if the message names one; otherwise it is a bug worth reporting.
    """


class CorruptData(InvalidValue):
    """A file, row set or record that cannot be trusted; nothing of it is used.

    Cause: a day, run or database that is not there, a file that is damaged or lacks a column, or a
        state database whose hashes do not match.
    Remedy: import what is missing (`fin-agent data list` shows what there is), or restore a backup
        with `fin-agent db restore`; `data check` and `db verify` name the rows.
    """


class Unavailable(FinAgentError):
    """A provider or venue did not answer in time or in form.

    Cause: no network, a provider that is down or slow, a quota that is used up, or an agent that
        was not done in time.
    Remedy: try again later; `fin-agent quotas` shows what was asked. The agent itself retries,
        asks the next provider and says so on the value.
    """


class Ambiguous(FinAgentError):
    """Nobody can say whether a request arrived: time-out, reset, 5xx, unreadable answer.

    Cause: the connection to the venue broke between sending an order and its answer.
    Remedy: none by hand; the order is looked up by its id and never sent again blindly. If
        `fin-agent orders` shows UNKNOWN for minutes, look at the venue's own page.
    """


class Refused(FinAgentError):
    """A provider or venue answered no.

    Cause: a wrong or expired key, a plan that does not include the data, or an order that breaks
        a rule of the venue.
    Remedy: read the venue's own words in the message; correct the key or the account. It is not
        tried again by itself.
    """


class AlreadyKnown(Refused):
    """The venue has an order with this client order id already.

    Cause: an order was sent again after its first answer got lost.
    Remedy: none; the order is looked up and goes on as the one that it is.
    """


class Inconsistent(FinAgentError):
    """Two records that must agree do not.

    Cause: journal and venue, log and Redis stream, or two reports of one order tell different
        things.
    Remedy: entries are off until a person has looked: compare `fin-agent positions` and
        `fin-agent orders` with the venue's own page, then `fin-agent resume`. A Redis stream of
        another log is named in the message with the line that deletes it.
    """


class StateUnavailable(FinAgentError):
    """The data directory cannot be created, read or written.

    Cause: a full disk, missing permission, a read-only file system, or a failing disk.
    Remedy: free space or correct the permissions; a running agent admits no entry meanwhile and
        goes on with exits.
    """


class AlreadyRunning(FinAgentError):
    """Another process holds the lock of this data directory.

    Cause: an agent, an import or a run of the same name works here already.
    Remedy: wait for it or stop it (an agent's process id is in the message), or use another
        `--data-dir`.
    """
