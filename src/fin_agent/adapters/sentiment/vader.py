"""Headline sentiment by VADER with its general lexicon."""

from functools import cache
from typing import Any

from fin_agent.ports import SentimentPort


class Vader(SentimentPort):
    """VADER as it comes: it takes "gross", "debt" and "crude" for insults and "share" for a gift.

    The package is imported only when there is a headline to score.
    """

    name = "vader-3.3.2"

    def compound(self, text: str) -> float:
        return float(_engine().polarity_scores(text)["compound"])


@cache
def _engine() -> Any:  # noqa: ANN401 - the package has no types
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
