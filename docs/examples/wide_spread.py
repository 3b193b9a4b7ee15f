"""A venue: the paper broker for thinly traded names, where crossing the spread costs more."""

from dataclasses import replace
from decimal import Decimal

from fin_agent.adapters.brokers.paper import Paper
from fin_agent.domain.matching import FillRules
from fin_agent.domain.session import SessionRules


class WideSpread(Paper):
    """Half the spread comes on top of the slippage of every market and stop fill."""

    def __init__(
        self,
        rules: FillRules,
        session_rules: SessionRules,
        fx: Decimal,
        *,
        half_spread_bps: Decimal = Decimal(20),
    ) -> None:
        worse = replace(rules, slippage_bps=rules.slippage_bps + half_spread_bps)
        super().__init__(worse, session_rules, fx)
