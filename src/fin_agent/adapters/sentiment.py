"""Headline sentiment by VADER's engine, imported only when there is a headline to score."""

from functools import cache
from typing import Any

from fin_agent.ports import SentimentPort


class VaderSentiment(SentimentPort):
    """VADER with its general lexicon: -1..1, deterministic for a version of the package."""

    name = "vader-3.3.2"

    def compound(self, text: str) -> float:
        return float(_engine().polarity_scores(text)["compound"])


@cache
def _engine() -> Any:  # noqa: ANN401 - the package has no types
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
