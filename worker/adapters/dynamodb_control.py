"""What people and the controller tell each other, in the ledger's table."""

from typing import Any

from botocore.exceptions import ClientError

from worker.adapters.aws_calls import reported
from worker.adapters.aws_errors import REFUSED, code_of
from worker.domain import ledger_schema as schema
from worker.domain.budget import Meter
from worker.domain.fleet_control import SizeChange, SizeRecord, Wishes
from worker.domain.fleet_control_codec import (
    control_key,
    decode_record,
    decode_wishes,
    encode_change,
    encode_record,
    version_of,
)
from worker.domain.meter_codec import decode_meter, encode_meter
from worker.scaling_ports import LastLook


class DynamoDbControl:
    """A `worker.scaling_ports.ControlRecords`."""

    def __init__(self, *, client: Any, table: str) -> None:
        """Use a botocore DynamoDB client."""
        self._client = client
        self._table = table

    def wishes(self) -> Wishes:
        """Read them."""
        with reported("read what people asked for"):
            return decode_wishes(self._item(schema.WISHES_SORT_KEY))

    def last(self) -> LastLook:
        """Read the last look."""
        with reported("read the last look"):
            item = self._item(schema.RECORD_SORT_KEY)
            return LastLook(version_of(item), decode_record(item))

    def keep(self, record: SizeRecord, *, version: int) -> bool:
        """Write it, unless another controller wrote one of this version or a later one."""
        with reported("write the look"):
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=encode_record(record, version=version),
                    ConditionExpression="attribute_not_exists(#version) OR #version < :version",
                    ExpressionAttributeNames={"#version": "version"},
                    ExpressionAttributeValues={":version": {"N": str(version)}},
                )
            except ClientError as fault:
                if code_of(fault) != REFUSED:
                    raise
                return False
        return True

    def note_change(self, change: SizeChange) -> None:
        """Write it."""
        with reported("write the change"):
            self._client.put_item(TableName=self._table, Item=encode_change(change))

    def meter(self) -> Meter | None:
        """Read the newest month."""
        with reported("read the meter"):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression=f"{schema.PARTITION_KEY} = :meter",
                ExpressionAttributeValues={":meter": {"S": schema.METER_PARTITION}},
                ConsistentRead=True,
                ScanIndexForward=False,
                Limit=1,
            )
            items = answer["Items"]
            return decode_meter(items[0]) if items else None

    def keep_meter(self, meter: Meter) -> None:
        """Write the month's item anew."""
        with reported("write the meter"):
            self._client.put_item(TableName=self._table, Item=encode_meter(meter))

    def _item(self, sort_key: str) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key=control_key(sort_key), ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        return item
