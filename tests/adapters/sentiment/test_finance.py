"""What headlines of the financial press mean, and that the scorer always says the same."""

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.sentiment.finance import VERSION, Finance
from fin_agent.adapters.wording.tables import TABLES, table_text
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.news import plain_text

NOWHERE = Path("/nowhere")
FINANCE = Finance(NOWHERE)
CLEAR = 0.25

GOOD = """\
Acme beats profit forecasts and raises guidance
Operating profit rose to EUR 13.1 mn from EUR 8.7 mn in the corresponding period
Profit of EUR 5.2 mn, up from EUR 3.1 mn a year earlier
Operating loss narrowed to EUR 0.8 mn from EUR 1.3 mn
Operating profit amounted to EUR 9.7 mn compared to EUR 7.0 mn in 2008
Net sales totalled EUR 52.0 mn ( 48.1 )
Net profit was EUR 1.2 mn compared with a loss of EUR 0.4 mn
Acme cuts costs
Net loss shrank
Acme swings to profit
Loss per share narrowed to $0.02
The order backlog grew by 12 % to EUR 61 mn
Operating margin improved from 4.5 % to 6.1 %
Cost growth slows
Acme reduces net debt
Acme to be acquired by Beta at a premium
Acme wins FDA approval
Analyst upgrades Acme to buy
Acme shares soar 20%
Acme does not cut dividend
Acme: loss was 1.2 bn against 900 mn in costs, but profit soars"""

BAD = """\
Acme misses estimates and cuts guidance
Net sales decreased to EUR 49.8 mn from EUR 59.9 mn
Pretax loss totalled EUR 0.3 mn, compared to a profit of EUR 2.2 mn
Profit was EUR 3.1 mn, down from EUR 5.2 mn
Operating loss widened to EUR 1.3 mn
Net sales totalled EUR 48.1 mn (EUR 52.0 mn)
Turnover was EUR 10 mn versus EUR 12 mn a year ago
Loss was EUR 3 mn compared with EUR 1 mn
Acme issues profit warning
Acme cuts dividend
Costs rise as sales fall
Sales growth slows
Acme swung to a loss
Acme to lay off 50 employees
Acme files for bankruptcy
SEC probe into Acme widens
Acme recalls 2 million cars
Profit did not rise
Sales volumes fell short of expectations
Broker downgrades Acme
Acme shares plunge 20% on weak demand
Acme's order intake dropped
Expenses increased"""

NEITHER = """\
Acme names new finance chief
The company's holding in Acme fell below 5 % of the share capital
The total value of the deal is EUR 30 mn
Acme is a Helsinki-based company with 300 employees
The annual general meeting will be held on 3 March 2009
Sales totalled EUR 20 mn
Acme: stop loss at 300
Results on 28.02.2008
Profit was EUR 5 mn compared to EUR 5 mn
"""


@pytest.mark.parametrize("text", GOOD.splitlines())
def test_good_news(text: str) -> None:
    assert FINANCE.compound(text) >= CLEAR


@pytest.mark.parametrize("text", BAD.splitlines())
def test_bad_news(text: str) -> None:
    assert FINANCE.compound(text) <= -CLEAR


@pytest.mark.parametrize("text", [*NEITHER.splitlines(), "", "1", "$", ",", "_", "!" * 50])
def test_no_news(text: str) -> None:
    assert abs(FINANCE.compound(text)) < CLEAR


def test_more_is_said_by_stronger_words() -> None:
    scores = [FINANCE.compound(f"Acme profit {word}") for word in ("edges up", "rises", "soars")]

    assert 0 < scores[0] < scores[1] < scores[2]


def test_letters_case_and_dashes_do_not_matter() -> None:
    same = [
        "Acme in 5-year profit slump",
        "ACME IN 5 YEAR PROFIT SLUMP",
        "Acme in 5 year profit slump",
    ]

    assert len({FINANCE.compound(text) for text in same}) == 1


SCORES = {text: FINANCE.compound(text) for text in [*GOOD.splitlines(), *BAD.splitlines()]}
PIECES = (
    "profit loss rose fell to from ( ) , ; EUR 1.5 1,5 28.02.2008 9e999 mn % not but no costs "
    "v+40 < > & -- ' \u0661 \u00b2 \u202e compared with up"
)
HOSTILE = st.text() | st.lists(st.sampled_from(PIECES.split())).map(" ".join)


@given(HOSTILE)
def test_any_text_has_a_score_and_always_the_same(text: str) -> None:
    plain = plain_text(text)
    score = FINANCE.compound(plain)

    assert -1 <= score <= 1
    assert -1 <= FINANCE.compound(text) <= 1  # a caller that forgot to clean it
    assert Finance(NOWHERE).compound(plain) == score


@given(st.permutations([*GOOD.splitlines(), *BAD.splitlines()]))
def test_what_was_scored_before_does_not_matter(texts: list[str]) -> None:
    assert {text: FINANCE.compound(text) for text in texts[:5]}.items() <= SCORES.items()


def test_the_version_changes_with_the_words_and_the_rules() -> None:
    """A recorded score names its version: change any word or rule, and VERSION must change."""
    words = sha256("".join(table_text(name) for name in TABLES).encode()).hexdigest()[:12]
    lines = [*GOOD.splitlines(), *BAD.splitlines(), *NEITHER.splitlines()]
    scores = sha256(repr([FINANCE.compound(line) for line in lines]).encode()).hexdigest()[:12]

    assert (VERSION, words, scores) == ("finance-headlines-1", "f87c3cc3d33f", "740147fc5b5a")


def test_a_list_of_ones_own_wins_and_is_in_the_name(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("# mine\n\nmoonshot;4\nprofit warning;0\nsoars;-1.5\n")
    own = Finance(tmp_path, lexicon_file="mine.txt")

    assert own.compound("Acme moonshot") > 0.7
    assert FINANCE.compound("Acme moonshot") == 0
    assert own.compound("Profit warning of Acme") == 0
    assert own.compound("Acme soars") < 0
    assert own.name.startswith("finance-headlines-1+own-")
    (tmp_path / "mine.txt").write_text("moonshot;3\n")
    assert Finance(tmp_path, lexicon_file="mine.txt").name != own.name


@pytest.mark.parametrize(
    "line", ["moonshot", "moonshot;", "moonshot;x", ";2", "moonshot;5", "x;nan"]
)
def test_a_line_that_is_no_word_and_score_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "mine.txt").write_text(f"fine;1\n{line}\n")

    with pytest.raises(ConfigError, match=r"mine\.txt: line 2 is no `word;score`"):
        Finance(tmp_path, lexicon_file="mine.txt")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.txt: cannot be read"):
        Finance(tmp_path, lexicon_file="none.txt")


HEADER = (
    "Word,Seq_num,Word Count,Word Proportion,Average Proportion,Std Dev,Doc Count,Negative,"
    "Positive,Uncertainty,Litigious,Strong_Modal,Weak_Modal,Constraining,Complexity,Syllables,Source"
)


def listed(word: str, negative: str = "0", positive: str = "0") -> str:
    return f"{word},1,9,1E-08,1E-08,1E-06,7,{negative},{positive},0,0,0,0,0,0,3,12of12inf"


def test_the_dictionary_of_loughran_and_mcdonald(tmp_path: Path) -> None:
    rows = [
        listed("ABERRATIONAL", "2009"),
        listed("ACCLAIMED", "0", "2009"),
        listed("REMOVED", "-2020"),
        listed("PROFIT", "2009"),  # ours wins
        listed("ABACK"),
    ]
    (tmp_path / "lm.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8-sig")
    scorer = Finance(tmp_path, loughran_mcdonald_file="lm.csv")

    assert scorer.compound("an aberrational year") < -CLEAR
    assert scorer.compound("an acclaimed product") > CLEAR
    assert scorer.compound("removed aback") == 0
    assert scorer.compound("profit rises") == FINANCE.compound("profit rises")
    assert scorer.name.startswith("finance-headlines-1+lm-")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Word,Positive\nA,0\n", "it lacks Negative"),
        ("", "it lacks Negative, Positive, Word"),
        (HEADER + "\n" + listed("BAD", "often"), "line 2 is no word with its years"),
        (HEADER + "\nBAD\n", "line 2 is no word with its years"),
    ],
)
def test_another_file_is_no_such_dictionary(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "lm.csv").write_text(text)

    with pytest.raises(ConfigError, match=reason):
        Finance(tmp_path, loughran_mcdonald_file="lm.csv")
