"""What the pages ask the agent. An answer that cannot be had now is the last one, with its age."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from fin_agent.entrypoints.api.models.base import Page
from fin_agent.entrypoints.dashboard.wire import Question, Refused, Unreachable, WirePort

Model = TypeVar("Model", bound=BaseModel)
Query = Mapping[str, object]

_MOST_KEPT = 48  # answers a browser session: one page needs at most a dozen
QUICK_S, SLOW_S = 5.0, 60.0
_ROWS = "500"
_MOST_PAGES = 40
_FRESH_S = 0.7  # the parts of a page that ask the same within one look get one answer


@dataclass(frozen=True, slots=True)
class Seen(Generic[Model]):
    """An answer; ``age_s`` is None when it is from now.

    ``problem`` says why there is none from now; ``value`` is None when there never was one.
    """

    value: Model | None
    age_s: float | None = None
    problem: str | None = None
    is_unreachable: bool = False


class Kept:
    """The last good answers of one browser session, the least used forgotten first."""

    def __init__(self, elapsed: Callable[[], float] = monotonic) -> None:
        self._elapsed = elapsed
        self._answers: OrderedDict[str, tuple[float, BaseModel]] = OrderedDict()

    def keep(self, name: str, answer: BaseModel) -> None:
        self._answers[name] = (self._elapsed(), answer)
        self._answers.move_to_end(name)
        while len(self._answers) > _MOST_KEPT:
            self._answers.popitem(last=False)

    def last(self, model: type[Model], name: str) -> tuple[float, Model] | None:
        """How old the last answer is, in seconds, and the answer."""
        found = self._answers.get(name)
        if found is None or not isinstance(found[1], model):
            return None
        return self._elapsed() - found[0], found[1]

    def fresh(self, model: type[Model], name: str) -> Model | None:
        """The last answer when it is from this very look."""
        found = self.last(model, name)
        return found[1] if found is not None and found[0] < _FRESH_S else None

    def outdate(self) -> None:
        """Something was done: what was answered before is no answer to the next look."""
        self._answers = OrderedDict(
            (name, (at - _FRESH_S, answer)) for name, (at, answer) in self._answers.items()
        )


class Client:
    """Questions of one browser session; the token for acting lives as long as that."""

    def __init__(self, wire: WirePort, kept: Kept | None = None) -> None:
        self._wire = wire
        self._kept = kept or Kept()
        self.control_token: str | None = None

    def read(
        self,
        model: type[Model],
        path: str,
        query: Query | None = None,
        *,
        timeout_s: float = QUICK_S,
    ) -> Seen[Model]:
        """A GET route's answer, now or the last one."""
        question = Question(path, _spelt(query), timeout_s=timeout_s)
        name = f"{model.__name__} {question.target}"
        just_now = self._kept.fresh(model, name)
        if just_now is not None:
            return Seen(just_now)
        try:
            answer = model.model_validate_json(self._wire.ask(question))
        except Unreachable as error:
            return self._from_before(model, name, str(error))
        except Refused as error:
            return Seen(None, problem=_in_full(error))
        except ValidationError:
            return Seen(
                None,
                problem="the agent's answer is not understood: agent and dashboard are of"
                " different versions; restart fin-agent dashboard",
            )
        self._kept.keep(name, answer)
        return Seen(answer)

    def _from_before(self, model: type[Model], name: str, problem: str) -> Seen[Model]:
        last = self._kept.last(model, name)
        if last is None:
            return Seen(None, problem=problem, is_unreachable=True)
        return Seen(last[1], age_s=last[0], problem=problem, is_unreachable=True)

    def read_all(self, model: type[Model], path: str, query: Query | None = None) -> Seen[Model]:
        """All pages of a list as one; the other keys are the first page's."""
        asked = {"limit": _ROWS, **(query or {})}
        first = self.read(model, path, asked)
        if not isinstance(first.value, Page):
            return first
        rows, cursor = list(first.value.items), first.value.next_cursor
        for _ in range(_MOST_PAGES):
            if cursor is None:
                break
            more = self.read(model, path, {**asked, "cursor": cursor})
            if not isinstance(more.value, Page):
                return Seen(None, problem=more.problem, is_unreachable=more.is_unreachable)
            rows += more.value.items
            cursor = more.value.next_cursor
        whole = first.value.model_copy(
            update={"items": rows, "count": len(rows), "next_cursor": cursor}
        )
        return Seen(whole, first.age_s, first.problem, first.is_unreachable)

    def fetch(self, path: str, query: Query) -> bytes:
        """A file.

        Raises:
            Unreachable, Refused: as the wire says.
        """
        return self._wire.ask(Question(path, _spelt(query), timeout_s=SLOW_S))

    def act(self, model: type[Model], path: str, body: BaseModel, key: str) -> Model:
        """Do something, at most once for a key.

        Raises:
            Unreachable: nobody answers; asking again with the same key is safe.
            Refused: the answer is no, or no control token has been entered.
        """
        if self.control_token is None:
            raise Refused("enter the control token first", "it is asked for at the top of the page")
        text = body.model_dump_json(exclude_none=True).encode()
        question = Question(path, {}, text, key, SLOW_S)
        self._kept.outdate()
        try:
            return model.model_validate_json(self._wire.ask(question, self.control_token))
        except ValidationError as error:
            raise Refused(
                "the agent's answer is not understood; look at fin-agent status"
            ) from error


def _spelt(query: Query | None) -> dict[str, str]:
    return {name: str(value) for name, value in (query or {}).items() if value is not None}


def _in_full(error: Refused) -> str:
    return f"{error.detail}; {error.remedy}" if error.remedy else error.detail
