"""A report as an SVG drawing: shares by noise, calibration, coverage. Told apart by dashes and marks, not by colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from frontdesk.evaluation.measures import BY_KEY
from frontdesk.evaluation.report import Report
from frontdesk.evaluation.tables import noise_name

_SHOWN = ("consult_first", "consult_among_three", "matter_id", "matter_desk", "p1_with_question", "p1_at_once")
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "14 4", "4 2 1 2")
_SIDE, _LEFT, _TOP, _GAP, _LEGEND = 300, 60, 50, 90, 24
_TICKS = 5

Place = tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """Named points, both coordinates 0..1."""

    name: str
    points: tuple[Place, ...]


@dataclass(frozen=True)
class Chart:
    """Curves in a square. `ends`: percent at both ends of the horizontal axis; `low`: where the vertical one begins."""

    title: str
    across: str
    up: str
    curves: tuple[Curve, ...]
    ends: tuple[float, float] = (0.0, 100.0)
    low: float = 0.0
    diagonal: bool = False


def drawing(report: Report) -> str:
    """The SVG text."""
    charts = (_shares(report), _reliability(report), _coverage(report))
    rows = max(len(chart.curves) for chart in charts)
    width = _LEFT + len(charts) * (_SIDE + _GAP)
    height = _TOP + _SIDE + 60 + rows * _LEGEND
    root = Element(
        "svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {width} {height}", width=str(width), height=str(height)
    )
    root.set("font-family", "Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif")
    root.set("font-size", "13")
    SubElement(root, "rect", width="100%", height="100%", fill="white")
    for at, chart in enumerate(charts):
        group = SubElement(root, "g", transform=f"translate({_LEFT + at * (_SIDE + _GAP)} {_TOP})")
        _draw(group, chart)
    indent(root)
    return tostring(root, encoding="unicode") + "\n"


def _shares(report: Report) -> Chart:
    highest = max(level.rate for level in report.levels) or 1.0
    curves = []
    for key in _SHOWN:
        shown = [(level.rate / highest, level.measures[key].percent) for level in report.levels]
        points = tuple((rate, percent / 100) for rate, percent in shown if percent is not None)
        curves.append(Curve(BY_KEY[key].title, points))
    lowest = min((y for curve in curves for _, y in curve.points), default=0.0)
    return Chart(
        "各噪声档的比例",
        "听错的字 %",
        "%",
        tuple(curves),
        (0.0, 100 * highest),
        low=int(lowest * 10) / 10 if lowest < 1 else 0.9,
    )


def _reliability(report: Report) -> Chart:
    curves = tuple(
        Curve(
            f"{noise_name(level.rate)}，平均差 {100 * level.calibration_error:.1f}",
            tuple((each.claimed, each.right) for each in level.reliability),
        )
        for level in report.levels
    )
    return Chart("把握准不准（越靠近斜线越准）", "声称的把握 %", "真的对了 %", curves, diagonal=True)


def _coverage(report: Report) -> Chart:
    curves = tuple(
        Curve(
            noise_name(level.rate),
            tuple((each.coverage, each.precision) for each in level.coverage if each.precision is not None),
        )
        for level in report.levels
    )
    lowest = min((y for curve in curves for _, y in curve.points), default=0.0)
    return Chart("取得越少，对得越多", "取了 %", "其中对的 %", curves, low=min(0.9, int(lowest * 10) / 10))


def _draw(group: Element, chart: Chart) -> None:
    def place(point: Place) -> Place:
        return point[0] * _SIDE, _SIDE * (1 - (point[1] - chart.low) / (1 - chart.low))

    _text(group, 0, -28, chart.title, weight="bold")
    SubElement(group, "rect", width=str(_SIDE), height=str(_SIDE), fill="none", stroke="black")
    for tick in range(_TICKS + 1):
        share = tick / _TICKS
        begin, end = chart.ends
        x, y = share * _SIDE, _SIDE * (1 - share)
        _line(group, (0, y), (_SIDE, y), stroke="#ddd")
        _text(group, x, _SIDE + 18, f"{begin + share * (end - begin):.0f}", anchor="middle")
        _text(group, -6, y + 4, f"{100 * (chart.low + share * (1 - chart.low)):.0f}", anchor="end")
    _text(group, _SIDE / 2, _SIDE + 38, chart.across, anchor="middle")
    _text(group, 0, -9, chart.up)
    if chart.diagonal:
        _line(group, place((chart.low, chart.low)), place((1, 1)), stroke="#999")
    for at, curve in enumerate(chart.curves):
        _curve(group, at, [place(point) for point in curve.points])
        y = _SIDE + 62 + at * _LEGEND
        _curve(group, at, [(0, y), (24, y), (48, y)])
        _text(group, 58, y + 4, curve.name)


def _curve(group: Element, at: int, points: Sequence[Place]) -> None:
    if not points:
        return
    path = SubElement(group, "polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), fill="none")
    path.set("stroke", "black")
    path.set("stroke-width", "1.5")
    path.set("stroke-dasharray", _DASHES[at % len(_DASHES)])
    for point in points:
        _MARKS[at % len(_MARKS)](group, *point)


def _circle(group: Element, x: float, y: float) -> None:
    SubElement(group, "circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="3.5", fill="white", stroke="black")


def _dot(group: Element, x: float, y: float) -> None:
    SubElement(group, "circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="3.5")


def _square(group: Element, x: float, y: float) -> None:
    SubElement(group, "rect", x=f"{x - 3:.1f}", y=f"{y - 3:.1f}", width="6", height="6", fill="white", stroke="black")


def _block(group: Element, x: float, y: float) -> None:
    SubElement(group, "rect", x=f"{x - 3:.1f}", y=f"{y - 3:.1f}", width="6", height="6")


def _triangle(group: Element, x: float, y: float) -> None:
    SubElement(group, "polygon", points=f"{x:.1f},{y - 4:.1f} {x - 4:.1f},{y + 3:.1f} {x + 4:.1f},{y + 3:.1f}")


def _cross(group: Element, x: float, y: float) -> None:
    _line(group, (x - 3, y - 3), (x + 3, y + 3), stroke="black")
    _line(group, (x - 3, y + 3), (x + 3, y - 3), stroke="black")


_MARKS: tuple[Callable[[Element, float, float], None], ...] = (_dot, _circle, _block, _square, _triangle, _cross)


def _line(group: Element, begin: Place, end: Place, stroke: str) -> None:
    (x1, y1), (x2, y2) = begin, end
    SubElement(group, "line", x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}", stroke=stroke)


def _text(group: Element, x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal") -> None:
    written = SubElement(group, "text", x=f"{x:.1f}", y=f"{y:.1f}")
    written.set("text-anchor", anchor)
    written.set("font-weight", weight)
    written.text = text
