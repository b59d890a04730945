"""Whether a search is worth going on with."""

from worker.domain.attempt import EndReason
from worker.domain.outcome import PipelineOutcome
from worker.domain.patch import PatchRejection


def is_worth_going_on(outcome: PipelineOutcome) -> bool:
    """Tell whether tests fail that a patch could mend, and none was found; who asks for it may have models asked, even where all small changes were tried."""
    report = outcome.repair
    if report is None or outcome.end_reason is not EndReason.NOTHING_KEPT:
        return False
    return report.diagnosis.is_fixable and bool(report.diagnosis.failing)


def is_cut_short(outcome: PipelineOutcome) -> bool:
    """Tell whether it was the clock that ended a search: not that everything was tried, that what passes could not be told apart, or that not one change had its turn."""
    report = outcome.repair
    if report is None or not is_worth_going_on(outcome):
        return False
    is_found = any(verdict.rejection is PatchRejection.UNDECIDED for verdict in report.verdicts)
    is_stuck = not report.tried  # a part, or another worker, would take as long for its first change
    return not (report.is_exhausted or is_found or is_stuck)
