"""Cumulative reports as executions: the maximum counts, and what is new in it has a price."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.domain.errors import Inconsistent
from fin_agent.domain.order import OrderState
from fin_agent.domain.venue import Execution, ExecutionLedger, OrderReport, Part, VenueAccount
from fin_agent.testing.builders import OPEN, usd

ENTRY, STOP = Part.ENTRY, Part.STOP


def told(
    filled: object, price: object = 10, part: Part = ENTRY, *, live: bool = False
) -> Execution:
    return Execution(part, Decimal(str(filled)), Decimal(str(price)), OPEN, is_live=live)


def folded(ledger: ExecutionLedger, reports: Sequence[Execution]) -> list[tuple[Decimal, Decimal]]:
    """Every news in the reports, folded as it comes."""
    found = []
    for report in reports:
        news = ledger.news("id", report)
        if news is not None:
            ledger.fold("id", report.part, *news)
            found.append(news)
    return found


def test_the_first_report_is_news_and_its_repetition_is_not() -> None:
    ledger = ExecutionLedger()

    assert folded(ledger, [told(5), told(5), told(3)]) == [(Decimal(5), Decimal(10))]


def test_the_price_of_what_is_new_follows_from_two_averages() -> None:
    """10 at 10.00, then 15 at 10.10 on average: the last 5 were at 10.30."""
    ledger = ExecutionLedger()

    assert folded(ledger, [told(10, 10), told(15, "10.1")]) == [
        (Decimal(10), Decimal(10)),
        (Decimal(5), Decimal("10.3")),
    ]


def test_parts_and_orders_are_counted_apart() -> None:
    ledger = ExecutionLedger()
    ledger.fold("id", ENTRY, Decimal(10), Decimal(10))

    assert ledger.news("id", told(4, part=STOP)) == (Decimal(4), Decimal(10))
    assert ledger.news("another", told(4)) == (Decimal(4), Decimal(10))
    assert ledger.news("id", told(10)) is None


def test_nothing_filled_is_no_news_whatever_its_price() -> None:
    assert ExecutionLedger().news("id", told(0, 0)) is None


@pytest.mark.parametrize("price", [0, -1])
def test_a_fill_without_a_price_is_a_contradiction(price: int) -> None:
    with pytest.raises(Inconsistent, match="5 filled without a price"):
        ExecutionLedger().news("id", told(5, price))


def test_an_average_that_was_rounded_away_is_used_itself() -> None:
    """A venue that rounds 1000 shares at 0.0001 to an average of 0: no price below nothing."""
    ledger = ExecutionLedger()
    ledger.fold("id", ENTRY, Decimal(10), Decimal(100))

    assert ledger.news("id", told(11, "50")) == (Decimal(1), Decimal(50))


@given(st.lists(st.integers(1, 50), min_size=1, max_size=8), st.data())
def test_any_multiset_of_reports_in_any_order_ends_in_the_same_sum(
    parts: list[int], data: st.DataObject
) -> None:
    totals = [sum(parts[: n + 1]) for n in range(len(parts))]
    reports = [told(total, 10 + total / 100) for total in totals]
    given_ = data.draw(st.lists(st.sampled_from(reports), max_size=20))

    found = folded(ExecutionLedger(), [*given_, reports[-1]])

    assert sum(quantity for quantity, _ in found) == totals[-1]
    value = sum(quantity * price for quantity, price in found)
    assert abs(value - reports[-1].filled * reports[-1].average_price) < Decimal("0.00001")
    assert all(quantity > 0 for quantity, _ in found)


@given(st.lists(st.decimals("0.01", 100, places=2), min_size=2, max_size=6))
def test_true_averages_give_the_true_prices_back(prices: list[Decimal]) -> None:
    value, reports = Decimal(0), []
    for number, price in enumerate(prices, start=1):
        value += price
        reports.append(told(number, value / number))

    found = folded(ExecutionLedger(), reports)

    for (_, price), true in zip(found, prices, strict=True):
        assert abs(price - true) < Decimal("0.0000001") or price == reports[-1].average_price
    assert [n for n, _ in found] == [1] * len(prices)
    assert all(later >= earlier for earlier, later in pairwise([r.filled for r in reports]))


@pytest.mark.parametrize(
    ("executions", "expected"),
    [
        ((), False),
        ((told(0, live=True),), False),
        ((told(5), told(0, part=STOP)), False),
        ((told(5), told(0, part=STOP, live=True)), True),
    ],
)
def test_legs_cover_while_they_work(executions: tuple[Execution, ...], *, expected: bool) -> None:
    report = OrderReport("id", OrderState.ACKED, usd(0), executions=executions)

    assert report.has_live_legs is expected


def test_an_account_is_not_blocked_unless_it_says_so() -> None:
    assert VenueAccount("A-1", is_live=False).is_blocked is False
