"""What the workers say of themselves, and what their jobs took, from the ledger."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from worker.adapters.aws_calls import reported
from worker.domain import ledger_schema as schema
from worker.domain.fleet_control import WorkerSeen

BATCHES = 3
"""The newest so many submissions are looked at…"""
JOBS_A_BATCH = 100
"""…and so many jobs of each."""


class DynamoDbActivity:
    """A `worker.scaling_ports.Activity`."""

    def __init__(self, *, client: Any, table: str) -> None:
        """Use a botocore DynamoDB client."""
        self._client = client
        self._table = table

    def workers(self) -> Sequence[WorkerSeen]:
        """Read the roster, without those that said farewell."""
        with reported("read the roster"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression=f"{schema.PARTITION_KEY} = :fleet",
                FilterExpression="attribute_not_exists(left_at)",
                ExpressionAttributeValues={":fleet": {"S": schema.FLEET_PARTITION}},
                ConsistentRead=True,
            )
            return [_worker(item) for page in pages for item in page["Items"]]

    def service_seconds(self) -> float | None:
        """Take the mean over the ended jobs of the newest submissions."""
        with reported("read what jobs took"):
            found = [seconds for batch_id in self._newest() for seconds in self._seconds(batch_id)]
        return sum(found) / len(found) if found else None

    def _newest(self) -> list[str]:
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression=f"{schema.PARTITION_KEY} = :recent",
            ExpressionAttributeValues={":recent": {"S": schema.RECENT_PARTITION}},
            ScanIndexForward=False,
            Limit=BATCHES,
        )
        return [item[schema.SORT_KEY]["S"].partition("#")[2] for item in answer["Items"]]

    def _seconds(self, batch_id: str) -> Iterator[float]:
        answer = self._client.query(
            TableName=self._table,
            IndexName=schema.BATCH_INDEX,
            KeyConditionExpression=f"{schema.BATCH_INDEX_PARTITION_KEY} = :batch",
            ExpressionAttributeNames={"#seconds": "seconds"},
            ExpressionAttributeValues={":batch": {"S": batch_id}},
            ProjectionExpression="#seconds",
            Limit=JOBS_A_BATCH,
        )
        for item in answer["Items"]:
            if "seconds" in item:
                yield float(item["seconds"]["N"])


def _worker(item: dict[str, Any]) -> WorkerSeen:
    return WorkerSeen(
        task_arn=item["task_arn"]["S"],
        started_at=datetime.fromisoformat(item["started_at"]["S"]),
        seen_at=datetime.fromisoformat(item["seen_at"]["S"]),
        running=int(item["running"]["N"]),
        is_draining=bool(item["is_draining"]["BOOL"]),
        worker_id=item[schema.SORT_KEY]["S"].removeprefix(schema.WORKER_PREFIX),
        closed_for=int(item["closed_for"]["N"]) if "closed_for" in item else None,
    )
