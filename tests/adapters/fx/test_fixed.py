"""A rate is used when it is known, fresh and plausible; else it is missing, with the reason."""

from datetime import datetime, timedelta

import pytest

from fin_agent.adapters.fx.fixed import FixedFx, usable
from fin_agent.domain.evidence import Known, Missing
from fin_agent.testing.builders import SCAN


def known(value: float, age: timedelta | None = timedelta(0)) -> Known[float]:
    as_of: datetime | None = None if age is None else SCAN - age
    return Known(value, "test", as_of)


async def test_a_fixed_rate_is_known_at_every_instant() -> None:
    assert await FixedFx(1.08, "EUR").rate(SCAN) == Known(1.08, "config", SCAN)


async def test_a_dollar_account_needs_no_rate() -> None:
    assert await FixedFx(None, "USD").rate(SCAN) == Known(1.0, "config", SCAN)
    assert await FixedFx(1.0, "USD").rate(SCAN) == Known(1.0, "config", SCAN)


async def test_without_a_rate_there_is_none() -> None:
    assert await FixedFx(None, "EUR").rate(SCAN) == Missing(
        "no EUR/USD rate: set fx.fixed, or configure a source in fx.use"
    )


@pytest.mark.parametrize("rate", [0.5, 1.0, 2.0])
async def test_the_ends_of_the_range_are_inside(rate: float) -> None:
    assert isinstance(await FixedFx(rate, "EUR").rate(SCAN), Known)


@pytest.mark.parametrize("rate", [0.0, -1.08, 0.4999, 2.0001, float("nan"), float("inf")])
async def test_an_absurd_rate_is_missing(rate: float) -> None:
    assert await FixedFx(rate, "EUR").rate(SCAN) == Missing(
        f"fx {rate:g} is outside 0.5..2 (config)"
    )


@pytest.mark.parametrize(
    ("age", "is_usable"),
    [
        (timedelta(0), True),
        (timedelta(hours=24), True),
        (timedelta(hours=24, seconds=1), False),
        (None, False),
    ],
)
def test_a_stale_rate_is_missing(age: timedelta | None, *, is_usable: bool) -> None:
    found = usable(known(1.08, age), SCAN)

    expected = known(1.08, age) if is_usable else Missing("fx is older than 24 h (test)")
    assert found == expected
