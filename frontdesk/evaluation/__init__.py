"""How well the front desk understands labelled sentences, clean and with simulated recognition errors.

`evaluate` measures, `Report` is kept and compared, `lost_ground` says whether a change made something worse.
"""

from __future__ import annotations

from frontdesk.evaluation.ground import Loss, NotComparable, lost_ground
from frontdesk.evaluation.noise import RATES, noisy
from frontdesk.evaluation.outcome import Outcome, outcome
from frontdesk.evaluation.report import Report, ReportUnusable, evaluate, read_report, report_of
from frontdesk.evaluation.split import Sentence, SplitError, read_split

__all__ = [
    "RATES",
    "Loss",
    "NotComparable",
    "Outcome",
    "Report",
    "ReportUnusable",
    "Sentence",
    "SplitError",
    "evaluate",
    "lost_ground",
    "noisy",
    "outcome",
    "read_report",
    "read_split",
    "report_of",
]
