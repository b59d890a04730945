"""Submissions as a whole: counted, reported, called off, repeated."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from automation.errors import UsageFault
from automation.fleet.batches import (
    cancel_jobs,
    counted_rows,
    find_batch,
    known_batch,
    recent_batches,
    retry_jobs,
    write_report,
)
from automation.fleet.results import batch_rows, children_rows, job_rows
from automation.fleet.selection import JobFilter, matching_rows, named_rows
from automation.fleet.submission import Submission, submit
from tests.automation.fleet.conftest import Stores
from tests.automation.fleet.test_jobs_and_results import a_job, bodies, store_result
from worker.domain.batch import REPORT_FILES
from worker.domain.fanout import Share, Way
from worker.domain.job import JobStatus, payload_key
from worker.domain.job_codec import decode_job, payload_key_in

pytestmark = pytest.mark.slow


def hand_in(stores: Stores, count: int = 3, batch_id: str = "batch-a") -> None:
    jobs = [a_job(number, batch_id=batch_id) for number in range(count)]
    jobs = [replace(job, job_id=f"{batch_id}-{job.job_id}") for job in jobs]
    submit(stores.access, stores.outputs, Submission(jobs=jobs, label=f"src of {batch_id}"))


def end(stores: Stores, job_id: str, status: str) -> None:
    """What a worker does at a job's end."""
    stores.access.client("dynamodb").update_item(
        TableName=stores.outputs.ledger_table,
        Key={"pk": {"S": f"job#{job_id}"}, "sk": {"S": "job"}},
        UpdateExpression="SET #s = :s",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":s": {"S": status}},
    )
    if status in {"succeeded", "failed", "cancelled"}:
        stores.access.client("dynamodb").update_item(
            TableName=stores.outputs.ledger_table,
            Key={"pk": {"S": "batch#batch-a"}, "sk": {"S": "batch"}},
            UpdateExpression=f"ADD {status} :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )


def counts(stores: Stores) -> tuple[int, int, int, int]:
    progress = known_batch(stores.access, stores.outputs, "batch-a").progress
    return progress.total, progress.succeeded, progress.failed, progress.cancelled


def test_a_submission_is_counted_and_listed_newest_first(stores: Stores) -> None:
    hand_in(stores, batch_id="batch-a")
    hand_in(stores, 1, batch_id="batch-b")
    assert counts(stores) == (3, 0, 0, 0)
    listed = recent_batches(stores.access, stores.outputs, limit=10)
    assert [view.progress.batch_id for view in listed] == ["batch-b", "batch-a"]
    assert listed[1].label == "src of batch-a"


def test_every_request_is_stored_whole(stores: Stores) -> None:
    hand_in(stores, 1)
    stored = stores.access.client("s3").get_object(
        Bucket=stores.outputs.results_bucket, Key=payload_key("batch-a-job-0")
    )
    assert decode_job(stored["Body"].read().decode(), message_id="m").job_id == "batch-a-job-0"


def test_a_request_larger_than_a_message_is_sent_as_a_pointer(stores: Stores) -> None:
    large = replace(a_job(1), code="# " + "x" * 1_500_000)
    submit(stores.access, stores.outputs, Submission(jobs=[large]))
    (body,) = bodies(stores, stores.outputs.queue_url)
    assert payload_key_in(body) == payload_key("job-1")


def test_a_queued_job_that_is_called_off_ends_at_once_and_a_running_one_is_asked_to(stores: Stores) -> None:
    hand_in(stores)
    end(stores, "batch-a-job-1", "running")
    end(stores, "batch-a-job-2", "succeeded")
    told = cancel_jobs(stores.access, stores.outputs, batch_rows(stores.access, stores.outputs, "batch-a"))
    assert told == {
        "batch-a-job-0": "cancelled",
        "batch-a-job-1": "asked its worker to stop",
        "batch-a-job-2": "had ended: succeeded",
    }
    assert counts(stores) == (3, 1, 0, 1)
    assert job_rows(stores.access, stores.outputs, ["batch-a-job-0"])[0].status is JobStatus.CANCELLED


def test_calling_off_twice_counts_once(stores: Stores) -> None:
    hand_in(stores, 1)
    rows = batch_rows(stores.access, stores.outputs, "batch-a")
    cancel_jobs(stores.access, stores.outputs, rows)
    assert cancel_jobs(stores.access, stores.outputs, rows) == {"batch-a-job-0": "had ended"}
    assert counts(stores) == (1, 0, 0, 1)


def test_a_retry_takes_the_place_of_the_job_that_failed(stores: Stores) -> None:
    hand_in(stores, 2)
    end(stores, "batch-a-job-0", "failed")
    end(stores, "batch-a-job-1", "succeeded")
    bodies(stores, stores.outputs.queue_url)
    rows = named_rows(stores.access, stores.outputs, ["batch-a-job-0"])
    assert retry_jobs(stores.access, stores.outputs, rows) == {"batch-a-job-0": "batch-a-job-0-r2"}
    assert counts(stores) == (2, 1, 0, 0)
    counted = {row.job_id for row in counted_rows(stores.access, stores.outputs, "batch-a")}
    assert counted == {"batch-a-job-0-r2", "batch-a-job-1"}
    (body,) = bodies(stores, stores.outputs.queue_url)
    again = decode_job(body, message_id="m")
    assert (again.retry_of, again.seed, again.batch_id) == ("batch-a-job-0", 2, "batch-a")


def test_what_can_not_be_repeated_is_named_and_nothing_is(stores: Stores) -> None:
    hand_in(stores, 2)
    end(stores, "batch-a-job-0", "failed")
    rows = batch_rows(stores.access, stores.outputs, "batch-a")
    with pytest.raises(UsageFault) as told:
        retry_jobs(stores.access, stores.outputs, rows)
    assert "batch-a-job-1: queued, not ended" in told.value.why
    assert counts(stores) == (2, 0, 1, 0)


def test_a_report_of_what_is_there_is_written_while_the_batch_runs(stores: Stores, tmp_path: Path) -> None:
    hand_in(stores, 2)
    store_result(stores, "batch-a-job-0", job_id="batch-a-job-0", path="a.py")
    end(stores, "batch-a-job-0", "succeeded")
    view = known_batch(stores.access, stores.outputs, "batch-a")
    written = write_report(stores.access, stores.outputs, view, tmp_path / "out")
    assert tuple(path.name for path in written) == REPORT_FILES
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["is_complete"], [file["path"] for file in report["files"]]) == (False, ["a.py"])


def test_a_batch_or_job_that_nobody_knows_is_a_usage_fault(stores: Stores) -> None:
    assert find_batch(stores.access, stores.outputs, "none") is None
    with pytest.raises(UsageFault, match="no batch"):
        known_batch(stores.access, stores.outputs, "none")
    with pytest.raises(UsageFault, match="no job"):
        named_rows(stores.access, stores.outputs, ["none", "../etc"])


def test_jobs_are_found_by_what_is_known_of_them(stores: Stores) -> None:
    hand_in(stores)
    end(stores, "batch-a-job-1", "failed")
    failed = matching_rows(stores.access, stores.outputs, JobFilter(status="failed"), limit=10)
    assert [row.job_id for row in failed] == ["batch-a-job-1"]
    assert len(matching_rows(stores.access, stores.outputs, JobFilter(language="python"), limit=2)) == 2
    assert matching_rows(stores.access, stores.outputs, JobFilter(repository="other"), limit=2) == ()


def test_the_children_of_a_job_are_told_from_the_jobs_of_a_batch(stores: Stores) -> None:
    """A job of the parent's own batch, and one that only has a name like a child's, are none."""
    parent = replace(a_job(1), job_id="fix-1")
    share = Share(parent="fix-1", number=2, way=Way.SMALL, lines=(1,))
    child = replace(parent, job_id="fix-1-c2", batch_id="fix-1", share=share)
    others = [replace(parent, job_id="fix-1-c3"), replace(parent, job_id="other", batch_id="fix-1")]
    submit(stores.access, stores.outputs, Submission(jobs=[parent, child, *others]))
    rows = children_rows(stores.access, stores.outputs, "fix-1")
    assert [(row.job_id, row.parent) for row in rows] == [("fix-1-c2", "fix-1")]
    assert cancel_jobs(stores.access, stores.outputs, rows) == {"fix-1-c2": "cancelled"}
    assert [row.parent for row in job_rows(stores.access, stores.outputs, ["fix-1", "fix-1-c3"])] == ["", ""]
