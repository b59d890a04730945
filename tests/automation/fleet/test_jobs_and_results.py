"""Handing in work and fetching what was proved."""

import json
from pathlib import Path

import pytest

from automation.fleet.access import AwsAccess
from automation.fleet.results import (
    JobRow,
    batch_rows,
    job_rows,
    read_result,
    stored_job_ids,
    with_results,
    write_tests,
)
from automation.fleet.submission import submit_jobs
from tests.automation.fleet.conftest import Stores
from worker.domain.job import Job, JobKind, JobStatus, result_key
from worker.domain.job_codec import decode_job

pytestmark = pytest.mark.slow


def a_job(number: int, *, priority: int = 1, code: str = "x = 1", batch_id: str = "batch-a") -> Job:
    return Job(
        job_id=f"job-{number}",
        kind=JobKind.TEST,
        language="python",
        code=code,
        priority=priority,
        batch_id=batch_id,
    )


def bodies(stores: Stores, url: str) -> list[str]:
    found = []
    sqs = stores.access.client("sqs")
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        found += [message["Body"] for message in messages]
    return found


def store_result(stores: Stores, name: str, **fields: object) -> None:
    result = {"status": "succeeded", "test_file": None, "tests": [], **fields}
    stores.access.client("s3").put_object(
        Bucket=stores.outputs.results_bucket, Key=result_key(name), Body=json.dumps(result)
    )


def test_every_job_goes_to_the_lane_of_its_priority_and_is_in_the_ledger(stores: Stores) -> None:
    jobs = [a_job(number, priority=priority) for number, priority in enumerate([0, 1, 9] * 8)]
    submit_jobs(stores.access, stores.outputs, jobs)
    outputs = stores.outputs
    for url, priority in ((outputs.queue_url_low, 0), (outputs.queue_url, 1), (outputs.queue_url_high, 9)):
        sent = [decode_job(body, message_id="m") for body in bodies(stores, url)]
        assert sorted(job.job_id for job in sent) == sorted(
            job.job_id for job in jobs if job.priority == priority
        )
    rows = batch_rows(stores.access, outputs, "batch-a")
    assert len(rows) == 24
    assert {row.status for row in rows} == {JobStatus.QUEUED}


def test_jobs_larger_than_a_batch_together_are_sent_in_several(stores: Stores) -> None:
    jobs = [a_job(number, code=f"# {'x' * 300_000}") for number in range(5)]
    submit_jobs(stores.access, stores.outputs, jobs)
    assert len(bodies(stores, stores.outputs.queue_url)) == 5


def test_a_row_shows_the_stored_result_even_before_the_ledger_does(stores: Stores) -> None:
    submit_jobs(stores.access, stores.outputs, [a_job(1), a_job(2)])
    store_result(stores, "job-1")
    first, second = with_results(
        stores.access, stores.outputs, batch_rows(stores.access, stores.outputs, "batch-a")
    )
    assert (first.status, second.status) == (JobStatus.SUCCEEDED, JobStatus.QUEUED)
    assert second.result is None


def test_a_job_that_nobody_has_seen_yet_is_queued(stores: Stores) -> None:
    (row,) = job_rows(stores.access, stores.outputs, ["unseen"])
    assert row.status is JobStatus.QUEUED
    assert read_result(stores.access, stores.outputs, "unseen") is None


def test_stored_results_are_listed_up_to_the_limit(stores: Stores) -> None:
    for number in range(3):
        store_result(stores, f"job-{number}")
    assert len(stored_job_ids(stores.access, stores.outputs, limit=2)) == 2


def test_a_written_test_lies_beside_its_subject_and_never_leaves_its_folder(
    stores: Stores, tmp_path: Path
) -> None:
    store_result(
        stores,
        "job-1",
        test_file={
            "path": "../../evil.py",
            "subject_path": "/etc/subject.py",
            "content": "test",
            "subject_content": "code",
            "command": ["pytest"],
        },
    )
    rows = with_results(stores.access, stores.outputs, job_rows(stores.access, stores.outputs, ["job-1"]))
    (written,) = write_tests(rows, tmp_path / "out")
    assert written.folder == tmp_path / "out" / "job-1"
    assert {path.name: path.read_text() for path in written.folder.iterdir()} == {
        "evil.py": "test",
        "subject.py": "code",
    }
    assert not (tmp_path / "evil.py").exists()


def test_a_key_that_is_no_job_is_neither_listed_nor_written(stores: Stores, tmp_path: Path) -> None:
    store_result(stores, "../../etc/evil")
    store_result(stores, "good")
    assert stored_job_ids(stores.access, stores.outputs, limit=9) == ("good",)
    file = {"path": "t.py", "subject_path": "s.py", "content": "", "command": []}
    row = JobRow(
        job_id="../evil",
        status=JobStatus.SUCCEEDED,
        language="python",
        path=None,
        attempts=1,
        result={"test_file": file},
    )
    assert write_tests([row], tmp_path / "inside") == ()
    assert not (tmp_path / "evil").exists()


def test_a_profile_of_the_shell_does_not_matter_to_the_embedded_cloud(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    access = AwsAccess(region="eu-west-1", endpoint=stores.access.endpoint)
    assert access.account_id() == "123456789012"


def test_a_link_that_lies_in_the_way_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / "out" / "a").mkdir(parents=True)
    (tmp_path / "out" / "a" / "t.py").symlink_to(precious)
    file = {"path": "t.py", "subject_path": "s.py", "content": "new \ud800", "command": []}
    row = JobRow(
        job_id="a",
        status=JobStatus.SUCCEEDED,
        language="python",
        path=None,
        attempts=1,
        result={"test_file": file},
    )
    assert len(write_tests([row], tmp_path / "out")) == 1
    assert precious.read_text() == "mine"
    assert (tmp_path / "out" / "a" / "t.py").read_text() == "new \\ud800"
