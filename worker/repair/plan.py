"""Plan: how the search of a job was split. It is stored once, before its first child; whoever splits the job again takes that one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from worker.domain.errors import MessageRejected, RequestRejected
from worker.domain.fanout import Share, child_id, decode_share, encode_share
from worker.domain.job import MAXIMUM_MESSAGE_BYTES, Job, JobStatus
from worker.domain.job_codec import decode_job, encode_job
from worker.domain.outcome import PipelineOutcome
from worker.ports import Artifacts
from worker.repair.first_writer import keep_first, kept_first
from worker.repair_ports import Children

SCHEMA_VERSION = 1
"""Raised when an older plan must not be read any more."""
_SHARE_BYTES = 8_000
"""What a share adds to a message at most."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A job and its shares."""

    parent: Job
    """The job that was split."""
    began_at: datetime
    """When, UTC."""
    shares: tuple[Share, ...]
    """The parts of its search."""
    first: Mapping[str, Any] = field(default_factory=dict)
    """What was found before it was split, in the form of a stored result."""

    @property
    def children(self) -> tuple[Job, ...]:
        """The child jobs, in the order of the shares."""
        parent = self.parent
        return tuple(
            replace(
                parent,
                job_id=child_id(parent.job_id, share.number),
                batch_id=parent.job_id,
                share=share,
                children=None,
                not_before=None,
                retry_of=None,
            )
            for share in self.shares
        )


def plan_key(job_id: str) -> str:
    """S3 key of a job's plan, beside its result."""
    return f"test-results/{job_id}.plan.json"


def fits(job: Job) -> bool:
    """Tell whether its children's messages can bring all that they need; a request that lies in S3 is its own alone."""
    return len(encode_job(job).encode()) + _SHARE_BYTES <= MAXIMUM_MESSAGE_BYTES


def first_of(outcome: PipelineOutcome) -> dict[str, Any]:
    """Write what was found before the split as a result would be written."""
    report = outcome.repair
    if report is None:
        return {}
    fields = {"verdicts": [asdict(verdict) for verdict in report.verdicts], "tried": report.tried}
    return {
        "repair": fields,
        "turns": [asdict(turn) for turn in outcome.turns],
        "usage": asdict(outcome.usage),
    }


async def kept_plan(job_id: str, artifacts: Artifacts) -> Plan | None:
    """Read it; None where there is none, or none of this version."""
    return await kept_first(plan_key(job_id), artifacts, decode=decode_plan)


async def keep_plan(plan: Plan, artifacts: Artifacts) -> Plan:
    """Store it, unless another try was quicker: then that one counts."""
    key = plan_key(plan.parent.job_id)
    return await keep_first(plan, key, artifacts, encode=encode_plan, decode=decode_plan)


async def handed_out(jobs: Sequence[Job], children: Children, now: datetime) -> Mapping[str, JobStatus]:
    """Send the jobs that the ledger does not know, and say where all of them stand. Who stands in the ledger was sent."""
    standing = dict(await children.standing([job.job_id for job in jobs]))
    for job in jobs:
        if job.job_id not in standing:
            await children.send(job)
            await children.record(job, now)
            standing[job.job_id] = JobStatus.QUEUED
    return standing


def encode_plan(plan: Plan) -> bytes:
    """Write it."""
    document = {
        "schema": SCHEMA_VERSION,
        "parent": encode_job(plan.parent),
        "began_at": plan.began_at.isoformat(),
        "shares": [encode_share(share) for share in plan.shares],
        "first": plan.first,
    }
    return json.dumps(document).encode()


def decode_plan(content: bytes) -> Plan | None:
    """Read it; None where it can't be read."""
    try:
        document = json.loads(content)
        if document["schema"] != SCHEMA_VERSION:
            return None
        return Plan(
            parent=decode_job(document["parent"], message_id=""),
            began_at=datetime.fromisoformat(document["began_at"]),
            shares=_shares(document["shares"]),
            first=dict(document["first"]),
        )
    except (ValueError, KeyError, TypeError, MessageRejected, RequestRejected):
        return None


def _shares(values: Sequence[object]) -> tuple[Share, ...]:
    faults: list[str] = []
    found = [decode_share(value, faults) for value in values]
    if faults:
        raise ValueError(faults[0])
    return tuple(share for share in found if share is not None)
