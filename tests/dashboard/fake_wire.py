"""An agent that answers from documents; the contract test holds it against the real wire."""

from collections.abc import Mapping

from pydantic import BaseModel

from fin_agent.entrypoints.dashboard.wire import Question, Refused, Unreachable, WirePort
from tests.dashboard.answers import acted, answers

READ_TOKEN, CONTROL_TOKEN = "reading", "acting"


class FakeWire(WirePort):
    """Answers by path; remembers what was done, and does nothing twice for one key."""

    def __init__(
        self,
        documents: Mapping[str, BaseModel] | None = None,
        done: Mapping[str, BaseModel] | None = None,
    ) -> None:
        self.documents = dict(answers() if documents is None else documents)
        self.replies = dict(acted() if done is None else done)
        self.files = {"csv": b"symbol\nAXLO\n", "parquet": b"PAR1"}
        self.asked: list[Question] = []
        self.done: list[Question] = []
        self.is_there = True
        self._answered: dict[str, bytes] = {}

    def ask(self, question: Question, token: str | None = None) -> bytes:
        self.asked.append(question)
        if not self.is_there:
            raise Unreachable("the agent does not answer (Connection refused)")
        if question.body is None:
            return self._read(question)
        return self._act(question, token)

    def _read(self, question: Question) -> bytes:
        if question.path == "/v1/journal/export":
            return self.files[question.query["kind"]]
        found = self.documents.get(question.path)
        if found is None:
            raise Refused("there is nothing of that name", "look at /docs", 404)
        return found.model_dump_json().encode()

    def _act(self, question: Question, token: str | None) -> bytes:
        if token != CONTROL_TOKEN:
            raise Refused("this token may not do that", "use the control token", 403)
        if question.key is None:
            raise Refused("Idempotency-Key is missing", None, 400)
        if question.key not in self._answered:
            self.done.append(question)
            self._answered[question.key] = self.replies[question.path].model_dump_json().encode()
        return self._answered[question.key]
