"""How well headlines are read, on sentences that the vocabulary was not written for."""

from pathlib import Path

from benchmarks.sentiment import CLASS_FROM, measured, phrasebank
from fin_agent.adapters.sentiment.finance import Finance
from tests.recorded_data import need

TARGET = 0.65


def test_macro_f1_on_the_held_out_phrasebank(recorded: Path) -> None:
    """Every sentence, down to 50 % agreement of its annotators."""
    need(recorded / "news")
    sentences = phrasebank(recorded / "news")

    found = measured(Finance(recorded), CLASS_FROM, sentences)

    assert len(sentences) > 4_000
    assert found.macro_f1 >= TARGET
    assert min(found.f1.values()) >= 0.6
