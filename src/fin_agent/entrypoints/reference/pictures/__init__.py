"""The pictures of ``docs/strategy.md``, drawn from a run of the two simulated days."""
