"""``dependency_injector`` without the web frameworks that it imports where one is installed.

Its wiring module tries ``import fastapi`` and ``import starlette`` (0.15 s of every command);
nothing is wired here, so it is told that there are none.
"""

import sys

_ABSENT = [name for name in ("fastapi", "starlette", "werkzeug") if name not in sys.modules]
sys.modules.update(dict.fromkeys(_ABSENT))  # type: ignore[arg-type]  # None: not installed
try:
    from dependency_injector import containers, providers
finally:
    for name in _ABSENT:
        del sys.modules[name]

__all__ = ["containers", "providers"]
