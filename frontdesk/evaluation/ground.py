"""Whether a change made the understanding worse: the question that publishing asks."""

from __future__ import annotations

from dataclasses import dataclass

from frontdesk.evaluation.measures import BY_KEY, Measure
from frontdesk.evaluation.report import Count, Report

_EXACT = 1e-9


class NotComparable(ValueError):
    """The reports are about different sentences or noise levels."""


@dataclass(frozen=True)
class Loss:
    """A share that got worse by more than `tolerance`. Percent, points; `rate` is the share of characters misheard."""

    measure: Measure
    rate: float
    before: float
    after: float

    @property
    def points(self) -> float:
        """How much worse."""
        return self.after - self.before if self.measure.down else self.before - self.after

    @property
    def tolerance(self) -> float:
        """How much would have been accepted."""
        return self.measure.tolerance

    def __str__(self) -> str:
        noise = f"{self.rate:.0%} 噪声" if self.rate else "干净"
        allowed = f"允许 {self.tolerance:g}" if self.tolerance else "不允许变差"
        change = f"{self.before:.1f}% → {self.after:.1f}%"
        return f"{self.measure.title}（{noise}）：{change}，差了 {self.points:.1f}，{allowed}"


def lost_ground(before: Report, after: Report) -> tuple[Loss, ...]:
    """Everything that got worse by more than its tolerance, worst first; emergencies missed before all else.

    Raises NotComparable unless both are about the same sentences at the same noise levels.
    """
    if before.split != after.split:
        raise NotComparable("两份报告量的不是同一批句子，不能比。请用同一个文件、同样的 --lines 重新量一次旧的")
    older = {level.rate: level.measures for level in before.levels}
    newer = {level.rate: level.measures for level in after.levels}
    if older.keys() != newer.keys():
        raise NotComparable("两份报告的噪声档不同，不能比。请用同样的 --noise 重新量一次旧的")
    losses = [
        loss
        for rate in older
        for key in newer[rate]
        if (loss := _loss(BY_KEY.get(key), rate, older[rate].get(key), newer[rate][key])) is not None
    ]
    return tuple(sorted(losses, key=lambda loss: (loss.tolerance > 0, -loss.points, loss.rate)))


def _loss(measure: Measure | None, rate: float, before: Count | None, after: Count) -> Loss | None:
    if measure is None or before is None or before.percent is None or after.percent is None:
        return None
    loss = Loss(measure, rate, before.percent, after.percent)
    return loss if loss.points > loss.tolerance + _EXACT else None
