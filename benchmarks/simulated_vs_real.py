"""Compare the simulated market with recorded US sessions: a markdown table on stdout.

Ordinary days only: the engineered stories of the demo are meant to be unusual. Every statistic is
the median over symbols unless it says pooled.

    python benchmarks/simulated_vs_real.py [DATA_DIR]    (default: ../shared/data)
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fin_agent.testing.simulated.history import simulate_history
from fin_agent.testing.simulated.intraday import DayBefore, simulate_minutes
from fin_agent.testing.simulated.process import GRID_MINUTES, stream
from fin_agent.testing.simulated.universe import COMPANIES

Floats = NDArray[np.float64]

DEFAULT_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SEED = 20_250
DAILY_SESSIONS, MINUTE_SESSIONS, MINUTE_SYMBOLS = 500, 60, 30
NEW_YORK_OPEN = 9 * 60 + 30
DAILY = {
    "large caps 2023-25": ("largecap_splitadj_2015_2025", "2023-01-01"),
    "small and mid caps 2025": ("smallmid_2025", "2025-08-22"),
}
MINUTE = {
    "31 symbols, 73 sessions 2025 (IEX)": "min1_rth_31sym_2025_09_12",
    "89 symbols, 5 sessions 2025": "min1_rth_89sym_2025_11",
}
OURS = [
    (number, company)
    for number, company in enumerate(COMPANIES)
    if company.kind in {"stock", "adr"} and company.turnover >= 20 and company.twin is None
]


def main() -> int:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_DATA
    if not (data / "daily").is_dir() or not (data / "intraday").is_dir():
        print(f"skipped: no recorded data in {data} (pass its directory as the first argument)")
        return 0
    daily = {"simulated": daily_statistics(simulated_daily())}
    for name, (file, first) in DAILY.items():
        daily[name] = daily_statistics(recorded_daily(data / "daily" / f"{file}.parquet", first))
    print_table("Daily bars", daily)
    minute = {"simulated": minute_statistics(simulated_minutes())}
    for name, file in MINUTE.items():
        frame = recorded_minutes(data / "intraday" / f"{file}.parquet")
        minute[name] = minute_statistics(frame)
    print_table("One-minute bars, regular session", minute)
    return 0


def simulated_daily() -> pd.DataFrame:
    paths = simulate_history(COMPANIES, DAILY_SESSIONS, SEED)
    frames = []
    for _, company in OURS:
        path = paths[company.symbol]
        columns = {name: getattr(path, name) for name in ("open", "high", "low", "close", "volume")}
        frames.append(
            pd.DataFrame({"symbol": company.symbol, "day": range(DAILY_SESSIONS), **columns})
        )
    return pd.concat(frames)


def recorded_daily(path: Path, first: str) -> pd.DataFrame:
    frame = pd.read_parquet(path)
    frame = frame[pd.to_datetime(frame["date"]) >= pd.Timestamp(first)].rename(
        columns={"date": "day"}
    )
    numbers = dict.fromkeys(("open", "high", "low", "close", "volume"), np.float64)
    frame = frame.astype(numbers)
    frame = frame[(frame["low"] > 0) & (frame["volume"] > 0)]
    return frame[frame.groupby("symbol")["day"].transform("size") > 60]


def daily_statistics(frame: pd.DataFrame) -> dict[str, float]:
    gaps, moves, bars = [], [], []
    per_symbol = []
    for _, symbol in frame.sort_values(["symbol", "day"]).groupby("symbol"):
        close, opened = np.log(symbol["close"].to_numpy()), np.log(symbol["open"].to_numpy())
        gap, intraday, move = opened[1:] - close[:-1], (close - opened)[1:], np.diff(close)
        span = ((symbol["high"] - symbol["low"]) / symbol["open"]).to_numpy()[1:]
        volume = np.log(symbol["volume"].to_numpy()[1:])
        gaps.append(gap / gap.std())
        bars.append(np.abs(gap) >= np.log(1.04))
        moves.append(pd.Series(move, index=symbol["day"].iloc[1:]))
        per_symbol.append(
            {
                "standard deviation of a day, close to close, %": 100 * move.std(),
                "overnight share of variance": gap.var() / (gap.var() + intraday.var()),
                "excess kurtosis of the gap": kurtosis(gap),
                "excess kurtosis of open to close": kurtosis(intraday),
                "daily range, median, %": 100 * float(np.median(span)),
                "daily range / sd of open to close": span.mean() / intraday.std(),
                "daily range, 99 % / median": float(np.quantile(span, 0.99) / np.median(span)),
                "autocorrelation of abs daily returns, lag 1": lagged(np.abs(move), 1),
                "autocorrelation of log volume, lag 1": lagged(volume, 1),
                "sd of log volume": volume.std(),
                "correlation of log volume and abs return": correlation(volume, np.abs(move)),
            }
        )
    pooled = np.abs(np.concatenate(gaps))
    result = medians(per_symbol)
    for level in (0.5, 0.9, 0.99, 0.999):
        result[f"abs gap / its sd, {100 * level:g} % quantile, pooled"] = float(
            np.quantile(pooled, level)
        )
    result["days with abs gap >= 4 %, pooled, %"] = 100 * float(np.concatenate(bars).mean())
    result["pair correlation of the last 60 returns"] = pair_correlation(moves)
    return result


def pair_correlation(moves: list[pd.Series]) -> float:
    last = pd.concat(moves, axis=1).sort_index().iloc[-60:].dropna(axis=1)
    matrix = np.corrcoef(last.to_numpy().T)
    return float(np.nanmedian(matrix[np.triu_indices_from(matrix, 1)]))


def simulated_minutes() -> pd.DataFrame:
    frames = []
    shared = [stream(SEED, 8, day).standard_normal(GRID_MINUTES) for day in range(MINUTE_SESSIONS)]
    for number, company in OURS[:: max(1, len(OURS) // MINUTE_SYMBOLS)]:
        close = company.price
        for day in range(MINUTE_SESSIONS):
            before = DayBefore(
                close, company.volatility / 100, company.turnover * 1e6 / company.price
            )
            bars = simulate_minutes(before, None, shared[day], stream(SEED, 9, number, day))
            columns = {
                name: getattr(bars, name) for name in ("minute", "open", "high", "low", "close")
            }
            volume = bars.volume.astype(np.float64)
            frames.append(
                pd.DataFrame({"symbol": company.symbol, "day": day, **columns, "volume": volume})
            )
            close = float(bars.close[-1])
    return regular(pd.concat(frames))


def recorded_minutes(path: Path) -> pd.DataFrame:
    frame = pd.read_parquet(path)
    local = frame["timestamp"].dt.tz_convert("America/New_York")
    frame["day"] = local.dt.date
    frame["minute"] = local.dt.hour * 60 + local.dt.minute - NEW_YORK_OPEN
    numbers = dict.fromkeys(("open", "high", "low", "close", "volume"), np.float64)
    return regular(frame.astype(numbers))


def regular(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame[(frame["minute"] >= 0) & (frame["minute"] < 390)]
    day = frame.groupby(["symbol", "day"])["minute"]
    return frame[(day.transform("size") >= 300) & (day.transform("max") > 350)]  # full, not thin


def minute_statistics(frame: pd.DataFrame) -> dict[str, float]:
    closes = frame.pivot_table(index=["symbol", "day"], columns="minute", values="close")
    volumes = frame.pivot_table(index=["symbol", "day"], columns="minute", values="volume").fillna(
        0
    )
    names = closes.index.get_level_values("symbol")
    price = np.log(closes.to_numpy())
    returns = np.diff(price, axis=1)
    traded = volumes.to_numpy() / volumes.to_numpy().sum(axis=1, keepdims=True)
    opened = frame.pivot_table(index=["symbol", "day"], columns="minute", values="open").to_numpy()
    inside = price - np.log(opened)
    scale = np.array([np.nanstd(inside[names == name]) for name in names.unique()])
    rhythm = np.nanmean(np.abs(returns), axis=0) / np.nanmean(np.abs(returns))
    spans = ((frame["high"] - frame["low"]) / frame["close"]).groupby(frame["symbol"]).mean()
    rows, shapes = [], []
    for number, name in enumerate(names.unique()):
        mine = returns[names == name]
        size = np.abs(mine) / rhythm
        log_volume = np.log(np.maximum(1e-9, traded[names == name][:, 1:]))
        log_volume -= log_volume.mean(axis=0)
        rows.append(
            {
                "excess kurtosis of minute returns": kurtosis(mine[np.isfinite(mine)]),
                "autocorrelation of minute returns, lag 1": lagged(mine, 1),
                **{
                    f"autocorrelation of abs minute returns without the rhythm, lag {lag}": lagged(
                        size, lag
                    )
                    for lag in (1, 5, 30)
                },
                "mean range of a bar / sd of minute returns": float(spans[name]) / np.nanstd(mine),
                "correlation of log volume and abs return": correlation(
                    log_volume, np.abs(mine) / rhythm
                ),
            }
        )
        by_half_hour = inside[names == name].reshape(-1, 13, 30)
        shapes.append(np.nanstd(by_half_hour, axis=(0, 2)) / scale[number])
    result = medians(rows)
    result["volume of the first minute, % of the day"] = 100 * traded[:, 0].mean()
    result["volume of the last minute, % of the day"] = 100 * traded[:, -1].mean()
    clock = [f"{h // 60:02}:{h % 60:02}" for h in range(NEW_YORK_OPEN, NEW_YORK_OPEN + 390, 30)]
    volume, noise = traded.reshape(-1, 13, 30).sum(axis=2).mean(axis=0), np.median(shapes, axis=0)
    result |= {
        f"volume from {c}, % of the day": 100 * v for c, v in zip(clock, volume, strict=True)
    }
    result |= {f"volatility from {c} / the day's": v for c, v in zip(clock, noise, strict=True)}
    return result


def kurtosis(values: Floats) -> float:
    centred = values - values.mean()
    return float((centred**4).mean() / (centred**2).mean() ** 2 - 3.0)


def lagged(values: Floats, lag: int) -> float:
    return correlation(values[..., :-lag], values[..., lag:])


def correlation(one: Floats, other: Floats) -> float:
    one, other = one.ravel(), other.ravel()
    both = np.isfinite(one) & np.isfinite(other)
    return float(np.corrcoef(one[both], other[both])[0, 1])


def medians(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.median([row[name] for row in rows])) for name in rows[0]}


def print_table(title: str, columns: dict[str, dict[str, float]]) -> None:
    print(f"### {title}\n")
    print("| statistic | " + " | ".join(columns) + " |")
    print("|---|" + "---:|" * len(columns))
    for name in columns["simulated"]:
        print(
            f"| {name} | " + " | ".join(f"{column[name]:.3g}" for column in columns.values()) + " |"
        )
    print()


if __name__ == "__main__":
    raise SystemExit(main())
