"""The jobs that wait in the ledger for their time, and who may send them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from worker.adapters.aws_calls import reported
from worker.adapters.aws_errors import REFUSED, code_of
from worker.domain import ledger_schema as schema
from worker.domain.fleet_control_codec import control_key
from worker.domain.later import KeptJob, decode_kept, later_key, stamp


class DynamoDbLater:
    """A `worker.scaling_ports.Later`."""

    def __init__(self, *, client: Any, table: str) -> None:
        """Use a botocore DynamoDB client."""
        self._client = client
        self._table = table

    def due(self, until: datetime, *, limit: int) -> Sequence[KeptJob]:
        """Read the first ones; a date of `until` itself is one of them."""
        with reported("read which jobs are due"):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression=f"{schema.PARTITION_KEY} = :later AND {schema.SORT_KEY} < :until",
                ExpressionAttributeValues={
                    ":later": {"S": schema.LATER_PARTITION},
                    ":until": {"S": f"{stamp(until)}$"},  # $ comes right after #, which ends a time
                },
                ConsistentRead=True,
                Limit=limit,
            )
            return [decode_kept(item) for item in answer["Items"]]

    def take_turn(self, holder: str, *, now: datetime, seconds: float) -> bool:
        """Write who sends, unless somebody else does and is not over yet."""
        item = {
            **control_key(schema.SENDING_SORT_KEY),
            "holder": {"S": holder},
            "held_until": {"N": f"{(now + timedelta(seconds=seconds)).timestamp():.3f}"},
        }
        with reported("take the turn to send"):
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(holder) OR holder = :me OR held_until < :now",
                    ExpressionAttributeValues={
                        ":me": {"S": holder},
                        ":now": {"N": f"{now.timestamp():.3f}"},
                    },
                )
            except ClientError as fault:
                if code_of(fault) != REFUSED:
                    raise
                return False
        return True

    def forget(self, sent: KeptJob) -> None:
        """Strike it off."""
        with reported("strike off a job that was sent"):
            self._client.delete_item(TableName=self._table, Key=later_key(sent.job_id, sent.due_at))
