"""The demo days and a day the agent has lived, for commands that need something stored."""

from tests.acceptance.demo_days import demo_days, laid_out
from tests.entrypoints.live_days import after_day, lived

__all__ = ["after_day", "demo_days", "laid_out", "lived"]
