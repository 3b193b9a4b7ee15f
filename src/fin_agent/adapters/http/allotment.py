"""What one key may ask of one provider, by endpoint group, and what of it is set aside."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fin_agent.adapters.http.failure import Failure
from fin_agent.adapters.http.questions import EVERY_CALL, Allowance, Question
from fin_agent.adapters.http.quota import Budget, QuotaBook
from fin_agent.adapters.http.timing import Timing


class Allotment:
    """The budgets of a key; a call of a group counts in the group's and in that of every call."""

    def __init__(self, budgets: dict[str, Budget], book: QuotaBook, timing: Timing) -> None:
        self._by_group = budgets
        self._book = book
        self._timing = timing

    @asynccontextmanager
    async def plan(self, wanted: int, group: str, *, urgent: bool) -> AsyncIterator[Allowance]:
        """Set aside as many calls as fit now; what is not used is given back in the end."""
        budgets, granted = self._budgets(group), wanted
        for place, budget in enumerate(budgets):
            fits = await self._book.reserve(budget, granted, urgent=urgent)
            for earlier in budgets[:place]:
                await self._book.give_back(earlier, granted - fits)
            granted = fits
        allowance = Allowance(granted, granted)
        try:
            yield allowance
        finally:
            for budget in budgets:
                await self._book.give_back(budget, allowance.left)

    async def take(self, question: Question, patience_s: float) -> None:
        """Wait until the question fits.

        Raises:
            Failure: it would take longer than ``patience_s``; nothing is taken.
        """
        taken: list[Budget] = []
        for budget in self._budgets(question.group):
            while wait := await self._book.take(budget, question.cost, urgent=question.urgent):
                if wait > patience_s:
                    for earlier in taken:
                        await self._book.give_back(earlier, question.cost)
                    raise Failure(f"has no call left for {wait:.0f} s ({_named(budget)})")
                await self._timing.sleep(wait)
            taken.append(budget)

    def _budgets(self, group: str) -> list[Budget]:
        return [
            self._by_group[name]
            for name in dict.fromkeys((EVERY_CALL, group))
            if name in self._by_group
        ]


def _named(budget: Budget) -> str:
    quotas = ", ".join(f"{quota.calls} in {quota.period_s:g} s" for quota in budget.quotas)
    return quotas if budget.group == EVERY_CALL else f"{budget.group}: {quotas}"
