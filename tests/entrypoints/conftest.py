"""The demo days, for commands that need something stored."""

from tests.acceptance.demo_days import demo_days, laid_out

__all__ = ["demo_days", "laid_out"]
