"""What a check of the installation found: one line for a person, a cause for a script."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from fin_agent.domain.errors import ConfigError, FinAgentError, StateUnavailable, Unavailable


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Cause(StrEnum):
    """Who has to act: it decides the exit code."""

    NONE = "none"
    CONFIGURATION = "configuration"
    PROVIDER = "provider"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. ``blocks`` says that nothing can be traded like this.

    ``remedy`` says what to do; empty when the detail says it already.
    """

    check: str
    level: Level
    detail: str
    remedy: str = ""
    cause: Cause = Cause.NONE
    blocks: bool = False


def fine(check: str, detail: str) -> Finding:
    return Finding(check, Level.OK, detail)


def warning(check: str, detail: str, remedy: str) -> Finding:
    return Finding(check, Level.WARN, detail, remedy)


def failure(check: str, detail: str, remedy: str, cause: Cause, *, blocks: bool = False) -> Finding:
    return Finding(check, Level.FAIL, detail, remedy, cause, blocks)


def blocking_error(findings: Sequence[Finding]) -> FinAgentError | None:
    """The error that stops a start, naming every check that blocks it; None when none does."""
    blocking = [finding for finding in findings if finding.blocks]
    if not blocking:
        return None
    problems = [f"{f.check}: {f.detail}" + (f"; {f.remedy}" if f.remedy else "") for f in blocking]
    causes = {finding.cause for finding in blocking}
    if Cause.CONFIGURATION in causes:
        return ConfigError(problems)
    kind = StateUnavailable if Cause.STATE in causes else Unavailable
    return kind("; ".join(problems))
