"""Examines the whole installation, and stops a start that could not trade.

``examine`` is for a person or the API, ``preflight`` for ``run``: it asks nobody outside.
"""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from fin_agent.composition.bootstrap import App
from fin_agent.composition.evidence_check import Reach, evidence_findings, reach
from fin_agent.composition.findings import (
    Cause,
    Finding,
    Level,
    blocking_error,
    fine,
    warning,
)
from fin_agent.composition.kill_switch import agent_in
from fin_agent.composition.local_checks import BLOCKING, LOCAL
from fin_agent.composition.network_checks import (
    CAPABILITIES,
    Probe,
    broker,
    look_outside,
    outside_findings,
)
from fin_agent.domain.errors import ConfigError, FinAgentError

_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Examination:
    """Every finding, what each provider can tell, and the grade in reach (None: not asked)."""

    findings: Sequence[Finding]
    probes: Sequence[Probe] = ()
    reach: Reach | None = None

    @property
    def matrix(self) -> Mapping[str, Mapping[str, bool]]:
        """By provider and capability whether it works; what is not offered is absent."""
        found: dict[str, dict[str, bool]] = {}
        for probe in self.probes:
            found.setdefault(probe.provider, {})[probe.capability] = probe.works
        return found

    @property
    def cause(self) -> Cause:
        """What the worst failure is about: configuration before providers before the rest."""
        failed = {finding.cause for finding in self.findings if finding.level is Level.FAIL}
        order = (Cause.CONFIGURATION, Cause.PROVIDER, Cause.STATE)
        return next((cause for cause in order if cause in failed), Cause.NONE)

    def count(self, level: Level) -> int:
        return sum(finding.level is level for finding in self.findings)


async def examine(app: App, *, offline: bool = False) -> Examination:
    """Check everything once; ``offline`` leaves out what is not on this machine."""
    found = [finding for check in LOCAL for finding in await check(app)]
    found += await asyncio.to_thread(ports, app)
    is_wrong = any(f.cause is Cause.CONFIGURATION for f in found if f.level is Level.FAIL)
    if offline or is_wrong:
        return Examination(found)
    try:
        outside = await look_outside(app)
    except ConfigError as error:
        remedy = "change it in config.yaml, the environment or --set"
        wrong = [
            Finding("providers", Level.FAIL, text, remedy, Cause.CONFIGURATION)
            for text in error.problems
        ]
        return Examination([*found, *wrong])
    within = reach(app, outside)
    found += [*outside_findings(app, outside), *evidence_findings(app, within)]
    found += await broker(app)
    return Examination(found, outside.probes, within)


async def preflight(app: App) -> None:
    """See that this machine can trade at all; what is outside is found out by using it.

    Raises:
        FinAgentError: it cannot, with every reason and its remedy.
    """
    found = [finding for check in BLOCKING for finding in await check(app)]
    error: FinAgentError | None = blocking_error(found)
    if error is not None:
        raise error


def ports(app: App) -> list[Finding]:
    """Whether the API's and the dashboard's ports are free, unless the agent holds them."""
    wanted = {
        "api port": app.settings.api.port if app.settings.api.enabled else 0,
        "dashboard port": app.settings.dashboard.port,
    }
    if agent_in(app.data_dir) is not None:
        return [fine("ports", "not looked at: the agent is running")]
    found = []
    for name, port in wanted.items():
        if not port:  # none is opened, or whichever is free
            continue
        if _is_free(port):
            found.append(fine(name, f"{_HOST}:{port} is free"))
        else:
            remedy = "stop what uses it, or choose another port"
            found.append(warning(name, f"{_HOST}:{port} is in use", remedy))
    return found


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
    return True


__all__ = ["CAPABILITIES", "Examination", "examine", "ports", "preflight"]
