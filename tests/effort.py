"""How hard a slow property is tried, in parts of the profile's examples."""

from hypothesis import settings

A_QUARTER = settings(max_examples=max(10, settings().max_examples // 4))
