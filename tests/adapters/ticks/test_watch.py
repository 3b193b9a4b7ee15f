"""Silence is noticed in time, by symbol and as a whole, and answered once."""

from fin_agent.adapters.ticks.watch import Remedy, StreamWatch, WatchRules

NOTHING: tuple[Remedy, tuple[str, ...]] = (Remedy.NONE, ())


def a_watch(**ticks: int) -> StreamWatch:
    watch = StreamWatch(WatchRules())
    watch.begin(ticks, 100.0)
    return watch


def test_a_mute_symbol_is_stale_within_six_seconds_while_another_trades() -> None:
    watch = a_watch(A=0, SPY=0)
    for second in range(1, 7):
        found = watch.look({"A": 1, "SPY": second}, 100.0 + second)

    assert watch.stale == {"A"}
    assert found == (Remedy.RESUBSCRIBE, ("A",))


def test_it_is_asked_again_only_now_and_then() -> None:
    watch = a_watch(A=0, SPY=0)
    asked = [
        second
        for second in range(1, 80)
        if watch.look({"A": 0, "SPY": second}, 100.0 + second)[0] is Remedy.RESUBSCRIBE
    ]

    assert asked == [5, 36, 67]


def test_a_symbol_that_trades_again_is_not_stale() -> None:
    watch = a_watch(A=0, SPY=0)
    watch.look({"A": 0, "SPY": 1}, 106.0)
    watch.look({"A": 1, "SPY": 2}, 107.0)

    assert not watch.stale


def test_only_a_lively_symbol_was_cut_off() -> None:
    watch = a_watch(A=0, B=0, SPY=0)
    for second in range(1, 10):
        watch.look({"A": 100 * second, "B": second // 4, "SPY": second}, 100.0 + second)
    for second in range(10, 16):
        watch.look({"A": 900, "B": 2, "SPY": second}, 100.0 + second)

    assert watch.stale == {"A", "B"}
    assert watch.cut_off == {"A"}


def test_silence_of_all_is_asked_again_once_then_reconnected() -> None:
    watch = a_watch(A=0, SPY=0)
    found = [watch.look({"A": 0, "SPY": 0}, 100.0 + second)[0] for second in range(1, 16)]

    assert found.count(Remedy.RESUBSCRIBE) == 1
    assert found[4] is Remedy.RESUBSCRIBE
    assert found[-1] is Remedy.RECONNECT
    assert watch.stale == {"A", "SPY"}


def test_a_new_connection_begins_with_patience() -> None:
    watch = a_watch(A=0)
    watch.look({"A": 0}, 120.0)
    watch.begin({"A": 0}, 120.0)

    assert watch.look({"A": 0}, 121.0) == NOTHING
    assert not watch.stale
