"""The supervisor hears us through a real socket; without one, or with a dead one, nothing fails."""

import logging
import os
from pathlib import Path

import pytest

from fin_agent.adapters.supervision import READY, Supervisor, supervisor_of
from tests.servers.supervisor import listening


@pytest.mark.parametrize("abstract", [False, True], ids=["file", "abstract"])
def test_words_arrive_as_one_datagram(tmp_path: Path, abstract: bool) -> None:
    with listening(tmp_path, abstract=abstract) as supervisor:
        supervisor_of(supervisor.environment()).tell(READY, "STATUS=well")

        assert supervisor.heard() == ["READY=1", "STATUS=well"]


def test_patience_is_given_in_microseconds_to_one_process(tmp_path: Path) -> None:
    with listening(tmp_path) as supervisor:
        own, other = os.getpid(), os.getppid()

        assert supervisor_of(supervisor.environment(2.5, own)).patience_s == 2.5
        assert supervisor_of(supervisor.environment(2.5)).patience_s == 2.5
        assert supervisor_of(supervisor.environment(2.5, other)).patience_s is None
        assert supervisor_of(supervisor.environment()).patience_s is None


@pytest.mark.parametrize("address", ["", "vsock:2:1234", "notify"])
def test_an_address_that_is_none_of_ours_is_left_alone(address: str) -> None:
    assert supervisor_of({"NOTIFY_SOCKET": address}) == Supervisor()


@pytest.mark.parametrize("patience", ["0", "-1", "soon", ""])
def test_a_patience_that_is_none_asks_for_nothing(patience: str) -> None:
    found = supervisor_of({"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": patience})

    assert found == Supervisor("/run/x")


def test_a_dead_supervisor_is_logged_and_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        Supervisor(str(tmp_path / "gone")).tell(READY)
        Supervisor().tell(READY)

    (record,) = caplog.records
    assert record.getMessage().startswith("the supervisor was not told READY=1: ")


def test_a_supervisor_that_does_not_read_blocks_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with listening(tmp_path) as supervisor, caplog.at_level(logging.WARNING):
        told = supervisor_of(supervisor.environment())
        for _ in range(5_000):  # more than a socket keeps
            told.tell(READY)
            if caplog.records:
                break

    assert caplog.records
