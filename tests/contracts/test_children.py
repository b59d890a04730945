"""The way of child jobs through the fleet, on the fake and on SQS and DynamoDB as the embedded AWS has them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.contracts.tables import ledger_table
from tests.contracts.worlds import aws_client
from tests.fakes.children import FakeChildren
from tests.fakes.ledger import FakeLedger
from worker.adapters.aws_children import AwsChildren
from worker.adapters.dynamodb_ledger import DynamoDbLedger
from worker.domain import ledger_schema as schema
from worker.domain.attempt import AttemptEnd, EndReason
from worker.domain.errors import StoreUnavailable
from worker.domain.fanout import Share, Way
from worker.domain.fleet_control import SizeRecord, Terms
from worker.domain.fleet_control_codec import encode_record
from worker.domain.job import Job, JobKind, JobStatus, Lane
from worker.domain.job_codec import decode_job
from worker.domain.scaling_terms import Reason
from worker.ports import Ledger
from worker.repair_ports import Children

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
SHARE = Share(parent="fix-1", number=1, way=Way.SMALL, lines=(3,))
CHILD = Job(
    job_id="fix-1-c1",
    kind=JobKind.FIX,
    language="python",
    code="x = 1",
    batch_id="fix-1",
    share=SHARE,
    priority=5,
)


@dataclass
class World:
    children: Children
    ledger: Ledger
    client: Any = None
    table: str = ""
    url: str = ""
    sqs: Any = None

    async def end(self, job: Job, status: JobStatus, reason: EndReason) -> None:
        opened = await self.ledger.open_attempt(job, worker_id="w", now=NOW)
        await self.ledger.close_attempt(job, opened.number, AttemptEnd(reason=reason, status=status), now=NOW)

    async def arrived(self) -> Sequence[Job]:
        if isinstance(self.children, FakeChildren):
            return self.children.sent
        answer = await self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        return [decode_job(one["Body"], message_id="m") for one in answer.get("Messages", ())]


@pytest.fixture(params=["fake", "embedded AWS"])
async def world(request) -> AsyncIterator[World]:
    if request.param == "fake":
        ledger = FakeLedger()
        yield World(children=FakeChildren(ledger=ledger), ledger=ledger)
        return
    endpoint = request.getfixturevalue("aws_endpoint")
    async with ledger_table(endpoint) as (client, table), aws_client("sqs", endpoint) as sqs:
        urls = {
            lane: (await sqs.create_queue(QueueName=f"{table}-{uuid4().hex[:6]}-{lane}"))["QueueUrl"]
            for lane in Lane
        }
        yield World(
            children=AwsChildren(sqs=sqs, dynamodb=client, table=table, lanes=urls),
            ledger=DynamoDbLedger(client=client, table=table),
            client=client,
            table=table,
            url=urls[Lane.HIGH],
            sqs=sqs,
        )


async def test_a_child_arrives_whole_in_the_lane_of_its_priority(world: World) -> None:
    await world.children.send(CHILD)
    assert list(await world.arrived()) == [CHILD]


async def test_who_was_recorded_stands_there_as_queued_and_who_was_not_is_left_out(world: World) -> None:
    await world.children.record(CHILD, NOW)
    assert await world.children.standing([CHILD.job_id, "fix-1-c2"]) == {CHILD.job_id: JobStatus.QUEUED}
    assert await world.children.standing([]) == {}


async def test_recording_a_child_that_has_ended_does_not_bring_it_back(world: World) -> None:
    await world.end(CHILD, JobStatus.SUCCEEDED, EndReason.PROVED)
    await world.children.record(CHILD, NOW)
    assert await world.children.standing([CHILD.job_id]) == {CHILD.job_id: JobStatus.SUCCEEDED}


async def test_of_those_called_off_the_queued_end_the_running_are_asked_and_the_ended_stay(
    world: World,
) -> None:
    running, ended = (replace(CHILD, job_id=f"fix-1-c{number}") for number in (2, 3))
    await world.children.record(CHILD, NOW)
    await world.ledger.open_attempt(running, worker_id="w", now=NOW)
    await world.end(ended, JobStatus.FAILED, EndReason.NOTHING_KEPT)
    names = [CHILD.job_id, running.job_id, ended.job_id]
    await world.children.call_off([*names, "fix-1-c4"], NOW)
    assert await world.children.standing([*names, "fix-1-c4"]) == {
        CHILD.job_id: JobStatus.CANCELLED,
        running.job_id: JobStatus.RUNNING,
        ended.job_id: JobStatus.FAILED,
    }
    assert running.job_id in await world.ledger.cancel_requests(names)
    assert ended.job_id not in await world.ledger.cancel_requests(names)


async def test_the_ledger_says_why_a_job_that_never_ran_has_ended(aws_endpoint: str) -> None:
    async with ledger_table(aws_endpoint) as (client, table):
        children = AwsChildren(sqs=None, dynamodb=client, table=table, lanes={})
        await children.record(CHILD, NOW)
        await children.call_off([CHILD.job_id], NOW)
        answer = await client.get_item(TableName=table, Key=schema.job_key(CHILD.job_id))
    assert answer["Item"]["end_reason"]["S"] == EndReason.CANCELLED


async def test_a_child_called_off_before_it_began_is_not_begun(world: World) -> None:
    await world.children.record(CHILD, NOW)
    await world.children.call_off([CHILD.job_id], NOW)
    opened = await world.ledger.open_attempt(CHILD, worker_id="w", now=NOW)
    assert opened.status is JobStatus.CANCELLED


@pytest.mark.parametrize(
    ("reason", "age_seconds", "is_frozen"),
    [
        (Reason.BUDGET_FROZEN, 20, True),
        (Reason.BUDGET_ZERO, 20, True),
        (Reason.AT_MAXIMUM, 20, False),
        (Reason.BUDGET_FROZEN, 86_400, False),
    ],
)
async def test_a_fleet_is_frozen_where_the_controller_s_last_look_says_so(
    aws_endpoint: str, reason: Reason, age_seconds: int, is_frozen: bool
) -> None:
    look = SizeRecord(
        looked_at=NOW - timedelta(seconds=age_seconds),
        since=NOW,
        desired=1,
        reason=reason.value,
        sentence="as it is",
        terms=Terms(minimum=0, maximum=4, idle_seconds=120),
    )
    async with ledger_table(aws_endpoint) as (client, table):
        children = AwsChildren(sqs=None, dynamodb=client, table=table, lanes={})
        assert not await children.is_frozen(NOW)
        await client.put_item(TableName=table, Item=encode_record(look, version=1))
        assert await children.is_frozen(NOW) is is_frozen


async def test_a_missing_table_is_a_store_that_is_unavailable(aws_endpoint: str) -> None:
    async with ledger_table(aws_endpoint) as (client, _):
        children = AwsChildren(sqs=None, dynamodb=client, table="none", lanes={})
        with pytest.raises(StoreUnavailable, match="ResourceNotFound"):
            await children.standing(["fix-1"])
        with pytest.raises(StoreUnavailable, match="ResourceNotFound"):
            await children.record(CHILD, NOW)
