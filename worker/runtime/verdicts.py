"""What becomes of an outcome on its way to the ledger and the log."""

import json

from worker.domain.attempt import EndReason
from worker.domain.job import JobStatus
from worker.domain.outcome import PipelineOutcome
from worker.runtime.telemetry import quoted


def loggable(outcome: PipelineOutcome) -> str:
    """Keep code out of the log: what is wrong with a source quotes it, and stands in the result for its owner."""
    is_about_code = outcome.end_reason is EndReason.SOURCE_REJECTED
    return "see the result" if is_about_code else quoted(outcome.explanation)


def called_off() -> PipelineOutcome:
    """End a job that somebody called off."""
    return PipelineOutcome(end_reason=EndReason.CANCELLED, explanation="It was called off.")


def status_in(stored: bytes) -> JobStatus:
    """Status of a stored result; a result that can't be read is a failure, not a reason to run for ever."""
    try:
        return JobStatus(json.loads(stored)["status"])
    except (ValueError, KeyError, TypeError):
        return JobStatus.FAILED
