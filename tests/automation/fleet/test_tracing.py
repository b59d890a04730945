"""The trace that a submission begins."""

import re

from automation.fleet.tracing import submission_trace
from worker.domain.job import Job, JobKind
from worker.domain.job_codec import encode_job
from worker.runtime.tracing import parent_of


def test_each_submission_begins_a_trace_of_its_own_that_the_worker_understands(monkeypatch):
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    with submission_trace("local", jobs=1) as first, submission_trace("local", jobs=1) as second:
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", first)
        assert first != second
    job = Job(job_id="j", kind=JobKind.TEST, language="python", code="x = 1", traceparent=first)
    assert parent_of(encode_job(job)) is not None
