"""A ledger's table on the embedded AWS, as the infrastructure makes it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from tests.contracts.worlds import aws_client
from worker.domain import ledger_schema as schema


@asynccontextmanager
async def ledger_table(endpoint: str) -> AsyncIterator[tuple[Any, str]]:
    """Yield a DynamoDB client and the name of a fresh table."""
    async with aws_client("dynamodb", endpoint) as client:
        table = f"ledger-{uuid4().hex[:8]}"
        await create_ledger_table(client, table)
        yield client, table


async def create_ledger_table(client: Any, table: str) -> None:
    strings = [schema.PARTITION_KEY, schema.SORT_KEY, "batch_id", "job_id"]
    await client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in strings],
        KeySchema=[
            {"AttributeName": schema.PARTITION_KEY, "KeyType": "HASH"},
            {"AttributeName": schema.SORT_KEY, "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": schema.BATCH_INDEX,
                "KeySchema": [
                    {"AttributeName": "batch_id", "KeyType": "HASH"},
                    {"AttributeName": "job_id", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
