"""The three acts without which nothing can send a live order (design section 6).

The profile ``prod``, ``broker.live: true``, and the account id typed in the environment, which
must be the broker's own. Any other combination stops the start with exit code 78.
"""

from fin_agent.composition.secrets import Secrets
from fin_agent.composition.settings import AppSettings
from fin_agent.domain.errors import ConfigError
from fin_agent.domain.venue import VenueAccount

PROFILE = "prod"
VARIABLE = "FIN_AGENT_LIVE_ACCOUNT"
_PAPER = ("paper", "manual")


def missing_acts(settings: AppSettings, profile: str | None, secrets: Secrets) -> list[str]:
    """What is missing for real money when the settings ask for it; empty when they do not."""
    if not settings.broker.live:
        return []
    problems = []
    if settings.broker.use in _PAPER:
        problems.append(f"broker.live: {settings.broker.use!r} trades no real money; name a broker")
    if profile != PROFILE:
        problems.append(f"broker.live: real money needs --profile {PROFILE}")
    if secrets.fin_agent_live_account is None:
        problems.append(f"broker.live: type the account id into {VARIABLE}")
    return problems


def check_account(settings: AppSettings, secrets: Secrets, account: VenueAccount) -> None:
    """Compare what was typed with what the broker says.

    Raises:
        ConfigError: it is another account, or another kind of account.
    """
    asked = settings.broker.live
    if account.is_live != asked:
        kind, wanted = ("real", "a paper one") if account.is_live else ("paper", "a real one")
        raise ConfigError([f"broker: account {account.account_id} is {kind}, asked was {wanted}"])
    typed = secrets.fin_agent_live_account
    if asked and (typed is None or typed.get_secret_value() != account.account_id):
        raise ConfigError([f"{VARIABLE}: not the id of the account at the broker"])
