"""Draws every picture anew: ``python -m fin_agent.entrypoints.reference.pictures FOLDER``.

The demo is laid out in a temporary folder and its two days are driven as ``fin-agent demo`` does.
"""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from fin_agent.composition.bootstrap import App, Scope, memory_store, start
from fin_agent.composition.demo import FIRST_DAY, demo_app, demo_days, prepare_demo
from fin_agent.composition.loading import Choices
from fin_agent.entrypoints.cli.stored_days import bars_of_plans, drive
from fin_agent.entrypoints.reference.pictures.scan import funnel_picture, scores_picture
from fin_agent.entrypoints.reference.pictures.trade import trade_picture

_TRADES = (("AXLO", "EVORI", "DELQO", "BREVA"), ("SOLVI",))


async def pictures(app: App) -> dict[str, str]:
    """Every picture by file name, from the two days of a demo that is laid out already."""
    drawn: dict[str, str] = {}
    for session, symbols in zip(demo_days(app.calendar).demo_sessions, _TRADES, strict=True):
        driven = await drive(app, memory_store(), session, Scope())
        bars = await bars_of_plans(driven)
        if session.date == FIRST_DAY:
            drawn["funnel.svg"] = funnel_picture(driven.day, driven.rules)
            drawn["scores.svg"] = scores_picture(driven.day, driven.rules)
        for symbol in symbols:
            picture = trade_picture(driven.day, symbol, bars[symbol], driven.rules)
            drawn[f"{symbol.lower()}.svg"] = picture
    return drawn


async def draw(folder: Path) -> None:
    """Lay the demo out, drive it and write the pictures."""
    with TemporaryDirectory() as place:
        app = demo_app(start(Choices(), Path(place), {}))
        await prepare_demo(app.data_dir, app.calendar, app.bar_store)
        for name, svg in (await pictures(app)).items():
            (folder / name).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1])))
