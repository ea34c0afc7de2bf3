"""A report as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from frontdesk.evaluation.confusion import NOTHING
from frontdesk.evaluation.ground import Loss
from frontdesk.evaluation.measures import BY_KEY
from frontdesk.evaluation.report import Count, Level, Report
from intents.catalogue import Catalogue

_THRESHOLDS = (0.0, 0.3, 0.5, 0.65, 0.8, 0.9, 0.95)


def tables(report: Report, catalogue: Catalogue, worst: int) -> Iterator[Group]:
    """Shares by noise level, calibration, coverage, and the `worst` confused intents."""
    yield shares([("", report)])
    yield _reliability(report.levels)
    yield _coverage(report.levels)
    first = report.levels[0]
    if first.confusions and worst:
        yield _confusions(first, catalogue, worst)


def noise_name(rate: float) -> str:
    """What a noise level is called."""
    return f"{rate:.0%} 噪声" if rate else "干净"


def shares(reports: Sequence[tuple[str, Report]]) -> Group:
    """The shares of one report, or of several on the same sentences side by side."""
    names = " / ".join(name for name, _ in reports if name)
    first = reports[0][1]
    table = _table("比例", "句数")
    for level in first.levels:
        table.add_column(noise_name(level.rate), justify="right")
    for key, measure in BY_KEY.items():
        of = first.levels[0].measures[key].of
        if not of:
            continue
        cells = [
            " / ".join(_percent(report.levels[at].measures[key]) for _, report in reports)
            for at in range(len(first.levels))
        ]
        table.add_row(measure.title, str(of), *cells)
    return _titled(f"{first.sentences} 句，%" + (f"：{names}" if names else ""), table)


def losses_table(losses: Sequence[Loss]) -> Group:
    """What got worse, by how much, and what would have been accepted."""
    table = _table("比例", "噪声", "以前 %", "现在 %", "差了", "允许")
    for loss in losses:
        table.add_row(
            loss.measure.title,
            noise_name(loss.rate),
            f"{loss.before:.1f}",
            f"{loss.after:.1f}",
            f"{loss.points:.1f}",
            f"{loss.tolerance:g}",
        )
    return _titled("变差了", table)


def _titled(title: str, table: Table) -> Group:
    """A table's own title wraps at the table's width; this one does not."""
    return Group(Text(title, style="bold"), table, "")


def _table(first: str, *columns: str) -> Table:
    table = Table()
    table.add_column(first)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _percent(count: Count) -> str:
    return "–" if count.percent is None else f"{count.percent:.1f}"


def _reliability(levels: Sequence[Level]) -> Group:
    table = _table("把握", *(noise_name(level.rate) for level in levels))
    bins = [{each.low: each for each in level.reliability} for level in levels]
    for low in sorted({low for found in bins for low in found}):
        cells = [
            f"{100 * found[low].claimed:.0f} → {100 * found[low].right:.0f} ({found[low].count})"
            if low in found
            else "–"
            for found in bins
        ]
        table.add_row(f"{low:.1f} 起", *cells)
    table.add_row("平均差（ECE）", *(f"{100 * level.calibration_error:.1f}" for level in levels), style="bold")
    return _titled("把握准不准：声称的把握 → 真的对了多少，%（句数）", table)


def _coverage(levels: Sequence[Level]) -> Group:
    table = _table("门槛", *(noise_name(level.rate) for level in levels))
    for threshold in _THRESHOLDS:
        cells = []
        for level in levels:
            point = next(each for each in level.coverage if abs(each.threshold - threshold) < 1e-9)
            precision = "–" if point.precision is None else f"{100 * point.precision:.1f}"
            cells.append(f"{100 * point.coverage:.1f} / {precision}")
        table.add_row(f"{threshold:g}", *cells)
    return _titled("只取把握在门槛以上的：取了多少 / 其中对的，%", table)


def _confusions(level: Level, catalogue: Catalogue, worst: int) -> Group:
    table = Table(show_lines=True)
    for column in ("应当是", "错", "认成", "例如"):
        table.add_column(column, justify="right" if column == "错" else "left")
    for each in level.confusions[:worst]:
        taken = "\n".join(f"{_named(catalogue, intent)}×{count}" for intent, count in each.taken_for.items())
        table.add_row(_named(catalogue, each.intent), f"{each.wrong}/{each.of}", taken, "\n".join(each.examples))
    return _titled(f"认错最多的意图（{noise_name(level.rate)}）", table)


def _named(catalogue: Catalogue, intent: str) -> str:
    return "（没听懂）" if intent == NOTHING else f"{catalogue[intent].title} {intent}"
