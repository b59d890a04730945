"""Modules that one worker does not get done with go to child jobs, side by side: what is kept of it, and what comes of it.

| step | done already when |
|---|---|
| 1 mend here what can be mended in the time of one attempt | what was handed out is kept |
| 2 keep that: what is mended, and a child job for each module whose search the clock ended | it is there: the first one wins |
| 3 send each child, then record it; end the attempt | it stands in the ledger |
| 4 come back by the clock; prove here what children found | the record of the job is kept |

A child is a plain fix job for one module; where its own search ends by the clock, too, that is split by lines (`worker.repair.fanout`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from worker.domain.attempt import EndReason
from worker.domain.diagnosis import FaultClass
from worker.domain.errors import MessageRejected, RequestRejected
from worker.domain.fanout import USUAL_CHILDREN, child_id
from worker.domain.job import MAXIMUM_BUDGET_SECONDS, Job
from worker.domain.job_codec import decode_job, encode_job
from worker.domain.outcome import PipelineOutcome
from worker.domain.publication import Repository
from worker.domain.publication_codec import decode_fix
from worker.domain.repository_report import RepositoryReport, UnitEnd, UnitReport, handed_key
from worker.domain.usage import Usage
from worker.ports import Artifacts
from worker.repair.first_writer import keep_first, kept_first
from worker.repair.harvest import Result, harvest_in
from worker.repair.plan import fits
from worker.repair.searching import is_cut_short, is_worth_going_on
from worker.repository.aim import Aim
from worker.repository.evidence import Evidence
from worker.repository.fixing import Worked, inner_job
from worker.repository.in_turn import mended_by
from worker.repository.mended import Mended
from worker.repository.record import decode_report
from worker.repository.units import Unit, groups_of

SCHEMA_VERSION = 1
"""Raised when what an older worker kept must not be read any more."""
_LONGEST_WORD = 1_000


@dataclass(frozen=True, kw_only=True)
class Handed:
    """What a job knew when it handed the rest of its modules out."""

    aim: Aim
    """What it is about."""
    began_at: datetime
    """When, UTC."""
    report: RepositoryReport
    """What came of each module so far."""
    mended: tuple[Mended, ...]
    """What is mended already."""
    children: tuple[Job, ...]
    """The jobs for the rest; the path of each is its module's."""
    usage: Usage
    """What it took so far."""
    layers: tuple[str, ...]
    """Layers of the sandbox that held the code."""


def left_over(units: Sequence[Unit], worked: Worked, texts: Mapping[str, str]) -> list[Unit]:
    """Return modules that the time did not suffice for, nor for a model to answer; of those that share tests one alone, as they stand in each other's way."""
    return [
        left[0]
        for group in groups_of(units)
        if (left := [unit for unit in group if _is_left(unit, worked) and texts[unit.path].strip()])
    ]


def _is_left(unit: Unit, worked: Worked) -> bool:
    report, outcome = worked.reports.get(unit.path), worked.outcomes.get(unit.path)
    if report is None or report.end is UnitEnd.NOT_REACHED:
        return True
    if report.end is not UnitEnd.UNFIXED or outcome is None:
        return False
    has_unanswered = any(turn.end == "unavailable" for turn in outcome.turns)
    return is_cut_short(outcome) or (has_unanswered and is_worth_going_on(outcome))


def children_for(
    units: Sequence[Unit], texts: Mapping[str, str], job: Job, *, evidence: Evidence, budget_seconds: float
) -> tuple[Job, ...]:
    """Make a child job for each, as many as the job may have, each with all the time that it had; whose files don't fit a message, or no worker would take, has none."""
    most = USUAL_CHILDREN if job.children is None else job.children
    jobs = [inner_job(unit, texts, job, evidence) for unit in units]
    sendable = [each for each in jobs if fits(each) and _is_readable(each)]
    return tuple(
        replace(
            each,
            job_id=child_id(job.job_id, number),
            batch_id=job.job_id,
            budget_seconds=min(budget_seconds, MAXIMUM_BUDGET_SECONDS),
            children=None,
            not_before=None,
            retry_of=None,
        )
        for number, each in enumerate(sendable[:most], start=1)
    )


def _is_readable(job: Job) -> bool:
    """Tell whether a worker takes its message; two files that are laid out under one name it refuses."""
    try:
        decode_job(encode_job(job), message_id="")
    except (MessageRejected, RequestRejected):
        return False
    return True


def settled(report: UnitReport, outcome: PipelineOutcome | None, result: Result | None) -> UnitReport:
    """Say what became of a module: by a patch of its child that was proved here, else in the child's words."""
    if outcome is not None and (repair := mended_by(outcome)) is not None:
        return replace(
            report,
            end=UnitEnd.FIXED,
            explanation=outcome.explanation,
            fault=repair.diagnosis.fault.value,
            diff=repair.diff,
        )
    if outcome is not None:
        return replace(report, end=UnitEnd.UNFIXED, explanation=outcome.explanation)
    if result is None:
        return replace(
            report, explanation=f"{report.explanation} A child job searched on and did not end in time."
        )
    if harvest_in([result]).patches:
        return replace(
            report,
            explanation=f"{report.explanation} A child job found a patch, and there was no time left to prove it here.",
        )
    told = str(result.get("explanation") or report.explanation)[:_LONGEST_WORD]
    if result.get("end_reason") == EndReason.REQUEST_REJECTED.value:
        return replace(report, end=UnitEnd.UNSERVED, explanation=told)
    stored = result.get("repair")
    diagnosis = stored.get("diagnosis") if isinstance(stored, Mapping) else None
    fault = str((diagnosis.get("fault") if isinstance(diagnosis, Mapping) else None) or report.fault)
    end = UnitEnd.PASSING if fault == FaultClass.NONE.value else UnitEnd.UNFIXED
    return replace(report, end=end, explanation=told, fault=fault)


async def kept_handed(job_id: str, artifacts: Artifacts) -> Handed | None:
    """Return what an earlier attempt handed out; None where there is nothing, or nothing of this version."""
    return await kept_first(handed_key(job_id), artifacts, decode=_decoded)


async def keep_handed(handed: Handed, job_id: str, artifacts: Artifacts) -> Handed:
    """Store it, unless another try was quicker: then what that one handed out counts."""
    return await keep_first(handed, handed_key(job_id), artifacts, encode=_encoded, decode=_decoded)


def _encoded(handed: Handed) -> bytes:
    document = {
        "schema": SCHEMA_VERSION,
        "aim": asdict(handed.aim),
        "began_at": handed.began_at.isoformat(),
        "report": asdict(handed.report),
        "mended": [asdict(one) for one in handed.mended],
        "children": [encode_job(child) for child in handed.children],
        "usage": asdict(handed.usage),
        "layers": handed.layers,
    }
    return json.dumps(document, indent=1).encode()


def _decoded(content: bytes) -> Handed | None:
    try:
        document = json.loads(content)
        if document["schema"] != SCHEMA_VERSION:
            return None
        aim: dict[str, Any] = document["aim"]
        return Handed(
            aim=Aim(**{**aim, "repository": Repository(**aim["repository"])}),
            began_at=datetime.fromisoformat(document["began_at"]),
            report=decode_report(document["report"]),
            mended=tuple(Mended(**{**one, "fix": decode_fix(one["fix"])}) for one in document["mended"]),
            children=tuple(decode_job(child, message_id="") for child in document["children"]),
            usage=Usage(**document["usage"]),
            layers=tuple(document["layers"]),
        )
    except (ValueError, KeyError, TypeError, MessageRejected, RequestRejected):
        return None
