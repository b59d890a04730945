"""Stored results, as the worker writes them."""

import json
from typing import Any

from worker.domain.attempt import EndReason
from worker.domain.candidate import Coverage
from worker.domain.job import JobStatus
from worker.domain.result import EngineIdentity, JobResult, KeptTest, TestFile


def stored(job_id: str, *, path: str | None = "src/a.py", tests: int = 2, **changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "job_id": job_id,
        "kind": "test",
        "status": JobStatus.SUCCEEDED,
        "end_reason": EndReason.PROVED,
        "language": "python",
        "path": path,
        "explanation": "2 tests were proved.",
        "worker_id": "w",
        "attempt": 1,
        "started_at": "2026-11-23T10:00:00.000+00:00",
        "finished_at": "2026-11-23T10:00:05.000+00:00",
        "seconds": 5.0,
        "engine": EngineIdentity(name="builtin", kind="deterministic", model="builtin-chargen:1"),
        "tests": tuple(
            KeptTest(
                name=f"test_{at}",
                target="f",
                oracle="characterization",
                repeats=4,
                lines_added=1,
                branches_added=1,
                mutants_killed=1,
            )
            for at in range(tests)
        ),
        "test_file": TestFile(
            path="test_a.py", subject_path="a.py", content="", command=("pytest",), subject_content=""
        ),
        "coverage": Coverage(
            lines_covered=3,
            lines_total=4,
            branches_covered=1,
            branches_total=2,
            covered_lines=(1, 2, 4),
            missed_lines=(5,),
            branch_lines=((2, 1, 2),),
        ),
        "mutants_killed": 3,
        "mutants_total": 4,
        "survivors": ("line 2: < became <=",),
    }
    return dict(json.loads(JobResult(**{**fields, **changes}).to_json()))


def failed(
    job_id: str, *, path: str = "src/b.js", reason: EndReason = EndReason.SOURCE_REJECTED
) -> dict[str, Any]:
    return stored(
        job_id,
        path=path,
        tests=0,
        status=JobStatus.FAILED,
        end_reason=reason,
        language="javascript",
        explanation="Line 3: unexpected token <script>.",
        test_file=None,
        coverage=None,
        engine=None,
        mutants_killed=0,
        mutants_total=0,
        survivors=(),
    )
