"""Hypothesis drives the bus, and finds every guard that is taken away."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from fin_agent.domain.delivery import DeliveryRules
from tests.reliability.bus_machine import PATIENT, BusMachine, Guards

STEPS = settings(
    max_examples=15,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
ENDLESS = DeliveryRules(retries=10**9, timeout=PATIENT.timeout)
MUTANTS = {
    "inbox": (Guards(inbox=False), "had two effects|overtook|ended"),
    "valid_until": (Guards(expiry=False), "was handled after its time"),
    "order of a key": (Guards(order=False), "overtook"),
    "retry limit": (Guards(rules=ENDLESS), "effects, expired, dead"),
}


def test_the_bus_does_what_the_list_says() -> None:
    run_state_machine_as_test(BusMachine, settings=STEPS)


@pytest.mark.parametrize("guard", MUTANTS)
def test_a_missing_guard_is_found(guard: str) -> None:
    class Mutant(BusMachine):
        guards, told = MUTANTS[guard]

    hunt = settings(
        STEPS,
        max_examples=200,
        phases=[Phase.generate],
        database=None,
        report_multiple_bugs=False,
    )
    with pytest.raises(AssertionError, match=Mutant.told):
        run_state_machine_as_test(Mutant, settings=hunt)
