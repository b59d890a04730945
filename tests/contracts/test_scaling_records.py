"""What only DynamoDB shows of the controller's records, and a task's protection on ECS."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.session import get_session

from tests.contracts.tables import ledger_table
from tests.contracts.test_scaling_ports import NOW, RECORD
from worker.adapters.dynamodb_activity import DynamoDbActivity
from worker.adapters.dynamodb_control import DynamoDbControl
from worker.adapters.dynamodb_roster import DynamoDbRoster
from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import WorkerReport
from worker.domain.fleet_control_codec import control_key


def client(endpoint: str):
    return get_session().create_client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


async def test_the_controller_reads_the_roster_as_workers_write_it(aws_endpoint):
    async with ledger_table(aws_endpoint) as (writer, table):
        roster = DynamoDbRoster(client=writer, table=table)
        for name, running in (("w-1", 2), ("w-2", 0), ("w-3", 1)):
            report = WorkerReport(
                worker_id=name,
                task_arn=f"arn:{name}",
                engine="builtin",
                started_at=NOW,
                running=running,
                concurrency=2,
                is_draining=name == "w-2",
            )
            await roster.report(report, now=datetime.now(UTC))
        await roster.leave("w-3")
        seen = DynamoDbActivity(client=client(aws_endpoint), table=table).workers()
    assert [(one.task_arn, one.running, one.is_draining) for one in seen] == [
        ("arn:w-1", 2, False),
        ("arn:w-2", 0, True),
    ]
    assert datetime.now(UTC) - seen[0].seen_at < timedelta(minutes=1)


async def test_a_look_that_cannot_be_read_does_not_keep_the_next_from_being_written(aws_endpoint):
    async with ledger_table(aws_endpoint) as (writer, table):
        item = {**control_key("look"), "version": {"N": "41"}, "reason": {"S": "of another release"}}
        await writer.put_item(TableName=table, Item=item)
        records = DynamoDbControl(client=client(aws_endpoint), table=table)
        assert records.last() == (41, None)
        assert records.keep(RECORD, version=42)
        assert records.last() == (42, RECORD)


async def test_wishes_that_cannot_be_read_are_a_fault_and_not_taken_for_none(aws_endpoint):
    async with ledger_table(aws_endpoint) as (writer, table):
        await writer.put_item(TableName=table, Item={**control_key("wishes"), "wishes": {"S": "{"}})
        with pytest.raises(StoreUnavailable):
            DynamoDbControl(client=client(aws_endpoint), table=table).wishes()
