"""Real money needs three acts at once; every other combination stops the start."""

from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest

from fin_agent.composition.live_acts import check_account
from fin_agent.composition.loading import Choices, Loaded, load
from fin_agent.composition.secrets import read_secrets
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.venue import VenueAccount

ACCOUNT = "PA3XYZ"
REAL = VenueAccount(ACCOUNT, is_live=True)
PAPER = VenueAccount(ACCOUNT, is_live=False)


def loaded(profile: str | None, live: bool, typed: str | None, broker: str) -> Loaded:
    environment: Mapping[str, str] = {} if typed is None else {"FIN_AGENT_LIVE_ACCOUNT": typed}
    choices = Choices(None, profile, (f"broker.live={live}", f"broker.use={broker}"))
    return load(choices, environment)


@pytest.mark.parametrize(
    ("profile", "live", "typed", "broker", "account"),
    list(
        product(
            ("prod", "paper"),
            (True, False),
            (ACCOUNT, "PA3ABC"),
            ("alpaca", "paper"),
            (REAL, PAPER),
        )
    ),
)
def test_only_one_of_32_combinations_reaches_real_money(
    profile: str, live: bool, typed: str, broker: str, account: VenueAccount
) -> None:
    wants_money = live and profile == "prod" and broker == "alpaca" and typed == ACCOUNT
    may_trade = account.is_live and wants_money
    may_paper = not account.is_live and not live
    try:
        found = loaded(profile, live, typed, broker)
        check_account(found.settings, found.secrets, account)
    except ConfigError:
        assert not may_trade
        assert not may_paper
    else:
        assert may_trade or may_paper


def test_every_missing_act_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as told:
        loaded("paper", live=True, typed=None, broker="paper")

    assert told.value.problems == (
        "broker.live: 'paper' trades no real money; name a broker",
        "broker.live: real money needs --profile prod",
        "broker.live: type the account id into FIN_AGENT_LIVE_ACCOUNT",
    )


def test_the_typed_account_is_never_shown() -> None:
    found = loaded("prod", live=True, typed=ACCOUNT, broker="alpaca")

    with pytest.raises(ConfigError) as told:
        check_account(found.settings, found.secrets, VenueAccount("PA9OTHER", is_live=True))
    assert ACCOUNT not in str(told.value)
    assert ACCOUNT not in repr(found)


def test_a_secret_comes_from_a_variable_before_a_file(tmp_path: Path) -> None:
    (tmp_path / "alpaca_key_id").write_text("from-file\n")
    (tmp_path / "alpaca_secret_key").write_text("also-from-file\n")
    folder = {"FIN_AGENT_SECRETS_DIR": str(tmp_path)}

    found = read_secrets({**folder, "ALPACA_KEY_ID": "from-variable"})

    assert found.needed("alpaca_key_id", "x").get_secret_value() == "from-variable"
    assert found.needed("alpaca_secret_key", "x").get_secret_value() == "also-from-file"
    assert "from" not in repr(found)


def test_a_missing_secret_says_where_it_is_looked_for() -> None:
    with pytest.raises(ConfigError, match="broker: set FINNHUB_API_KEY in the environment"):
        read_secrets({}).needed("finnhub_api_key", "broker")
