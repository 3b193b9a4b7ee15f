"""A classifier of the user's own, by a model small enough to be read here."""

import zlib
from base64 import b85decode
from importlib.util import find_spec
from pathlib import Path

import pytest

from fin_agent.adapters.sentiment.onnx import Onnx
from fin_agent.adapters.wording.word_pieces import WordPieces
from fin_agent.domain.errors import ConfigError

# Sums the rows of an 8 x 3 table that the piece numbers name: "rises" adds 3 to the first logit,
# "falls" 3 to the second, the start and end signs 0.25 each to the third.
MODEL = zlib.decompress(
    b85decode(
        b"c-noC!AiqG5Qa0mq1_C$4J$}{@UnOc_yQiZ#Dfs<qIl`0re@G3-A#3Ose1Aue1JZxiB=R^oWt<XH^VUV3vv3"
        b"vae}bMMB7#Hb6q(Jq<WX7f23zT#$o9_S+5&AH>Im37!_ZX&SwcS-;7}c3=a_uvhqbT6I60*-BTcXBTNwpTP7"
        b"J9#jnB=Pq3B98%wgcY#y|CD!HaA+|x}k*$72Vw5qgm<EULMW3TONRtq6`3OTHcyJ&x$|H}8X{kn_k^#3}FGA"
        b"SVK=j}6vU_b2Oi*;8Q0=95=^w+W!hoUbLxr9ZR+)V8_w==Vt;MN2=!hrypeD|2(d5lpy_yms-M#}"
    )
)
PIECES = "[PAD] [UNK] [CLS] [SEP] profit rises falls ##ing"

needs_runtime = pytest.mark.skipif(
    find_spec("onnxruntime") is None, reason="needs the extra `onnx` (onnxruntime)"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tiny.onnx").write_bytes(MODEL)
    (tmp_path / "vocab.txt").write_text(PIECES.replace(" ", "\n") + "\n")
    return tmp_path


def scorer(folder: Path, model: str = "tiny.onnx") -> Onnx:
    return Onnx(folder, model_file=model, vocabulary_file="vocab.txt")


@needs_runtime
def test_the_compound_is_what_speaks_for_good_less_what_speaks_for_bad(folder: Path) -> None:
    found = scorer(folder)

    # e^3, e^0 and e^0.5 as shares
    assert found.compound("Profit rises") == pytest.approx(0.839506, abs=1e-6)
    assert found.compound("profit falling, rises, falls") == 0
    assert found.compound("Profit falls") == -found.compound("Profit rises")
    assert found.compound("") == found.compound("\u4e2d \U0001f600") == 0
    assert scorer(folder).compound("Profit rises") == found.compound("Profit rises")


@needs_runtime
def test_the_name_is_the_model_and_its_vocabulary(folder: Path) -> None:
    before = scorer(folder).name
    (folder / "vocab.txt").write_text(PIECES.replace(" ", "\n").replace("profit", "margin"))

    assert before.startswith("onnx-")
    assert scorer(folder).name != before


@needs_runtime
def test_labels_come_in_the_order_of_the_model(folder: Path) -> None:
    found = Onnx(
        folder,
        model_file="tiny.onnx",
        vocabulary_file="vocab.txt",
        labels=("negative", "positive", "neutral"),
    )

    assert found.compound("Profit rises") < 0


@needs_runtime
@pytest.mark.parametrize(
    ("model", "reason"),
    [("none.onnx", "cannot be read as a model"), ("vocab.txt", "cannot be read as a model")],
)
def test_another_file_is_no_model(folder: Path, model: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        scorer(folder, model)


@needs_runtime
def test_a_vocabulary_of_another_model_is_refused(folder: Path) -> None:
    (folder / "vocab.txt").write_text((PIECES + " more").replace(" ", "\n"))

    with pytest.raises(ConfigError, match="does not fit its vocabulary"):
        scorer(folder)


@pytest.mark.skipif(find_spec("onnxruntime") is not None, reason="onnxruntime is installed")
def test_without_the_extra_the_start_says_what_to_install(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"needs onnxruntime.*pip install 'fin-agent\[onnx\]'"):
        scorer(folder)


def test_a_label_cannot_be_named_twice(folder: Path) -> None:
    with pytest.raises(ConfigError, match="name one twice"):
        Onnx(
            folder,
            model_file="tiny.onnx",
            vocabulary_file="vocab.txt",
            labels=("positive", "positive", "neutral"),
        )


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Profit rises", [2, 4, 5, 3]),
        ("PR\u00d3FIT falls", [2, 4, 6, 3]),
        ("fallsing", [2, 6, 7, 3]),
        ("risen!", [2, 1, 1, 3]),
        ("x" * 101, [2, 1, 3]),
        ("", [2, 3]),
        ("profit " * 50, [2, *[4] * 8, 3]),
    ],
)
def test_text_is_cut_into_the_longest_known_pieces(
    folder: Path, text: str, numbers: list[int]
) -> None:
    assert WordPieces.read(folder / "vocab.txt").numbers_of(text, 10) == numbers


def test_another_file_is_no_vocabulary(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("[UNK]\nprofit\n")

    with pytest.raises(ConfigError, match=r"lacks \[CLS\], \[SEP\]"):
        WordPieces.read(tmp_path / "vocab.txt")
    with pytest.raises(ConfigError, match="cannot be read"):
        WordPieces.read(tmp_path / "none.txt")
