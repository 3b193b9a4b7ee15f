"""Whose turn it is, and up to where everything is done: checked against plain lists."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from fin_agent.adapters.persistence.window import Entry, Window
from fin_agent.domain.delivery import DeliveryRules
from tests.contracts.bus_worlds import an_event

NOW = datetime(2025, 3, 12, 14, tzinfo=UTC)
LONGEST = timedelta(seconds=30)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=20), st.integers())
def test_one_of_a_key_at_a_time_in_order(keys: list[str], seed: int) -> None:
    window, now, random = Window(0, LONGEST), NOW, Random(seed)
    for seq, key in enumerate(keys, start=1):
        window.add(Entry(seq, an_event(seq, key=key)))
    window.pass_to(len(keys))
    running: list[Entry] = []
    done: list[int] = []
    while len(done) < len(keys):
        while (entry := window.take(now)) is not None:
            assert entry.key not in {other.key for other in running}
            running.append(entry)
        if not running:
            now += LONGEST
            continue
        entry = running.pop(random.randrange(len(running)))
        if random.random() < 0.5:
            open_after = set(range(1, len(keys) + 1)) - {*done, entry.seq}
            assert window.cursor(without=entry) == min(open_after, default=len(keys) + 1) - 1
            window.finish(entry)
            done.append(entry.seq)
        else:
            window.postpone(entry, now + timedelta(seconds=random.randint(1, 30)))

    for key in set(keys):
        mine = [seq for seq in done if keys[seq - 1] == key]
        assert mine == sorted(mine)
    assert len(window) == 0
    assert window.cursor() == len(keys)


def test_an_older_event_that_comes_back_goes_first() -> None:
    window = Window(5, LONGEST)
    later, older = Entry(6, an_event(6, key="a")), Entry(2, an_event(2, key="a"))
    window.add(later)
    window.add(older)

    assert window.take(NOW) is older
    assert window.take(NOW) is None
    window.finish(older)
    assert window.take(NOW) is later


def test_an_older_event_waits_for_the_one_that_runs() -> None:
    window = Window(5, LONGEST)
    later, older = Entry(6, an_event(6, key="a")), Entry(2, an_event(2, key="a"))
    window.add(later)
    assert window.take(NOW) is later

    window.add(older)
    assert window.take(NOW) is None
    window.finish(later)
    assert window.take(NOW) is older


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_a_delay_grows_to_its_bound_and_is_never_less_than_half(attempts: int, draw: float) -> None:
    rules = DeliveryRules()
    doubled = min(rules.first_delay * 2 ** min(attempts - 1, 20), rules.longest_delay)

    assert doubled / 2 <= rules.delay(attempts, draw) <= doubled
