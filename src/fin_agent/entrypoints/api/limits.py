"""Sliding windows: how often somebody asked in the last minute, in bounded memory."""

from collections import OrderedDict

_SECONDS = 60.0
_KEYS = 1024


class SlidingWindow:
    """Counts by key over the last minute, from two fixed minutes of which the older one fades.

    Two numbers a key, and the keys that were seen longest ago are forgotten: however many there
    are, the memory stays the same. ``now`` is monotonic seconds.
    """

    def __init__(self, most: int, *, keys: int = _KEYS) -> None:
        self._most = most
        self._keys = keys
        self._counts: OrderedDict[str, tuple[int, int, int]] = OrderedDict()

    def wait_s(self, key: str, now: float) -> float:
        """Count one request; 0, or the seconds to wait because it is one too many."""
        window = int(now // _SECONDS)
        start, count, before = self._counts.pop(key, (window, 0, 0))
        if start != window:
            before, count = (count if start == window - 1 else 0), 0
        passed = now / _SECONDS - window
        is_over = before * (1 - passed) + count >= self._most
        self._counts[key] = (window, count if is_over else count + 1, before)
        while len(self._counts) > self._keys:
            self._counts.popitem(last=False)
        return max(1.0, (1 - passed) * _SECONDS) if is_over else 0.0

    def forget(self, key: str) -> None:
        """Start anew."""
        self._counts.pop(key, None)

    def __len__(self) -> int:
        return len(self._counts)
