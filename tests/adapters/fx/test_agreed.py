"""Several sources, one rate; what is old, absurd or disputed says so."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.fx.agreed import AgreedFx
from fin_agent.adapters.sources import FxSource
from fin_agent.domain.events import DomainEvent
from fin_agent.domain.evidence import Evidence, Known, Missing
from fin_agent.domain.provider import ProviderFellBack
from fin_agent.testing.builders import SCAN


@dataclass
class Given(FxSource):
    """A source that tells what it was given."""

    name: str
    told: Evidence[float]

    async def usd_per(self, currency: str) -> Evidence[float]:
        assert currency
        return self.told


def a_source(name: str, rate: float, hours: float = 1) -> Given:
    return Given(name, Known(rate, name, SCAN - timedelta(hours=hours)))


def silent(name: str) -> Given:
    return Given(name, Missing(f"{name} is in trouble"))


async def agreed(*sources: Given, currency: str = "EUR") -> Evidence[float]:
    return await AgreedFx(sources, currency, list[DomainEvent]().append).rate(SCAN)


async def test_the_first_source_is_taken_when_the_second_agrees() -> None:
    found = await agreed(a_source("yahoo", 1.08), a_source("ecb", 1.085))

    assert found == Known(1.08, "yahoo", SCAN - timedelta(hours=1))


async def test_of_two_that_disagree_the_lower_is_taken_and_both_are_named() -> None:
    found = await agreed(a_source("yahoo", 1.10), a_source("ecb", 1.05))

    flaw = "yahoo says 1.1000 and ecb 1.0500"
    assert found == Known(1.05, "ecb", SCAN - timedelta(hours=1), degraded=flaw)


async def test_an_old_rate_still_checks_but_is_not_used() -> None:
    fine = await agreed(a_source("yahoo", 1.08), a_source("ecb", 1.06, hours=66))
    wrong = await agreed(a_source("yahoo", 1.20), a_source("ecb", 1.06, hours=66))
    alone = await agreed(a_source("ecb", 1.06, hours=66))

    assert isinstance(fine, Known)
    assert isinstance(wrong, Known)
    assert fine.degraded is None
    assert (wrong.value, wrong.degraded) == (1.20, "yahoo says 1.2000 and ecb 1.0600")
    assert alone == Missing("fx is older than 24 h (ecb)")


async def test_one_source_alone_says_that_nobody_confirms_it() -> None:
    found = await agreed(a_source("yahoo", 1.08), silent("ecb"))

    assert isinstance(found, Known)
    assert found.degraded == "no second source confirms it; ecb is in trouble"


async def test_a_fallback_is_told() -> None:
    told: list[DomainEvent] = []
    found = await AgreedFx((silent("yahoo"), a_source("ecb", 1.08)), "EUR", told.append).rate(SCAN)

    assert isinstance(found, Known)
    assert found.source == "ecb"
    assert told == [ProviderFellBack("fx", "yahoo", "ecb", 1, "yahoo is in trouble")]


@pytest.mark.parametrize("rate", [0.0, 0.79, 1.61, -1.0, float("nan"), float("inf"), 108.0])
async def test_an_absurd_rate_is_missing(rate: float) -> None:
    assert await agreed(a_source("yahoo", rate)) == Missing(
        f"fx {rate:g} is outside 0.8..1.6 (yahoo)"
    )


async def test_nobody_answers() -> None:
    assert await agreed(silent("yahoo"), silent("ecb")) == Missing(
        "yahoo is in trouble; ecb is in trouble"
    )
    assert await agreed() == Missing("no fx source is configured")


async def test_a_dollar_account_asks_nobody() -> None:
    assert await agreed(currency="USD") == Known(1.0, "config", SCAN)


async def test_other_currencies_have_the_strategys_band() -> None:
    found = await agreed(a_source("yahoo", 1.9), currency="GBP")

    assert isinstance(found, Known)
    assert await agreed(a_source("yahoo", 0.006), currency="JPY") == Missing(
        "fx 0.006 is outside 0.5..2 (yahoo)"
    )


@given(
    st.lists(st.tuples(st.floats(0.01, 3), st.floats(0, 200)), min_size=1, max_size=4),
)
async def test_a_known_rate_is_fresh_inside_the_band_and_never_above_the_first(
    told: list[tuple[float, float]],
) -> None:
    sources = [a_source(f"s{n}", rate, hours) for n, (rate, hours) in enumerate(told)]
    usable = [rate for rate, hours in told if 0.8 <= rate <= 1.6 and hours <= 24]

    found = await agreed(*sources)

    if isinstance(found, Known):
        assert found.value in usable
        assert found.value <= usable[0]
        age = found.age_s(SCAN)
        assert age is not None
        assert age <= 24 * 3600
    else:
        assert not usable
