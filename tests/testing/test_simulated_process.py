"""The random process keeps its laws: pinned points, exact ranges, daily rhythm, fat tails."""

import numpy as np
import pytest

from fin_agent.domain.errors import InvalidValue
from fin_agent.testing.simulated.history import simulate_history
from fin_agent.testing.simulated.process import (
    bridge,
    extremes,
    fat_tailed,
    half_hour_variances,
    minute_volatility,
    persistent,
    stream,
    volume_shape,
)
from fin_agent.testing.simulated.stories import STORIES, clock_minute
from fin_agent.testing.simulated.universe import COMPANIES


def test_a_bridge_passes_through_its_points_and_is_free_after_the_last() -> None:
    steps = stream(1).standard_normal(100)
    path = bridge(steps, np.full(100, 1.0), [(0, 2.0), (40, -3.0)])

    assert path[[0, 40]] == pytest.approx([2.0, -3.0])
    assert np.diff(path)[40:] == pytest.approx(steps[40:])


def test_extremes_follow_the_law_of_a_bridge() -> None:
    start, end = np.zeros(200_000), np.zeros(200_000)
    high, low = extremes(start, end, np.ones(200_000), stream(2))

    assert (high >= 0).all()
    assert (low <= 0).all()
    # P(max > x) = exp(-2 x^2) for a standard Brownian bridge
    assert (high > 0.5).mean() == pytest.approx(np.exp(-0.5), abs=0.005)


def test_persistence_keeps_unit_variance_and_remembers() -> None:
    path = persistent(stream(3).standard_normal(100_000), 0.9)

    assert path.std() == pytest.approx(1.0, abs=0.05)
    assert np.corrcoef(path[:-1], path[1:])[0, 1] == pytest.approx(0.9, abs=0.01)


def test_fat_tails_have_unit_variance() -> None:
    assert fat_tailed(stream(4), 200_000, 5.0).std() == pytest.approx(1.0, abs=0.03)


def test_a_stream_depends_on_its_own_key_only() -> None:
    assert stream(1, 2).uniform() == stream(1, 2).uniform()
    assert stream(1, 2).uniform() != stream(1, 3).uniform()


def test_volume_and_volatility_are_high_at_both_ends_of_the_day() -> None:
    volume, volatility = volume_shape(), minute_volatility(0.02)[330:720]

    for shape in (volume, volatility):
        opening, noon, closing = shape[:30].mean(), shape[180:270].mean(), shape[-30:].mean()
        assert min(opening, closing) > 1.15 * noon
    assert volume.sum() == pytest.approx(1.0)
    assert np.sqrt((volatility**2).sum()) == pytest.approx(0.02)
    assert half_hour_variances().sum() == pytest.approx(1.0)


def test_gaps_have_fatter_tails_than_a_normal_law() -> None:
    paths = simulate_history(COMPANIES, 400, seed=5)
    pooled = []
    for company in COMPANIES:
        path = paths[company.symbol]
        gap = np.log(path.open[1:] / path.close[:-1])
        pooled.append(np.abs(gap) / gap.std())
    sizes = np.concatenate(pooled)

    assert 0.3 < np.quantile(sizes, 0.5) < 0.5  # normal: 0.67
    assert 3.3 < np.quantile(sizes, 0.99) < 4.6  # normal: 2.58
    assert np.quantile(sizes, 0.999) > 6.5  # normal: 3.29


def test_the_last_close_of_a_history_is_the_companys_price() -> None:
    paths = simulate_history(COMPANIES, 80, seed=6)

    assert {c.symbol: float(paths[c.symbol].close[-1]) for c in COMPANIES} == {
        c.symbol: c.price for c in COMPANIES
    }


def test_story_rows_are_well_formed() -> None:
    companies = {company.symbol for company in COMPANIES}
    assert len(companies) == len(COMPANIES)
    for stories in STORIES:
        assert {story.symbol for story in stories} <= companies
        for story in stories:
            minutes = [minute for minute, _ in story.points()]
            assert minutes == sorted(set(minutes))
            assert not story.path or (minutes[0], minutes[-1]) == (-330, 450)
            assert story.shows


def test_a_clock_time_without_a_colon_is_refused() -> None:
    with pytest.raises(InvalidValue, match="0800"):
        clock_minute("0800")
