"""Writes what people want of the fleet's size to the ledger: the controller only reads it."""

from typing import Any

from worker.adapters.aws_calls import reported
from worker.domain.fleet_control import Wishes
from worker.domain.fleet_control_codec import encode_wishes


class WishesKeeper:
    """By a botocore DynamoDB client."""

    def __init__(self, *, client: Any, table: str) -> None:
        """Write to this table."""
        self._client = client
        self._table = table

    def keep(self, wishes: Wishes) -> None:
        """Write them, whatever was there."""
        with reported("end a stop"):
            self._client.put_item(TableName=self._table, Item=encode_wishes(wishes))
