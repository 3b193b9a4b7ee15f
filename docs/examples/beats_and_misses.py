"""A scorer of headlines: two words and nothing else."""

from fin_agent.ports import SentimentPort


class BeatsAndMisses(SentimentPort):
    """``strength`` for a headline with "beats", its opposite for one with "misses"."""

    def __init__(self, *, strength: float = 0.5) -> None:
        self._strength = strength
        self.name = f"beats-and-misses-1-{strength:g}"

    def compound(self, text: str) -> float:
        words = text.lower().split()
        return self._strength * (("beats" in words) - ("misses" in words))
