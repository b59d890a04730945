"""Intake: from a message to a job that may start now, or to the reason why not.

Nothing is recorded yet: what is postponed opens no attempt, and waiting is no failure.
"""

from dataclasses import dataclass
from datetime import datetime

from worker.domain.attempt import EndReason, MessageFate
from worker.domain.errors import MessageRejected, RequestRejected
from worker.domain.exchange import Message
from worker.domain.job import MAXIMUM_DELAY_DAYS, Job, JobKind
from worker.domain.job_codec import decode_job, job_id_in, object_in, payload_key_in
from worker.domain.later import LONGEST_DELAY_SECONDS, LONGEST_WAIT_SECONDS
from worker.domain.outcome import PipelineOutcome
from worker.ports import Artifacts, Clock
from worker.runtime.delivery import Disposition


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A job, perhaps with an end that is certain already; or what to do with a message that starts none."""

    job: Job | None = None
    """The job."""
    verdict: PipelineOutcome | None = None
    """Its end, where it can't be served."""
    disposition: Disposition | None = None
    """What to do with the message, where it starts no job now."""


class Intake:
    """Reads messages; those of large requests point to S3."""

    def __init__(self, *, artifacts: Artifacts, clock: Clock) -> None:
        """Read requests from here."""
        self._artifacts = artifacts
        self._clock = clock

    async def take(self, message: Message) -> Taken:
        """Read one; raises StoreUnavailable where a large request can't be fetched now."""
        try:
            key = payload_key_in(message.body)
            if key is None:
                job = decode_job(message.body, message_id=message.message_id)
            else:
                job = await self._fetched(key, message)
        except MessageRejected as error:
            return Taken(
                disposition=Disposition(fate=MessageFate.LEAVE, dead_letter_reason=f"not a job: {error}")
            )
        except RequestRejected as error:
            return _rejected(message, str(error))
        wait_seconds = _seconds_until(job.not_before, self._clock.now())
        if wait_seconds > LONGEST_WAIT_SECONDS:
            return _rejected(message, f"not_before is more than {MAXIMUM_DELAY_DAYS} days ahead")
        if wait_seconds > 0:
            return Taken(disposition=postponed(wait_seconds))
        return Taken(job=job)

    async def _fetched(self, key: str, message: Message) -> Job:
        """Read the request that a message points to; whatever is wrong with it, the job is known and told."""
        stored = await self._artifacts.get(key)
        if stored is None:
            raise RequestRejected(
                f"its request is not at {key}: it expired, or was never stored; submit it again"
            )
        job_id = job_id_in(message.body, message_id=message.message_id)
        try:
            job = decode_job(stored.decode(), message_id=job_id)
        except UnicodeDecodeError as error:
            raise RequestRejected(f"its request at {key} is not UTF-8 text") from error
        except MessageRejected as error:
            raise RequestRejected(f"its request at {key} is no job: {error}") from error
        if job.job_id != job_id:
            raise RequestRejected(f"the request at {key} is another job's")
        return job


def postponed(seconds: float) -> Disposition:
    """Come again after so long, or as late as SQS can: at least a second, in whole seconds."""
    return Disposition(fate=MessageFate.POSTPONE, delay_seconds=min(int(seconds) + 1, LONGEST_DELAY_SECONDS))


def _seconds_until(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else (moment - now).total_seconds()


def _rejected(message: Message, explanation: str) -> Taken:
    """Stand in for a job that could not be read, so that its failure is stored under its own id."""
    fields = object_in(message.body)  # a RequestRejected body is a JSON object
    job = Job(
        job_id=job_id_in(message.body, message_id=message.message_id),
        kind=JobKind.TEST,
        language=_printable(fields.get("language")) or "",
        code="",
        path=_printable(fields.get("path")),
        batch_id=_printable(fields.get("batch_id")),
    )
    return Taken(
        job=job,
        verdict=PipelineOutcome(end_reason=EndReason.REQUEST_REJECTED, explanation=explanation),
    )


def _printable(value: object) -> str | None:
    return value[:200] if isinstance(value, str) and value.isprintable() else None
