"""Headline sentiment by a classifier of your own in the ONNX format, such as FinBERT."""

from hashlib import file_digest
from math import exp
from pathlib import Path
from typing import Any, Literal

from fin_agent.adapters.wording.word_pieces import WordPieces
from fin_agent.domain.errors import ConfigError
from fin_agent.ports import SentimentPort

_MOST_PIECES = 128

Label = Literal["positive", "negative", "neutral"]


class Onnx(SentimentPort):
    """A BERT classifier on the processor; the compound is P(positive) - P(negative).

    No model comes with the program, and ``onnxruntime`` is the extra ``onnx``. ``model_file`` takes
    ``input_ids``, ``attention_mask`` and, if it wants, ``token_type_ids``, and answers one logit a
    label in the order of ``labels``; ``vocabulary_file`` is its uncased ``vocab.txt``. Both are
    absolute or in the ``sentiment`` folder of the data directory. Scores may differ in the last
    digits between processors, so a day replays to the same hash on the same machine only.
    """

    def __init__(
        self,
        folder: Path,
        *,
        model_file: str,
        vocabulary_file: str,
        labels: tuple[Label, Label, Label] = ("positive", "negative", "neutral"),
    ) -> None:
        """Load the model.

        Raises:
            ConfigError: onnxruntime is not installed, or a file or the labels are wrong.
        """
        if len(set(labels)) != len(labels):
            raise ConfigError([f"sentiment.options.labels: {', '.join(labels)} name one twice"])
        model = folder / Path(model_file).expanduser()
        vocabulary = folder / Path(vocabulary_file).expanduser()
        self._pieces = WordPieces.read(vocabulary)
        self._session = _session(model)
        self._inputs = [wanted.name for wanted in self._session.get_inputs()]
        self._labels = labels
        self._check(model)
        self.name = f"onnx-{_fingerprint(model)}-{_fingerprint(vocabulary)}"

    def compound(self, text: str) -> float:
        logits = self._logits(self._pieces.numbers_of(text, _MOST_PIECES))
        weights = [exp(logit - max(logits)) for logit in logits]
        shares = dict(zip(self._labels, weights, strict=True))
        return (shares["positive"] - shares["negative"]) / sum(weights)

    def _logits(self, numbers: list[int]) -> list[float]:
        import numpy as np

        told = {
            "input_ids": np.array([numbers], dtype=np.int64),
            "attention_mask": np.ones((1, len(numbers)), dtype=np.int64),
            "token_type_ids": np.zeros((1, len(numbers)), dtype=np.int64),
        }
        answer = self._session.run(None, {name: told[name] for name in self._inputs})
        return [float(logit) for logit in answer[0][0]]

    def _check(self, model: Path) -> None:
        """Ask once, about the last piece: the model must know it and answer every label."""
        from onnxruntime.capi import onnxruntime_pybind11_state as state

        try:
            logits = self._logits([self._pieces.last])
        except (state.Fail, state.InvalidArgument) as error:
            raise ConfigError([f"{model}: does not fit its vocabulary ({error})"]) from error
        if len(logits) != len(self._labels):
            raise ConfigError([f"{model}: answers {len(logits)} numbers, not one a label"])


def _session(model: Path) -> Any:  # noqa: ANN401 - the package has no types
    try:
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as state
    except ModuleNotFoundError as error:
        need = "needs onnxruntime, which is not installed: pip install 'fin-agent[onnx]'"
        raise ConfigError([f"sentiment.use: plug-in 'onnx' {need}"]) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # the same sum every time
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except (state.Fail, state.InvalidGraph, state.InvalidProtobuf, state.NoSuchFile) as error:
        raise ConfigError([f"{model}: cannot be read as a model ({error})"]) from error
    strange = {i.name for i in session.get_inputs()} - {
        "input_ids",
        "attention_mask",
        "token_type_ids",
    }
    if strange:
        raise ConfigError([f"{model}: wants unknown inputs {', '.join(sorted(strange))}"])
    return session


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()[:8]
