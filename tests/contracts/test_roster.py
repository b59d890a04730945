"""What a roster does, on DynamoDB as the embedded AWS has it; the fake records alone."""

from dataclasses import replace
from datetime import UTC, datetime

from tests.contracts.tables import ledger_table
from worker.adapters.dynamodb_roster import DynamoDbRoster
from worker.domain import ledger_schema as schema
from worker.domain.exchange import WorkerReport

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
