"""How batches are counted, on the fake and on DynamoDB as the embedded AWS has it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from tests.contracts.tables import ledger_table
from tests.fakes.ledger import FakeLedger
from worker.adapters.dynamodb_batches import DynamoDbBatches
from worker.adapters.dynamodb_ledger import DynamoDbLedger
from worker.domain import ledger_schema as schema
from worker.domain.attempt import AttemptEnd, EndReason
from worker.domain.batch import BatchProgress
from worker.domain.job import Job, JobKind, JobStatus
from worker.ports import Batches, Ledger

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
JOB = Job(job_id="j1", kind=JobKind.TEST, language="python", code="x = 1", batch_id="b")
PROVED = AttemptEnd(reason=EndReason.PROVED, status=JobStatus.SUCCEEDED, seconds=2.5, tests=3)


@dataclass
class Books:
    ledger: Ledger
    batches: Batches
    begin: Callable[[int], Awaitable[None]]
    call_off: Callable[[str], Awaitable[None]]

    async def end(self, job: Job, end: AttemptEnd = PROVED) -> BatchProgress | None:
        opened = await self.ledger.open_attempt(job, worker_id="w", now=NOW)
        return await self.ledger.close_attempt(job, opened.number, end, now=NOW)


def fake_books() -> Books:
    ledger = FakeLedger()

    async def begin(total: int) -> None:
        ledger.batches["b"] = BatchProgress(batch_id="b", total=total)

    async def call_off(job_id: str) -> None:
        ledger.jobs[job_id].is_cancel_requested = True

    return Books(ledger=ledger, batches=ledger, begin=begin, call_off=call_off)


def dynamodb_books(client, table: str) -> Books:
    async def begin(total: int) -> None:
        item = {
            "pk": {"S": schema.batch_partition("b")},
            "sk": {"S": schema.BATCH_SORT_KEY},
            "label": {"S": "label"},
            "total": {"N": str(total)},
        }
        await client.put_item(TableName=table, Item=item)

    async def call_off(job_id: str) -> None:
        await client.update_item(
            TableName=table,
            Key={"pk": {"S": schema.job_partition(job_id)}, "sk": {"S": schema.JOB_SORT_KEY}},
            UpdateExpression="SET cancel_requested_at = :now",
            ExpressionAttributeValues={":now": {"S": NOW.isoformat()}},
        )

    return Books(
        ledger=DynamoDbLedger(client=client, table=table),
        batches=DynamoDbBatches(client=client, table=table),
        begin=begin,
        call_off=call_off,
    )


@pytest.fixture(params=["fake", "embedded AWS"])
async def books(request) -> AsyncIterator[Books]:
    if request.param == "fake":
        yield fake_books()
        return
    async with ledger_table(request.getfixturevalue("aws_endpoint")) as (client, table):
        yield dynamodb_books(client, table)


async def test_the_end_of_a_job_counts_in_its_batch(books):
    await books.begin(2)
    assert await books.end(JOB) == BatchProgress(batch_id="b", total=2, succeeded=1)
    failed = AttemptEnd(reason=EndReason.SOURCE_REJECTED, status=JobStatus.FAILED)
    last = await books.end(replace(JOB, job_id="j2"), failed)
    assert last == BatchProgress(batch_id="b", total=2, succeeded=1, failed=1)
    assert last.is_complete


async def test_an_end_that_is_told_twice_counts_once(books):
    await books.begin(2)
    opened = await books.ledger.open_attempt(JOB, worker_id="w", now=NOW)
    assert await books.ledger.close_attempt(JOB, opened.number, PROVED, now=NOW) is not None
    assert await books.ledger.close_attempt(JOB, opened.number, PROVED, now=NOW) is None
    record = await books.batches.batch("b")
    assert record is not None
    assert record.progress.succeeded == 1


async def test_an_attempt_that_does_not_end_the_job_counts_nothing(books):
    await books.begin(1)
    drained = AttemptEnd(reason=EndReason.DRAINED, status=JobStatus.QUEUED)
    assert await books.end(JOB, drained) is None
    record = await books.batches.batch("b")
    assert record is not None
    assert record.progress.ended == 0


async def test_jobs_that_end_together_are_all_counted(books):
    await books.begin(25)
    jobs = [replace(JOB, job_id=f"j{number}") for number in range(25)]
    seen = await asyncio.gather(*(books.end(job) for job in jobs))
    record = await books.batches.batch("b")
    assert record is not None
    assert record.progress.succeeded == 25
    assert any(progress is not None and progress.is_complete for progress in seen)


async def test_a_job_whose_batch_nobody_counts_ends_all_the_same(books):
    assert await books.end(JOB) is None
    assert (await books.ledger.open_attempt(JOB, worker_id="w", now=NOW)).status is JobStatus.SUCCEEDED


async def test_a_batch_knows_its_members_and_its_report(books):
    await books.begin(2)
    for number in range(2):
        await books.end(replace(JOB, job_id=f"j{number}"))
    assert sorted(await books.batches.members("b")) == ["j0", "j1"]
    await books.batches.note_report("b", now=NOW)
    record = await books.batches.batch("b")
    assert record is not None
    assert (record.label, record.is_reported) == ("label", True)


async def test_a_batch_that_nobody_submitted_is_none(books):
    assert await books.batches.batch("none") is None


async def test_jobs_that_are_called_off_are_told_from_the_others(books):
    for number in range(3):
        await books.ledger.open_attempt(replace(JOB, job_id=f"j{number}"), worker_id="w", now=NOW)
    await books.call_off("j1")
    assert await books.ledger.cancel_requests(["j0", "j1", "j2", "unknown"]) == {"j1"}
    opened = await books.ledger.open_attempt(replace(JOB, job_id="j1"), worker_id="w", now=NOW)
    assert opened.is_cancel_requested


async def test_the_time_of_a_file_is_noted_only_where_it_has_a_name(books, aws_endpoint):
    for job in (JOB, replace(JOB, repository="acme"), replace(JOB, repository="acme", path="a" * 3000)):
        await books.ledger.note_seconds(job, 2.5, now=NOW)


async def test_a_job_that_a_retry_replaced_is_no_member(aws_endpoint):
    async with ledger_table(aws_endpoint) as (client, table):
        books = dynamodb_books(client, table)
        for number in range(2):
            await books.ledger.open_attempt(replace(JOB, job_id=f"j{number}"), worker_id="w", now=NOW)
        await client.update_item(
            TableName=table,
            Key={"pk": {"S": schema.job_partition("j0")}, "sk": {"S": schema.JOB_SORT_KEY}},
            UpdateExpression="SET replaced_by = :new",
            ExpressionAttributeValues={":new": {"S": "j0-r2"}},
        )
        assert await books.batches.members("b") == ["j1"]
