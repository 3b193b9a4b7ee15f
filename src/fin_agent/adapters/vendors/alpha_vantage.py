"""Alpha Vantage: the key is a query parameter, and a refusal comes with HTTP 200."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from fin_agent.adapters.http.body import drift, json_of
from fin_agent.adapters.http.failure import Failure
from fin_agent.adapters.http.lane import Lane
from fin_agent.adapters.http.network import VendorApi
from fin_agent.adapters.http.questions import Asking, Told

T = TypeVar("T")


class AlphaVantageApi:
    """The one endpoint, ``/query``."""

    def __init__(self, api: VendorApi) -> None:
        self._api = api

    @property
    def lane(self) -> Lane:
        return self._api.lane

    async def query(
        self, function: str, params: Mapping[str, str], model: TypeAdapter[T], ask: Asking
    ) -> Told[T]:
        """A function's answer in the shape of a type.

        Raises:
            Unavailable: no answer.
            Refused: the day's calls are used up, or the function must be paid for.
        """

        def decode(body: bytes) -> T:
            value = json_of(body)
            refusal = _refusal(value)
            if refusal is not None:
                raise refusal
            try:
                return model.validate_python(value)
            except ValidationError as error:
                raise Failure(f"changed its format: {drift(error)}") from None

        return await self._api.read("/query", {"function": function, **params}, decode, ask)


def _refusal(value: object) -> Failure | None:
    """What "Information", "Note" and "Error Message" mean; all come as successes."""
    if not isinstance(value, dict):
        return None
    text = str(value.get("Information") or value.get("Note") or "").casefold()
    if "premium" in text and "rate limit" not in text:
        return Failure("wants to be paid for this", is_refusal=True)
    if text:
        return Failure("has no call left for this key", is_refusal=True)
    if "Error Message" in value:
        return Failure("does not know what was asked for", is_refusal=True)
    return None
