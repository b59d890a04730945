"""All files of a batch's report at once: whoever stores them, worker or driver, gets the same."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from worker.domain.batch import REPORT_FILES, BatchProgress
from worker.domain.reports.coverage_files import cobertura, lcov
from worker.domain.reports.junit import junit
from worker.domain.reports.markdown import markdown
from worker.domain.reports.page import page
from worker.domain.reports.summary import BatchSummary, FileSummary, summarize

SCHEMA_VERSION = 1
"""Raised when a field of report.json changes its meaning; new fields don't raise it."""


def report_files(
    progress: BatchProgress, *, label: str, results: Sequence[Mapping[str, Any]]
) -> dict[str, bytes]:
    """Build every file of REPORT_FILES: name -> content. `results` are stored results, as read from JSON."""
    summary = summarize(progress, label=label, results=results)
    writers: dict[str, Callable[[BatchSummary], bytes]] = {
        "report.json": as_json,
        "junit.xml": junit,
        "coverage.xml": cobertura,
        "lcov.info": lcov,
        "report.md": markdown,
        "report.html": page,
    }
    return {name: writers[name](summary) for name in REPORT_FILES}


def as_json(summary: BatchSummary) -> bytes:
    """Write report.json: counters, totals, files, jobs."""
    progress, coverage = summary.progress, summary.coverage
    fields = {
        "schema": SCHEMA_VERSION,
        "batch_id": progress.batch_id,
        "label": summary.label,
        "is_complete": progress.is_complete,
        "jobs": {**asdict(progress), "ended": progress.ended},
        "tests": summary.tests,
        "lines": {
            "covered": coverage.lines_covered,
            "total": coverage.lines_total,
            "ratio": coverage.line_ratio,
        },
        "branches": {
            "covered": coverage.branches_covered,
            "total": coverage.branches_total,
            "ratio": coverage.branch_ratio,
        },
        "mutants": {
            "killed": summary.mutants_killed,
            "total": summary.mutants_total,
            "score": summary.mutation_score,
        },
        "seconds": round(summary.seconds, 3),
        "finished_at": summary.finished_at,
        "files": [_file(file) for file in summary.files],
    }
    return json.dumps(fields, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")


def _file(file: FileSummary) -> dict[str, Any]:
    return {
        "path": file.path,
        "language": file.language,
        "coverage": asdict(file.coverage),
        "jobs": [
            {
                "job_id": job.job_id,
                "status": job.status,
                "end_reason": job.end_reason,
                "explanation": job.explanation,
                "engine": job.engine,
                "tests": list(job.tests),
                "test_path": job.test_path,
                "mutants_killed": job.mutants_killed,
                "mutants_total": job.mutants_total,
                "survivors": list(job.survivors),
                "seconds": job.seconds,
            }
            for job in file.jobs
        ],
    }
