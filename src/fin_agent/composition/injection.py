"""``dependency_injector`` without the web framework that it imports where one is installed.

Its wiring module tries ``import fastapi`` (0.15 s of every command); nothing is wired here, so it
is told that there is none.
"""

import sys

_KEPT = sys.modules.get("fastapi")
if _KEPT is None:
    sys.modules["fastapi"] = None  # type: ignore[assignment]
try:
    from dependency_injector import containers, providers
finally:
    if _KEPT is None:
        del sys.modules["fastapi"]

__all__ = ["containers", "providers"]
