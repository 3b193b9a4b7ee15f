"""Demo days and recorded days for the tests of whole commands."""

from tests.acceptance.demo_days import demo_days, laid_out
from tests.acceptance.recorded_days import example_days, example_store, recorded

__all__ = ["demo_days", "example_days", "example_store", "laid_out", "recorded"]
