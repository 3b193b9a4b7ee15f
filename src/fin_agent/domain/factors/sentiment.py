"""Whether the headlines speak for the direction of the gap."""

from fin_agent.domain.candidate import Setup
from fin_agent.domain.evidence import Missing
from fin_agent.domain.factor import Factor, Score
from fin_agent.domain.news import mean_sentiment

_NEUTRAL = 50.0


class Sentiment(Factor):
    """50 + 50 x direction x mean compound sentiment (strategy.md section 4)."""

    def score(self, setup: Setup) -> Score | Missing:
        headlines = setup.snapshot.headlines
        if isinstance(headlines, Missing):
            return headlines
        mean = mean_sentiment(headlines.value)
        if mean is None:
            return Missing("no scored headline")
        return Score(_NEUTRAL + _NEUTRAL * setup.side.sign * mean)
