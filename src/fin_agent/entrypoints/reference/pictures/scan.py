"""The scan as two pictures: what each rule left over, and what the scores are made of."""

from fin_agent.application.day import DayOutcome
from fin_agent.application.desk import TradingRules
from fin_agent.domain.verdict import SELECTED
from fin_agent.entrypoints.cli.day_scan import contributions
from fin_agent.entrypoints.cli.report_words import rule_words
from fin_agent.entrypoints.reference.pictures.drawing import BLUE, GAIN, INK, MUTED, Drawing

_ROW, _TOP, _LEFT, _BARS = 22, 34, 150, 330
_COLOURS = (BLUE, "#b45309", GAIN, "#7e22ce", "#be185d")


def funnel_picture(outcome: DayOutcome, rules: TradingRules) -> str:
    """How many symbols are left after each rule, and why the others are out."""
    counts, words = outcome.verdicts.counts(), rule_words(rules.scan)
    universe = left = len(outcome.verdicts)
    rows = [("universe", universe, "")]
    for rule, out in counts.items():
        if rule != SELECTED:
            left -= out
            rows.append((rule, left, f"{out} out: {words.get(rule, '')}"))
    rows.append(("traded", len(outcome.trades), "filled on paper"))
    drawing = Drawing(760, _TOP + _ROW * len(rows) + 10, "From the universe to the trades")
    drawing.text((10, 20), f"From {universe} symbols to {len(outcome.trades)} trades", size=14)
    for index, (name, now, why) in enumerate(rows):
        y = _TOP + _ROW * index
        drawing.text((_LEFT - 8, y + 14), name, anchor="end")
        drawing.rect((_LEFT, y + 3), (_BARS * now / universe, _ROW - 7), BLUE)
        drawing.text((_LEFT + _BARS * now / universe + 6, y + 14), f"{now}", INK)
        drawing.text((_LEFT + _BARS + 34, y + 14), why, MUTED, size=11)
    return drawing.svg()


def scores_picture(outcome: DayOutcome, rules: TradingRules) -> str:
    """The points that each factor gives to each candidate's composite."""
    candidates = outcome.candidates
    names = list(candidates[0].factors)
    colours = dict(zip(names, _COLOURS, strict=False))
    drawing = Drawing(760, 74 + 28 * len(candidates), "What the scores are made of")
    drawing.text((10, 20), "What the scores are made of, 0 to 100", size=14)
    scale, left = 5.4, 80.0
    for index, candidate in enumerate(candidates):
        y, x = 34 + 28 * index, left
        drawing.text((left - 8, y + 15), candidate.symbol, anchor="end")
        for name, (_, points) in zip(names, contributions(candidate), strict=True):
            drawing.rect((x, y + 2), (scale * (points or 0.0), 18), colours[name])
            x += scale * (points or 0.0)
        verdict = outcome.verdicts[candidate.symbol].verdict
        drawing.text((x + 6, y + 15), f"{candidate.composite:.1f}  {verdict}")
    bottom, line = 34 + 28 * len(candidates), left + scale * rules.scan.min_score
    drawing.line([(line, 30), (line, bottom)], INK, dash="3 3")
    drawing.text((line + 4, bottom + 12), f"needed: {rules.scan.min_score:g}", MUTED, size=11)
    x = left
    for name, colour in colours.items():
        drawing.rect((x, bottom + 22), (10, 10), colour)
        drawing.text((x + 15, bottom + 31), name, size=11)
        x += 30 + 7 * len(name)
    return drawing.svg()
