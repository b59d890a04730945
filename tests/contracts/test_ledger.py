"""What every ledger does, on the fake and on DynamoDB as the embedded AWS has it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.contracts.tables import create_ledger_table
from tests.contracts.worlds import aws_client
from tests.fakes.ledger import FakeLedger
from worker.adapters.dynamodb_ledger import DynamoDbLedger
from worker.domain import ledger_schema as schema
from worker.domain.attempt import AttemptEnd, EndReason
from worker.domain.errors import StoreUnavailable
from worker.domain.job import Job, JobKind, JobStatus
from worker.ports import Ledger

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=5)


@pytest.fixture
def job():
    return Job(job_id=f"job-{uuid4().hex[:8]}", kind=JobKind.TEST, language="python", code="x = 1")


@pytest.fixture(scope="module")
def table_name():
    return f"ledger-{uuid4().hex[:8]}"


async def dynamodb_ledger(client, table: str) -> DynamoDbLedger:
    await create_ledger_table(client, table)
    return DynamoDbLedger(client=client, table=table)


@pytest.fixture(params=["fake", "embedded AWS"])
async def ledger(request) -> AsyncIterator[Ledger]:
    if request.param == "fake":
        yield FakeLedger()
        return
    async with aws_client("dynamodb", request.getfixturevalue("aws_endpoint")) as client:
        yield await dynamodb_ledger(client, f"ledger-{uuid4().hex[:8]}")


async def test_the_first_attempt_of_a_job_that_nobody_submitted_is_number_one(ledger, job):
    opened = await ledger.open_attempt(job, worker_id="w", now=NOW)
    assert (opened.number, opened.status, opened.failures) == (1, JobStatus.QUEUED, 0)


async def test_a_second_attempt_sees_the_first_one_running(ledger, job):
    await ledger.open_attempt(job, worker_id="w", now=NOW)
    opened = await ledger.open_attempt(job, worker_id="v", now=LATER)
    assert (opened.number, opened.status) == (2, JobStatus.RUNNING)


async def test_a_finished_job_is_not_opened_again(ledger, job):
    opened = await ledger.open_attempt(job, worker_id="w", now=NOW)
    await ledger.close_attempt(
        job, opened.number, AttemptEnd(reason=EndReason.PROVED, status=JobStatus.SUCCEEDED), now=LATER
    )
    again = await ledger.open_attempt(job, worker_id="v", now=LATER)
    assert (again.number, again.status) == (1, JobStatus.SUCCEEDED)


async def test_a_terminal_status_stands(ledger, job):
    first = await ledger.open_attempt(job, worker_id="w", now=NOW)
    second = await ledger.open_attempt(job, worker_id="v", now=NOW)
    await ledger.close_attempt(
        job, first.number, AttemptEnd(reason=EndReason.PROVED, status=JobStatus.SUCCEEDED), now=LATER
    )
    await ledger.close_attempt(
        job, second.number, AttemptEnd(reason=EndReason.DRAINED, status=JobStatus.QUEUED), now=LATER
    )
    assert (await ledger.open_attempt(job, worker_id="v", now=LATER)).status is JobStatus.SUCCEEDED


async def test_failures_count_and_drains_do_not(ledger, job):
    for reason in (EndReason.ENGINE_DOWN, EndReason.DRAINED, EndReason.CRASHED, EndReason.STORE_DOWN):
        opened = await ledger.open_attempt(job, worker_id="w", now=NOW)
        await ledger.close_attempt(
            job, opened.number, AttemptEnd(reason=reason, status=JobStatus.QUEUED), now=LATER
        )
    opened = await ledger.open_attempt(job, worker_id="w", now=LATER)
    assert (opened.number, opened.status, opened.failures) == (5, JobStatus.QUEUED, 2)


async def test_a_lost_lease_leaves_the_status_alone(ledger, job):
    opened = await ledger.open_attempt(job, worker_id="w", now=NOW)
    await ledger.close_attempt(
        job, opened.number, AttemptEnd(reason=EndReason.LEASE_LOST, status=None), now=LATER
    )
    assert (await ledger.open_attempt(job, worker_id="w", now=LATER)).status is JobStatus.RUNNING


async def test_a_job_that_nobody_opened_has_no_open_ends(ledger, job):
    assert await ledger.open_ends(job) == 0


async def test_attempts_that_nobody_closed_are_open_ends_and_closed_ones_are_not(ledger, job):
    numbers = [(await ledger.open_attempt(job, worker_id=f"w{at}", now=NOW)).number for at in range(5)]
    assert await ledger.open_ends(job) == 5
    for number, reason in zip(
        numbers, (EndReason.DRAINED, EndReason.STORE_DOWN, EndReason.LEASE_LOST), strict=False
    ):
        await ledger.close_attempt(job, number, AttemptEnd(reason=reason, status=None), now=LATER)
    assert await ledger.open_ends(job) == 2


async def test_an_end_that_is_told_late_or_twice_still_closes_one_attempt(ledger, job):
    first = await ledger.open_attempt(job, worker_id="w", now=NOW)
    await ledger.open_attempt(job, worker_id="v", now=LATER)
    for _ in range(2):
        await ledger.close_attempt(
            job, first.number, AttemptEnd(reason=EndReason.LEASE_LOST, status=None), now=LATER
        )
    assert await ledger.open_ends(job) == 1


async def test_open_ends_of_one_job_are_not_those_of_another_with_a_longer_name(ledger, job):
    await ledger.open_attempt(replace(job, job_id=f"{job.job_id}0"), worker_id="w", now=NOW)
    assert await ledger.open_ends(job) == 0


async def test_a_sender_may_write_what_no_index_takes(ledger, job):
    odd = replace(job, batch_id="", path="\ud800" * 3 + "x" * 5000, language="")
    assert (await ledger.open_attempt(odd, worker_id="w", now=NOW)).number == 1


async def test_the_jobs_of_a_batch_are_found_by_the_index(aws_endpoint, job):
    async with aws_client("dynamodb", aws_endpoint) as client:
        table = f"ledger-{uuid4().hex[:8]}"
        ledger = await dynamodb_ledger(client, table)
        await ledger.open_attempt(replace(job, batch_id="b1"), worker_id="w", now=NOW)
        answer = await client.query(
            TableName=table,
            IndexName=schema.BATCH_INDEX,
            KeyConditionExpression="batch_id = :b",
            ExpressionAttributeValues={":b": {"S": "b1"}},
        )
        (item,) = answer["Items"]
        assert item["job_id"] == {"S": job.job_id}
        assert item["status"] == {"S": "running"}
        assert int(item["expires_at"]["N"]) == int(NOW.timestamp()) + schema.RETENTION_SECONDS


async def test_a_missing_table_is_a_store_that_is_unavailable(aws_endpoint, job):
    async with aws_client("dynamodb", aws_endpoint) as client:
        with pytest.raises(StoreUnavailable, match="ResourceNotFound"):
            await DynamoDbLedger(client=client, table="none").open_attempt(job, worker_id="w", now=NOW)
