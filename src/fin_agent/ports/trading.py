"""Where orders go, and what the person says meanwhile."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from fin_agent.domain.control import ControlRequest
from fin_agent.domain.exits import ExitIntent
from fin_agent.domain.notice import Message
from fin_agent.domain.order import OrderIntent
from fin_agent.domain.session import TradingSession, VenueHours
from fin_agent.domain.venue import OrderReport, VenueAccount
from fin_agent.ports.market import MinuteBars


class OrderPort(ABC):
    """A venue. Every write is a request; only its reports are facts.

    Raises, from every method that sends: Unavailable (proved not accepted, the same id may be sent
    again later), AlreadyKnown (the venue has this id: look it up), Refused (the venue said no),
    Ambiguous (the request may have arrived: look it up, never resend blindly).
    """

    @abstractmethod
    async def submit(self, intent: OrderIntent, session: TradingSession) -> OrderReport:
        """Send an approved entry with its stop and target; the same id twice is the same order."""

    @abstractmethod
    async def cancel(self, client_order_id: str) -> None:
        """Ask for the rest of an entry order to be taken back."""

    @abstractmethod
    async def release(self, client_order_id: str) -> bool:
        """Ask for everything of an order that still works to be taken back, its legs included.

        True when nothing of it can fill any more, so that an exit may be sent.
        """

    @abstractmethod
    async def exit(self, intent: ExitIntent) -> OrderReport:
        """Send a way out: at market, or a protective pair when it has a stop and a target."""

    @abstractmethod
    def drain(self) -> Sequence[OrderReport]:
        """The reports that came in since the last call, in order; never blocks."""

    @abstractmethod
    async def find(self, client_order_id: str) -> OrderReport | None:
        """What the venue knows of an order; None when it never saw it."""

    @abstractmethod
    async def orders(self, since: datetime) -> Sequence[OrderReport]:
        """Every order that works now or was made since, foreign ones included."""

    @abstractmethod
    async def positions(self) -> Mapping[str, Decimal]:
        """Signed shares by symbol as the venue sees them."""

    @abstractmethod
    async def account(self) -> VenueAccount:
        """The account behind the orders."""

    async def hours(self) -> VenueHours | None:
        """The venue's own clock and hours, None when it does not tell them.

        Raises:
            Unavailable: no answer.
            Refused: the keys are not accepted.
        """
        return None

    async def close(self) -> None:  # noqa: B027 - most venues hold nothing open
        """Release connections."""


class SimulatedVenue(OrderPort):
    """A venue that fills from bars: paper, replay and backtest."""

    @abstractmethod
    def on_bars(self, minute: MinuteBars) -> None:
        """Fill what one completed minute fills; the reports wait in ``drain``."""

    @abstractmethod
    def at_close(self) -> None:
        """Mark out whatever is left when the session ends."""


class ControlPort(ABC):
    """What the person says while the agent works; each way works when the database is locked."""

    @abstractmethod
    def kill_reason(self) -> str | None:
        """Why nothing may be sent, None when sending is allowed; never blocks, never raises."""

    @abstractmethod
    def requests(self) -> Sequence[ControlRequest]:
        """Requests that wait for an answer, oldest first."""

    @abstractmethod
    def answer(self, request: ControlRequest, outcome: Mapping[str, object]) -> None:
        """Say what came of a request."""


class NotifierPort(ABC):
    """A channel to a person. Its text is plain: whatever it carries must not act as markup.

    ``is_away`` says whether the person gets it without sitting at this machine.
    """

    is_away: ClassVar[bool] = True

    @abstractmethod
    async def send(self, message: Message) -> None:
        """Send one message; returning means that the channel has it.

        Raises:
            Unavailable: it could not be sent now.
            Refused: the channel will not take it however often it is tried: a wrong address or key.
        """

    async def close(self) -> None:  # noqa: B027 - most channels hold nothing open
        """Release connections."""
