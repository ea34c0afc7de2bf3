"""The report of an evaluation: what is printed, kept as JSON, and compared with the next one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from conversation import Knowledge
from frontdesk.evaluation.calibration import Bin, Point, calibration_error, coverage_curve, reliability
from frontdesk.evaluation.confusion import Confusion, confusions
from frontdesk.evaluation.measures import MEASURES, Of
from frontdesk.evaluation.noise import RATES, noisy
from frontdesk.evaluation.outcome import Outcome, outcome
from frontdesk.evaluation.split import Sentence

_JUDGED = ("consult", "matter", "outside")
"""Kinds whose right intent is known, so that confidence can be judged."""


class ReportUnusable(ValueError):
    """A file is not a report of this version; says why and how to make one."""


class _Figures(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Count(_Figures):
    """So many of so many sentences."""

    hits: int
    of: int

    @property
    def percent(self) -> float | None:
        """None if there is no such sentence."""
        return 100 * self.hits / self.of if self.of else None


class Level(_Figures):
    """All figures with this share of characters misheard. `measures` by the key of `frontdesk.evaluation.measures`."""

    rate: float
    measures: dict[str, Count]
    reliability: tuple[Bin, ...]
    calibration_error: float
    coverage: tuple[Point, ...]
    confusions: tuple[Confusion, ...]


class Report(_Figures):
    """`split` identifies the sentences measured: only reports on the same ones can be compared."""

    version: Literal[1] = 1
    split: str
    sentences: int
    levels: tuple[Level, ...]


def evaluate(know: Knowledge, sentences: Sequence[Sentence], rates: Sequence[float] = RATES) -> Report:
    """Measure these sentences at every noise level. Same input, same report."""
    return report_of(
        {rate: [outcome(know, each, noisy(each.text, rate, each.at)) for each in sentences] for rate in rates}
    )


def report_of(outcomes: Mapping[float, Sequence[Outcome]]) -> Report:
    """The report of what became of the same sentences at each noise level (at least one)."""
    sentences = [each.sentence for each in next(iter(outcomes.values()))]
    whole = "\n".join(each.model_dump_json() for each in sentences)
    return Report(
        split=hashlib.sha256(whole.encode()).hexdigest()[:16],
        sentences=len(sentences),
        levels=tuple(_level(rate, found) for rate, found in outcomes.items()),
    )


def read_report(path: Path) -> Report:
    """A report that was kept. Raises ReportUnusable."""
    try:
        return Report.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ReportUnusable(
            f"{path}：读不了（{error.strerror}）。先用 frontdesk eval --json > {path.name} 存一份"
        ) from error
    except ValidationError as error:
        raise ReportUnusable(f"{path}：不是这个版本的评测报告。请重新用 frontdesk eval --json 存一份") from error


def _level(rate: float, outcomes: Sequence[Outcome]) -> Level:
    claims = [(each.confidence, each.right) for each in outcomes if each.sentence.kind in _JUDGED]
    bins = reliability(claims)
    return Level(
        rate=rate,
        measures={measure.key: _count(outcomes, measure.of, measure.hit) for measure in MEASURES},
        reliability=bins,
        calibration_error=calibration_error(bins),
        coverage=coverage_curve(claims),
        confusions=confusions(outcomes),
    )


def _count(outcomes: Sequence[Outcome], of: Of, hit: Of) -> Count:
    asked = [each for each in outcomes if of(each)]
    return Count(hits=sum(map(hit, asked)), of=len(asked))
