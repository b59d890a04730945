"""JUnit XML: a suite for each job, a case for each kept test; a job that kept none is a case of its own.

The form is the one that CI servers read: https://github.com/testmoapp/junitxml.
"""

from xml.etree.ElementTree import Element

from worker.domain.reports.markup import document, element
from worker.domain.reports.summary import BatchSummary, JobSummary

_NOT_THE_CODE = frozenset({"timed_out", "engine_down", "sandbox_lost", "crashed", "request_rejected"})
"""Ends that say something of the fleet or the request: errors in JUnit's words; the others are failures."""


def junit(summary: BatchSummary) -> bytes:
    """Write the batch."""
    root = element(
        None,
        "testsuites",
        {
            "name": summary.label or summary.progress.batch_id,
            "tests": sum(_cases(job) for job in summary.jobs),
            "failures": sum(_is_failure(job) for job in summary.jobs),
            "errors": sum(_is_error(job) for job in summary.jobs),
            "skipped": sum(job.status == "cancelled" for job in summary.jobs),
            "time": f"{summary.seconds:.3f}",
        },
    )
    for job in summary.jobs:
        _suite(root, job)
    return document(root)


def _suite(root: Element, job: JobSummary) -> None:
    suite = element(
        root,
        "testsuite",
        {
            "name": job.path,
            "tests": _cases(job),
            "failures": int(_is_failure(job)),
            "errors": int(_is_error(job)),
            "skipped": int(job.status == "cancelled"),
            "time": f"{job.seconds:.3f}",
            "timestamp": job.finished_at,
        },
    )
    properties = element(suite, "properties", {})
    for name, value in {"job_id": job.job_id, "engine": job.engine, "language": job.language}.items():
        element(properties, "property", {"name": name, "value": value})
    for name in job.tests:
        # The report tells no time of a single test: its runs were many, each for another purpose.
        element(suite, "testcase", {"name": name, "classname": job.test_path or job.path, "time": 0})
    if not job.tests:
        case = element(
            suite,
            "testcase",
            {"name": "tests could be generated", "classname": job.path, "time": f"{job.seconds:.3f}"},
        )
        tag = "skipped" if job.status == "cancelled" else ("error" if _is_error(job) else "failure")
        element(case, tag, {"message": job.explanation[:300], "type": job.end_reason}, job.explanation)


def _cases(job: JobSummary) -> int:
    return len(job.tests) or 1


def _is_error(job: JobSummary) -> bool:
    return job.status == "failed" and job.end_reason in _NOT_THE_CODE


def _is_failure(job: JobSummary) -> bool:
    return job.status == "failed" and not _is_error(job)
