"""The work of a job, kept before anything of it is published: whoever finds the job half done publishes what was proved, and proves nothing anew."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from worker.domain.publication import Publication
from worker.domain.publication_codec import decode_publication, encode_publication
from worker.domain.repository_report import RepositoryReport, UnitEnd, UnitReport, work_key
from worker.ports import Artifacts
from worker.repair.first_writer import keep_first, kept_first

SCHEMA_VERSION = 1
"""Raised when an older record must not be read any more."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """What was worked out."""

    report: RepositoryReport
    """All but what became of the publication."""
    publication: Publication | None = None
    """What is to be published; None where there is nothing, or it may not be."""


async def kept_record(job_id: str, artifacts: Artifacts) -> Record | None:
    """Return what an earlier try kept; None where there is none, or none of this version."""
    return await kept_first(work_key(job_id), artifacts, decode=_decoded)


async def keep(record: Record, job_id: str, artifacts: Artifacts) -> Record:
    """Store it, unless another try was quicker: then what that one found counts."""
    return await keep_first(record, work_key(job_id), artifacts, encode=_encoded, decode=_decoded)


def _encoded(record: Record) -> bytes:
    publication = record.publication
    document = {
        "schema": SCHEMA_VERSION,
        "report": asdict(record.report),
        "publication": json.loads(encode_publication(publication)) if publication is not None else None,
    }
    return json.dumps(document, indent=1).encode()


def _decoded(content: bytes) -> Record | None:
    try:
        document = json.loads(content)
        if document["schema"] != SCHEMA_VERSION:
            return None
        publication = document["publication"]
        return Record(
            report=decode_report(document["report"]),
            publication=decode_publication(json.dumps(publication).encode()) if publication else None,
        )
    except (ValueError, KeyError, TypeError):
        return None


def decode_report(fields: Mapping[str, Any]) -> RepositoryReport:
    """Read a report; raises ValueError, KeyError and TypeError where it is none."""
    units = tuple(
        UnitReport(**{**unit, "end": UnitEnd(unit["end"]), "tests": tuple(unit["tests"])})
        for unit in fields["units"]
    )
    return RepositoryReport(**{**fields, "units": units, "publication": None})
