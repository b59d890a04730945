"""Aggregation: whoever ends the last job of a batch writes its report, before the last message is acknowledged.

A worker that dies in the middle loses nothing: the message comes again, finds its job ended and the batch without a report, and
the next worker writes it. Two that end the last two jobs at once write the same report twice.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from worker.domain.batch import BatchProgress, BatchRecord, report_key
from worker.domain.job import result_key
from worker.domain.reports.files import report_files
from worker.ports import Artifacts, Batches, Clock
from worker.runtime.telemetry import Telemetry

READERS = 16
"""Results read at the same time."""
CONTENT_TYPES = {
    "json": "application/json",
    "xml": "application/xml",
    "info": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
}
"""Suffix of a report's file -> media type."""


class Aggregation:
    """Writes reports."""

    def __init__(self, *, batches: Batches, artifacts: Artifacts, clock: Clock, telemetry: Telemetry) -> None:
        """Read results from, and write reports to, these."""
        self._batches = batches
        self._artifacts = artifacts
        self._clock = clock
        self._telemetry = telemetry

    async def counted(self, progress: BatchProgress | None) -> None:
        """Write the report where this count was the last one."""
        if progress is None or not progress.is_complete:
            return
        record = await self._batches.batch(progress.batch_id)
        if record is not None:
            await self._write(record)

    async def caught_up(self, batch_id: str | None) -> None:
        """Write the report of a batch that ended without one: whoever had to write it died."""
        record = await self._batches.batch(batch_id) if batch_id else None
        if record is not None and record.progress.is_complete and not record.is_reported:
            await self._write(record)

    async def _write(self, record: BatchRecord) -> None:
        batch_id = record.progress.batch_id
        results = await self._results(await self._batches.members(batch_id))
        files = await asyncio.to_thread(report_files, record.progress, label=record.label, results=results)
        for name, content in files.items():
            kind = CONTENT_TYPES[name.rpartition(".")[2]]
            await self._artifacts.put(report_key(batch_id, name), content, content_type=kind)
        await self._batches.note_report(batch_id, now=self._clock.now())
        self._telemetry.info("batch reported", batch_id=batch_id, jobs=record.progress.total)
        self._telemetry.count("batches_reported")

    async def _results(self, job_ids: Sequence[str]) -> list[Mapping[str, Any]]:
        turns = asyncio.Semaphore(READERS)

        async def read(job_id: str) -> Mapping[str, Any] | None:
            async with turns:
                stored = await self._artifacts.get(result_key(job_id))
            return _object_in(stored)

        found = await asyncio.gather(*(read(job_id) for job_id in job_ids))
        return [result for result in found if result is not None]


def _object_in(stored: bytes | None) -> Mapping[str, Any] | None:
    try:
        fields = json.loads(stored) if stored is not None else None
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None
