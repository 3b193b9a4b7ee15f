"""The four trades of the worked example: three sessions of 2025, by hand and to the cent."""

from dataclasses import dataclass
from decimal import Decimal

from fin_agent.domain.candidate import Grade, TradeCandidate
from fin_agent.domain.market import Bar
from fin_agent.domain.plan import Levels, TradePlan
from fin_agent.domain.risk import Breach, Taken
from fin_agent.testing.builders import a_candidate, a_plan, levels


@dataclass(frozen=True, slots=True)
class WorkedTrade:
    """A trade from its plan to its result; ``terms`` in shares, each to 6 decimals."""

    candidate: TradeCandidate
    entry: str
    reference: str
    planned: Levels
    reward_r: float
    win_probability: float
    kelly: float
    bound: Levels
    taken: Taken
    planned_terms: dict[Breach, float]
    terms: dict[Breach, float]
    correlations: dict[str, float | None]
    quantity: int
    entry_price: str
    exit_price: str
    exit_reason: str
    worst_bar: Bar
    best_bar: Bar
    pnl: str
    r_multiple: float
    mae_r: float
    mfe_r: float

    @property
    def symbol(self) -> str:
        return self.candidate.symbol

    @property
    def plan(self) -> TradePlan:
        return a_plan(self.candidate, entry=self.entry, reference=self.reference)


def terms(
    daily_loss: float, position: float, exposure: float, cash: float, risk: float
) -> dict[Breach, float]:
    return {
        Breach.DAILY_LOSS: daily_loss,
        Breach.POSITION: position,
        Breach.EXPOSURE: exposure,
        Breach.CASH: cash,
        Breach.RISK: risk,
    }


def _scored(
    symbol: str, price: float, prev_close: float, atrs: tuple[float, float], composite: float
) -> TradeCandidate:
    return a_candidate(
        symbol,
        price=price,
        prev_close=prev_close,
        rvol=None,
        atr14=atrs[0],
        atr5=atrs[1],
        composite=composite,
        coverage=0.4,
        grade=Grade.C,
    )


NOTHING_TAKEN = Taken(equity=Decimal(500), fx=Decimal(1))

MRNA = WorkedTrade(
    candidate=_scored("MRNA", 25.17, 23.56, (1.580643, 2.131), 64.445387),
    entry="market",
    reference="25.17",
    planned=levels("25.17", "24.42", "27.43"),
    reward_r=3.013333,
    win_probability=0.578224,
    kelly=0.109564,
    bound=levels("25.17", "24.42", "27.43"),
    taken=NOTHING_TAKEN,
    planned_terms=terms(44.0, 9.932459, 19.864919, 19.864919, 13.333333),
    terms=terms(44.0, 9.932459, 19.864919, 19.864919, 13.333333),
    correlations={},
    quantity=9,
    entry_price="25.2926",
    exit_price="24.4078",
    exit_reason="stop",
    worst_bar=Bar(1, 25.28, 25.30, 25.00, 25.10, 900),
    best_bar=Bar(2, 25.10, 25.325, 25.05, 25.20, 900),
    pnl="-7.9632",
    r_multiple=-1.1797,
    mae_r=-1.1797,
    mfe_r=0.0432,
)
NVDA = WorkedTrade(
    candidate=_scored("NVDA", 195.91, 186.52, (8.328571, 7.936), 58.44771),
    entry="vwap",
    reference="194.93045",
    planned=levels("194.93045", "189.09", "212.47"),
    reward_r=3.003116,
    win_probability=0.56674,
    kelly=0.105617,
    bound=levels("194.19", "188.37", "211.66"),
    taken=NOTHING_TAKEN,
    planned_terms=terms(5.65025, 1.282509, 2.565017, 2.565017, 1.712197),
    terms=terms(5.670103, 1.287399, 2.574798, 2.574798, 1.718213),
    correlations={},
    quantity=1,
    entry_price="194.167",
    exit_price="188.2758",
    exit_reason="stop",
    worst_bar=Bar(8, 194.07, 194.40, 193.50, 194.00, 900),
    best_bar=Bar(9, 194.00, 195.92, 193.90, 195.00, 900),
    pnl="-5.8912",
    r_multiple=-1.0122,
    mae_r=-1.0122,
    mfe_r=0.3012,
)
NKE = WorkedTrade(
    candidate=_scored("NKE", 59.18, 65.63, (1.729286, 1.648), 73.646856),
    entry="market",
    reference="59.18",
    planned=levels("59.18", "60.95", "53.86"),
    reward_r=3.00565,
    win_probability=0.597011,
    kelly=0.115734,
    bound=levels("59.035", "60.8", "53.73"),
    taken=NOTHING_TAKEN,
    planned_terms=terms(18.644068, 4.2244, 8.4488, 8.4488, 5.649718),
    terms=terms(18.696884, 4.234776, 8.469552, 8.469552, 5.665722),
    correlations={},
    quantity=4,
    entry_price="58.8905",
    exit_price="58.4792",
    exit_reason="flat",
    worst_bar=Bar(9, 59.30, 60.365, 59.10, 59.80, 900),
    best_bar=Bar(200, 58.60, 58.70, 58.22, 58.40, 900),
    pnl="1.6452",
    r_multiple=0.233,
    mae_r=-0.8354,
    mfe_r=0.3799,
)
ORCL = WorkedTrade(
    candidate=_scored("ORCL", 188.385, 180.03, (10.094286, 8.926), 57.13631),
    entry="vwap",
    reference="187.443075",
    planned=levels("187.443075", "181.82", "204.31"),
    reward_r=2.999591,
    win_probability=0.564293,
    kelly=0.104759,
    bound=levels("190.91", "185.19", "208.09"),
    taken=Taken(
        equity=Decimal(500),
        fx=Decimal(1),
        exposure=Decimal("235.562"),
        day_loss=Decimal("1.138"),
        open_risk=Decimal("6.5"),
        entries=1,
        symbols=frozenset({"NKE"}),
        held=("NKE",),
    ),
    planned_terms=terms(5.868675, 1.333738, 2.667477, 2.667477, 1.778386),
    terms=terms(4.433916, 1.309518, 1.385145, 1.385145, 1.748252),
    correlations={"NKE": 0.03701},
    quantity=1,
    entry_price="191.0955",
    exit_price="193.7731",
    exit_reason="flat",
    worst_bar=Bar(6, 191.00, 191.015, 190.00, 190.65, 5892),
    best_bar=Bar(300, 194.50, 195.055, 194.40, 194.90, 900),
    pnl="2.6776",
    r_multiple=0.4681,
    mae_r=-0.1915,
    mfe_r=0.6922,
)
TRADES = (MRNA, NVDA, NKE, ORCL)

ORCL_BARS = (
    Bar(0, 188.385, 190.27, 188.345, 189.80, 24010),
    Bar(1, 189.78, 190.43, 189.64, 189.94, 7839),
    Bar(2, 189.73, 191.02, 189.68, 190.70, 9308),
    Bar(3, 190.75, 190.87, 189.61, 189.61, 13391),
    Bar(4, 189.73, 190.24, 189.30, 189.58, 9065),
    Bar(5, 189.685, 191.22, 189.31, 190.91, 7277),
)
"""The first six minutes of ORCL on 2025-12-19, up to the bar that triggers the vwap entry."""
