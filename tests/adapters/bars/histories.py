"""Random daily histories with holes, splits and both price bases, and the plain way to read them.

What is as traded, and what follows from it, is computed here bar by bar from the definitions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import prod
from random import Random

from fin_agent.adapters.bars.adjustment import Splits
from fin_agent.adapters.bars.panel import DailyPanel
from fin_agent.domain import indicators
from fin_agent.domain.money import decimal_of, fill_price
from fin_agent.domain.snapshot import DailyFeatures
from tests.adapters.market_data.memory_bars import Values, daily_table

FIRST = date(2025, 1, 6)
DAYS = [FIRST + timedelta(days=n) for n in range(70) if (FIRST + timedelta(days=n)).weekday() < 5]
_RATIOS = (2.0, 3.0, 4.0, 10.0, 1.5, 0.5, 0.1, 1.281)


@dataclass
class History:
    """Bars as they are stored: raw, or adjusted for every later split on file."""

    bars: dict[str, dict[date, Values]]
    splits: list[tuple[str, date, float]] = field(default_factory=list)
    adjusted: dict[str, bool] = field(default_factory=dict)
    adjusted_from: date = date.max  # rows from this day on have the other basis

    def is_adjusted(self, symbol: str, day: date) -> bool:
        return self.adjusted.get(symbol, False) ^ (day >= self.adjusted_from)

    def panel(self, symbols: Sequence[str] | None = None) -> DailyPanel:
        table = daily_table(self.bars, self.is_adjusted)
        return DailyPanel(
            table, sorted(self.bars) if symbols is None else symbols, Splits(self.splits)
        )

    def as_traded(
        self, symbol: str, on: date, last: date | None = None
    ) -> list[tuple[date, Values]]:
        """The bars before a session (or up to a day), as traded on it."""
        return [
            (day, self._traded(symbol, day, on))
            for day in sorted(self.bars[symbol])
            if (day < on if last is None else day <= last)
        ]

    def _traded(self, symbol: str, day: date, on: date) -> Values:
        ratios = sorted((ex, ratio) for name, ex, ratio in self.splits if name == symbol)
        if self.is_adjusted(symbol, day):
            multiplier, divisor = prod(r for ex, r in ratios if ex > on), 1.0
        else:
            multiplier, divisor = 1.0, prod(r for ex, r in ratios if day < ex <= on)
        if multiplier == 1 and divisor == 1:
            return self.bars[symbol][day]
        *prices, volume = self.bars[symbol][day]
        traded = [float(fill_price(decimal_of(p * multiplier / divisor))) for p in prices]
        return (traded[0], traded[1], traded[2], traded[3], volume * divisor / multiplier)

    def features(self, symbol: str, on: date, previous: date) -> DailyFeatures:
        """By ``domain.indicators``, bar by bar."""
        bars = self.as_traded(symbol, on)
        highs, lows, closes, volumes = ([values[at] for _, values in bars] for at in range(1, 5))
        last = bars[-1][0] if bars else None
        return DailyFeatures(
            bars=len(bars),
            last_date=last,
            ends_yesterday=last == previous,
            prev_close=closes[-1] if closes else None,
            atr14=indicators.atr(highs, lows, closes, 14),
            atr5=indicators.atr(highs, lows, closes, 5),
            adv=indicators.adv(closes, volumes),
            mean_volume=indicators.mean_volume(volumes),
        )


def random_history(seed: int, symbols: int = 4) -> History:
    random = Random(seed)
    names = [chr(ord("A") + n) * (1 + n % 2) for n in range(symbols)]
    bars = {name: _bars(random) for name in names}
    splits = {
        (random.choice(names), random.choice(DAYS) + timedelta(days=random.choice([0, 0, 1, 40])))
        for _ in range(random.choice([0, 1, 2, 6]))
    }
    return History(
        bars,
        [(name, day, random.choice(_RATIOS)) for name, day in sorted(splits)],
        {name: random.random() < 0.5 for name in names},
        random.choice([date.max, date.max, random.choice(DAYS)]),
    )


def _bars(random: Random) -> dict[date, Values]:
    """Nearly complete, patchy, listed late, delisted early, or without any bar."""
    kept = random.choice([1.0, 1.0, 0.97, 0.6, 0.0])
    first, last = random.choice([(0, 99), (0, 99), (17, 99), (0, 33)])
    price, bars = random.uniform(1, 300), {}
    for number, day in enumerate(DAYS):
        price = max(0.5, price * random.uniform(0.9, 1.1))
        if first <= number <= last and random.random() < kept:
            low, opens, close, high = sorted(
                round(price * random.uniform(0.97, 1.03), random.choice([2, 2, 4]))
                for _ in range(4)
            )
            volume = float(random.choice([0, random.randrange(1, 10_000_000)]))
            bars[day] = (opens, high, low, close, volume)
    return bars
