"""What a roster does, on DynamoDB as the embedded AWS has it; the fake records alone."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.contracts.tables import ledger_table
from worker.adapters.dynamodb_roster import DynamoDbRoster
from worker.domain import ledger_schema as schema
from worker.domain.closing import Ask
from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import WorkerReport
from worker.domain.fleet_control_codec import control_key

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
REPORT = WorkerReport(
    worker_id="w-1",
    task_arn="arn:task",
    engine="builtin",
    started_at=NOW,
    running=2,
    concurrency=4,
    is_draining=False,
)


async def workers(client, table) -> list[dict]:
    answer = await client.query(
        TableName=table,
        KeyConditionExpression="pk = :fleet",
        ExpressionAttributeValues={":fleet": {"S": schema.FLEET_PARTITION}},
    )
    return answer["Items"]


async def test_a_worker_stands_in_the_roster_once_with_its_newest_report_until_it_leaves(aws_endpoint):
    async with ledger_table(aws_endpoint) as (client, table):
        roster = DynamoDbRoster(client=client, table=table)
        await roster.report(REPORT, now=NOW)
        await roster.report(replace(REPORT, running=1, is_draining=True), now=NOW)
        await roster.report(replace(REPORT, worker_id="w-2"), now=NOW)
        first, _ = await workers(client, table)
        assert (first["sk"]["S"], first["running"]["N"], first["is_draining"]["BOOL"]) == (
            "worker#w-1",
            "1",
            True,
        )
        await roster.leave("w-1")
        await roster.leave("w-1")
        gone = [item["sk"]["S"] for item in await workers(client, table) if "left_at" in item]
        assert gone == ["worker#w-1"]


async def test_a_worker_that_never_reported_leaves_no_trace_when_it_leaves(aws_endpoint):
    async with ledger_table(aws_endpoint) as (client, table):
        await DynamoDbRoster(client=client, table=table).leave("w-1")
        assert await workers(client, table) == []


async def test_where_the_controller_never_looked_nothing_is_asked(aws_endpoint):
    async with ledger_table(aws_endpoint) as (client, table):
        assert await DynamoDbRoster(client=client, table=table).ask() == Ask()


async def test_what_is_asked_and_cannot_be_read_is_a_fault_and_not_taken_for_nothing(aws_endpoint):
    async with ledger_table(aws_endpoint) as (client, table):
        await client.put_item(TableName=table, Item={**control_key("look"), "ask": {"S": "{}"}})
        with pytest.raises(StoreUnavailable):
            await DynamoDbRoster(client=client, table=table).ask()
