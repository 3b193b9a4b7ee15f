"""Scorers of headlines against labelled finance sentences, and how fast they are.

    python benchmarks/sentiment.py --data ../shared/data/news [--rounds 3] [--lm FILE] [--own FILE]

Three classes by the compound: positive from ``CLASS_FROM`` on, negative from its opposite on. The
threshold was set on fiqa_headlines and sentfin_entity, where the vocabulary was developed too;
financial_phrasebank is held out. Stock VADER gets its authors' threshold of 0.05.
"""

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

import pyarrow.parquet as pq

from fin_agent.adapters.sentiment.finance import Finance
from fin_agent.adapters.sentiment.vader import Vader
from fin_agent.domain.news import plain_text
from fin_agent.ports import SentimentPort

CLASS_FROM = 0.25
VADER_CLASS_FROM = 0.05
LABELS = ("negative", "neutral", "positive")
FIQA_NEUTRAL = 0.1  # mean score of a headline up to which it is neutral

Labelled = Sequence[tuple[str, str]]


class Quality(NamedTuple):
    """``precision``, ``recall`` and ``f1`` by label."""

    precision: dict[str, float]
    recall: dict[str, float]
    f1: dict[str, float]

    @property
    def macro_f1(self) -> float:
        return fmean(self.f1.values())


def phrasebank(folder: Path, agreement: int = 50) -> Labelled:
    """Sentences that at least this percentage of the annotators agreed on."""
    rows = pq.read_table(folder / "financial_phrasebank.parquet").to_pylist()
    return [(r["text"], r["label"]) for r in rows if r["min_agreement_pct"] >= agreement]


def sentfin(folder: Path) -> Labelled:
    """Headlines whose entities all have one label."""
    labels: dict[str, set[str]] = defaultdict(set)
    for row in pq.read_table(folder / "sentfin_entity.parquet").to_pylist():
        labels[row["text"]].add(row["label"])
    return [(text, found.pop()) for text, found in labels.items() if len(found) == 1]


def fiqa(folder: Path) -> Labelled:
    """Headlines by the mean of their targets' scores."""
    scores: dict[str, list[float]] = defaultdict(list)
    for row in pq.read_table(folder / "fiqa_headlines.parquet").to_pylist():
        scores[row["text"]].append(row["score"])
    return [(text, label_of(fmean(found), FIQA_NEUTRAL)) for text, found in scores.items()]


def label_of(compound: float, threshold: float) -> str:
    if abs(compound) < threshold:
        return "neutral"
    return "positive" if compound > 0 else "negative"


def quality(gold: Sequence[str], told: Sequence[str]) -> Quality:
    hits = Counter(label for label, other in zip(gold, told, strict=True) if label == other)
    have, said = Counter(gold), Counter(told)
    precision = {label: hits[label] / max(1, said[label]) for label in LABELS}
    recall = {label: hits[label] / max(1, have[label]) for label in LABELS}
    f1 = {label: 2 * hits[label] / max(1, said[label] + have[label]) for label in LABELS}
    return Quality(precision, recall, f1)


def measured(scorer: SentimentPort, threshold: float, data: Labelled) -> Quality:
    told = [label_of(scorer.compound(plain_text(text)), threshold) for text, _ in data]
    return quality([label for _, label in data], told)


def per_second(scorer: SentimentPort, texts: Sequence[str]) -> float:
    started = time.perf_counter()
    for text in texts:
        scorer.compound(plain_text(text))
    return len(texts) / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lm", type=Path, help="your copy of the Loughran-McDonald dictionary")
    parser.add_argument("--own", type=Path, help="a word;score list of yours")
    arguments = parser.parse_args()
    files = {
        "lexicon_file": arguments.own and str(arguments.own),
        "loughran_mcdonald_file": arguments.lm and str(arguments.lm),
    }
    scorers = [(Finance(Path.cwd()), CLASS_FROM), (Vader(), VADER_CLASS_FROM)]
    if any(files.values()):
        scorers.insert(1, (Finance(Path.cwd(), **files), CLASS_FROM))
    sets = {
        "PhraseBank, all (held out)": phrasebank(arguments.data),
        "PhraseBank, 100 % agreed (held out)": phrasebank(arguments.data, 100),
        "SEntFiN, one label (development)": sentfin(arguments.data),
        "FiQA headlines (development)": fiqa(arguments.data),
    }
    print("| set | sentences neg / neutral / pos | scorer | macro-F1 |", end="")
    print("".join(f" {label}: P / R |" for label in LABELS))
    print("|---|---|---|---|" + "---|" * len(LABELS))
    for name, data in sets.items():
        counts = Counter(label for _, label in data)
        shares = " / ".join(f"{counts[label]:,}" for label in LABELS)
        for scorer, threshold in scorers:
            found = measured(scorer, threshold, data)
            cells = [f"{found.precision[x]:.3f} / {found.recall[x]:.3f}" for x in LABELS]
            print(f"| {name} | {shares} | {scorer.name} | {found.macro_f1:.3f} |", end="")
            print("".join(f" {cell} |" for cell in cells))
    texts = [text for text, _ in sets["SEntFiN, one label (development)"]]
    speeds: dict[str, list[float]] = defaultdict(list)
    for _ in range(arguments.rounds):
        for scorer, _threshold in scorers:
            speeds[scorer.name].append(per_second(scorer, texts))
    print("\n| scorer | headlines/s |\n|---|---|")
    for scorer_name, found_speeds in speeds.items():
        print(f"| {scorer_name} | {median(found_speeds):,.0f} |")


if __name__ == "__main__":
    main()
