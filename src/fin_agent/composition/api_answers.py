"""Where the API keeps what it answered to each idempotency key."""

from fin_agent.adapters.persistence.answers import AnswerFile, Remembered
from fin_agent.composition.bootstrap import App

__all__ = ["AnswerFile", "Remembered", "answer_file"]


def answer_file(app: App) -> AnswerFile:
    """The file of a data directory; it is made with the first answer."""
    return AnswerFile(app.data_dir / "api" / "answers.db")
