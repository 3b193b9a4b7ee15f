"""Which words count: a direction by what it moves, figures by their comparison."""

import pytest

from fin_agent.adapters.wording.tables import built_in
from fin_agent.adapters.wording.tokens import amounts, words_of
from fin_agent.adapters.wording.vocabulary import Vocabulary
from fin_agent.adapters.wording.weighing import weighed

VOCABULARY = Vocabulary(built_in())


def counted(text: str) -> list[float]:
    return [word for word in weighed(text, VOCABULARY) if isinstance(word, float)]


@pytest.mark.parametrize(
    ("text", "valences"),
    [
        ("profit rises", [1.9]),
        ("profit falls", [-1.9]),
        ("costs rise", [-1.9]),
        ("costs fall", [1.9]),
        ("a fall in costs", [1.9]),
        ("cuts 500 jobs", [-1.9]),
        ("raises full-year profit outlook", [1.9]),
        ("profit rises while costs fall", [1.9, 1.9]),
        ("profit, excluding items, rises", [1.9]),
        ("sales growth slows", [-1.9]),  # growth, good by itself, is what slows
        ("stake rises", []),
        ("rises 5%", [1.3]),  # nobody says what
        ("raises the question", []),
        ("net loss", [-1.5]),
        ("net loss narrows", [1.9]),
        ("stop loss", []),
    ],
)
def test_a_direction_counts_by_what_it_moves(text: str, valences: list[float]) -> None:
    assert counted(text) == valences


@pytest.mark.parametrize(
    ("text", "valences"),
    [
        ("profit was EUR 5 mn compared to EUR 3 mn", [1.8]),
        ("profit was EUR 3 mn compared with EUR 5 mn", [-1.8]),
        ("profit was EUR 5 mn compared to EUR 5 mn", []),
        ("loss was EUR 5 mn versus EUR 3 mn", [-1.8]),
        ("loss was EUR 3 mn vs 5 mn", [1.8]),
        ("profit of 1 mn against a loss of 9 mn", [1.8]),
        ("loss of 1 mn against a profit of 9 mn", [-1.8]),
        ("sales 1.1 bn (900 mn)", [1.8]),
        ("sales EUR 52 mn (48)", [1.8]),  # the scale is said once
        ("margin was 5 % compared with 6 %", [-1.8]),
        ("sales of EUR 5 mn in 2009 from EUR 3 mn", [1.8]),
        ("profit of 5 % against 3 mn", []),  # no comparison of one thing
        ("stake of 5 % against 3 %", []),
        ("paid EUR 5 mn compared to EUR 3 mn", []),
        ("profit rose to 5 mn from 3 mn", [1.9]),  # once, not twice
    ],
)
def test_figures_count_by_their_comparison(text: str, valences: list[float]) -> None:
    assert counted(text) == valences


def test_words_that_say_nothing_stay_for_negation_and_degree() -> None:
    assert weighed("Profit did not rise: slightly", VOCABULARY) == [
        "profit",
        "did",
        "not",
        1.9,
        "slightly",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("EUR 5.2 mn", [(5.2, 1e6, False)]),
        ("$1,234.5", [(1234.5, None, False)]),
        ("5 pct, 6 per cent and 7%", [(5, None, True), (6, None, True), (7, None, True)]),
        ("Rs 40 crore", [(40, 1e7, False)]),
        ("in 2009", []),
        ("EUR 2009", [(2009, None, False)]),
        ("28.02.2008", []),
        ("9" * 40, []),
        ("\u0665", []),
    ],
)
def test_amounts(text: str, found: list[tuple[float, float | None, bool]]) -> None:
    told = amounts(words_of(text))

    assert [(a.number, a.scale, a.is_percent) for a in told] == found


def test_words() -> None:
    assert words_of("Acme's year-on-year sales \u2014 up 5%; S&P isn't") == [
        *("acme", "year", "on", "year", "sales", ";", "up", "5", "%", ";", "s&p", "isn't"),
    ]
