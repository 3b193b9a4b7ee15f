"""fin_agent: a one-day trading agent for one trader."""

__version__ = "0.1.0"
