"""Slots on DynamoDB: an item for each, taken by a conditional write and free again when its moment has passed."""

import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from botocore.exceptions import ClientError

from worker.adapters.aws_errors import REFUSED, code_of, told_as_unavailable
from worker.domain import ledger_schema as schema


class DynamoDbSlots:
    """The limits of a table."""

    def __init__(self, *, client: Any, table: str) -> None:
        """Use an aiobotocore DynamoDB client."""
        self._client = client
        self._table = table

    async def take(self, limit: str, *, slots: int, holder: str, seconds: float) -> bool:
        """Take a slot, or renew the one that the holder has; False where all are held.

        A holder tries its own slot first (by the digest of its name), so that a renewal costs one write and newcomers spread.
        """
        async with told_as_unavailable(f"take a slot of {limit}"):
            now = time.time()
            for index in _order(holder, slots):
                if await self._taken(limit, index, holder, now, now + seconds):
                    return True
        return False

    async def give_back(self, limit: str, *, slots: int, holder: str) -> None:
        """Free the holder's slot; one that is not held is no fault."""
        async with told_as_unavailable(f"give back a slot of {limit}"):
            for index in _order(holder, slots):
                if await self._freed(limit, index, holder):
                    return

    async def _taken(self, limit: str, index: int, holder: str, now: float, until: float) -> bool:
        return await self._written(
            Key=_key(limit, index),
            UpdateExpression="SET holder = :holder, held_until = :until, expires_at = :expires",
            ConditionExpression="attribute_not_exists(holder) OR holder = :holder OR held_until < :now",
            ExpressionAttributeValues={
                ":holder": {"S": holder},
                ":until": {"N": f"{until:.3f}"},
                ":now": {"N": f"{now:.3f}"},
                ":expires": {"N": str(int(until) + schema.RETENTION_SECONDS)},
            },
        )

    async def _freed(self, limit: str, index: int, holder: str) -> bool:
        return await self._written(
            Key=_key(limit, index),
            UpdateExpression="REMOVE holder, held_until",
            ConditionExpression="holder = :holder",
            ExpressionAttributeValues={":holder": {"S": holder}},
        )

    async def _written(self, **write: Any) -> bool:
        try:
            await self._client.update_item(TableName=self._table, **write)
        except ClientError as error:
            if code_of(error) == REFUSED:
                return False
            raise
        return True


def _order(holder: str, slots: int) -> list[int]:
    first = int.from_bytes(sha256(holder.encode("utf-8", "replace")).digest()[:4], "big") % slots
    return [(first + step) % slots for step in range(slots)]


def _key(limit: str, index: int) -> Mapping[str, Any]:
    return {
        schema.PARTITION_KEY: {"S": schema.limit_partition(limit)},
        schema.SORT_KEY: {"S": schema.slot_sort_key(index)},
    }
