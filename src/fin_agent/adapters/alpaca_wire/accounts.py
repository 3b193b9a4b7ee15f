"""Alpaca's account and position documents as the core's values."""

from collections.abc import Mapping
from decimal import Decimal

from fin_agent.adapters.alpaca_wire.orders import number
from fin_agent.domain.errors import InvalidValue
from fin_agent.domain.venue import VenueAccount

_SIDES = {"long": 1, "short": -1}
_BLOCKS = ("trading_blocked", "account_blocked", "trade_suspended_by_user")


def account_of(document: object, *, is_live: bool) -> VenueAccount:
    """The account; blocked unless Alpaca says that it is active and not blocked.

    Raises:
        InvalidValue: it has no number.
    """
    if not isinstance(document, dict):
        raise InvalidValue(f"expected an account, got {type(document).__name__}")
    account_id = document.get("account_number")
    if not isinstance(account_id, str) or not account_id:
        raise InvalidValue("the answer has no account number")
    is_open = document.get("status") == "ACTIVE" and all(
        document.get(block) is False for block in _BLOCKS
    )
    return VenueAccount(account_id, is_live=is_live, is_blocked=not is_open)


def held_shares(document: object) -> Mapping[str, Decimal]:
    """Signed shares by symbol; Alpaca writes short ones with a minus.

    Raises:
        InvalidValue: a position cannot be read; then none of them counts.
    """
    if not isinstance(document, list):
        raise InvalidValue(f"expected a list of positions, got {type(document).__name__}")
    return dict(_position(item) for item in document)


def _position(item: object) -> tuple[str, Decimal]:
    if not isinstance(item, dict):
        raise InvalidValue(f"expected a position, got {type(item).__name__}")
    symbol, side, shares = item.get("symbol"), item.get("side"), item.get("qty")
    if not isinstance(symbol, str) or not symbol or side not in _SIDES:
        raise InvalidValue(f"a position in {symbol!r:.40} on side {side!r:.40}")
    is_negative = isinstance(shares, str) and shares.startswith("-")
    if is_negative and side == "long":
        raise InvalidValue(f"{symbol}: long {shares} shares")
    count = number(shares.removeprefix("-") if isinstance(shares, str) else shares, "qty")
    return symbol, _SIDES[side] * count
