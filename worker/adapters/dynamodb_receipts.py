"""Receipts and rates of ingress, in the ledger's table."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from worker.adapters.aws_calls import reported
from worker.adapters.aws_errors import CONFLICT, REFUSED, TRANSACTION_REFUSED, code_of, reasons_of
from worker.domain import ingress_schema as own
from worker.domain import ledger_schema as schema
from worker.domain.ingress_schema import Receipt

RATE_KEPT_SECONDS = 3600


class DynamoDbReceipts:
    """A `worker.ingress_ports.Receipts`."""

    def __init__(self, *, client: Any, table: str) -> None:
        """Use a botocore DynamoDB client."""
        self._client = client
        self._table = table

    def find(self, receipt_id: str) -> Receipt | None:
        """Read it as it is now."""
        with reported("look for the receipt"):
            answer = self._client.get_item(TableName=self._table, Key=_key(receipt_id), ConsistentRead=True)
            item = answer.get("Item")
            return _decoded(item) if item else None

    def open(self, receipt: Receipt) -> bool:
        """Write both items, or neither where there is such a receipt."""
        expires = {"N": str(int(receipt.opened_at.timestamp()) + own.RECEIPT_SECONDS)}
        item = {
            **_key(receipt.receipt_id),
            "receipt_id": {"S": receipt.receipt_id},
            "digest": {"S": receipt.digest},
            "job_ids": {"L": [{"S": job_id} for job_id in receipt.job_ids]},
            "label": {"S": receipt.label},
            "opened_at": {"S": receipt.opened_at.isoformat()},
            schema.EXPIRY_ATTRIBUTE: expires,
        }
        line = {
            **_line_key(receipt),
            "receipt_id": {"S": receipt.receipt_id},
            schema.EXPIRY_ATTRIBUTE: expires,
        }
        absent = f"attribute_not_exists({schema.PARTITION_KEY})"
        puts = [
            {"Put": {"TableName": self._table, "Item": item, "ConditionExpression": absent}},
            {"Put": {"TableName": self._table, "Item": line}},
        ]
        with reported("write the receipt"):
            try:
                self._client.transact_write_items(TransactItems=puts)
            except ClientError as fault:
                if not _is_taken(fault):
                    raise
                return False
        return True

    def close(self, receipt: Receipt, now: datetime) -> None:
        """Mark it closed first: a line that is left shows a closed receipt, and is taken away by the next sweep."""
        with reported("close the receipt"):
            self._client.update_item(
                TableName=self._table,
                Key=_key(receipt.receipt_id),
                UpdateExpression="SET closed_at = if_not_exists(closed_at, :now)",
                ExpressionAttributeValues={":now": {"S": now.isoformat()}},
            )
            self._client.delete_item(TableName=self._table, Key=_line_key(receipt))

    def left_open(self, *, before: datetime, limit: int) -> Sequence[Receipt]:
        """Read the oldest lines, then their receipts; what is closed or gone loses its line here."""
        with reported("look for receipts that are open"):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression=f"{schema.PARTITION_KEY} = :open AND {schema.SORT_KEY} < :before",
                ExpressionAttributeValues={
                    ":open": {"S": own.OPEN_PARTITION},
                    ":before": {"S": before.isoformat(timespec="milliseconds")},
                },
                ConsistentRead=True,
                Limit=limit,
            )
            found: list[Receipt] = []
            for line in answer["Items"]:
                receipt = self.find(line["receipt_id"]["S"])
                if receipt is None or receipt.is_closed:
                    key = {name: line[name] for name in (schema.PARTITION_KEY, schema.SORT_KEY)}
                    self._client.delete_item(TableName=self._table, Key=key)
                else:
                    found.append(receipt)
            return found


class DynamoDbRates:
    """A `worker.ingress_ports.Rates`: a bucket that leaks, as one number, the time at which it is empty (GCRA)."""

    def __init__(self, *, client: Any, table: str, requests_a_minute: int) -> None:
        """Use a botocore DynamoDB client; a minute's worth may come at once."""
        self._client = client
        self._table = table
        self._each_seconds = 60.0 / max(requests_a_minute, 1)

    def wait_seconds(self, caller: str, now: datetime) -> float:
        """Two conditional writes at most: onto what is in the bucket, or into an empty one."""
        moment, each = now.timestamp(), self._each_seconds
        full = moment + 60.0 - each
        with reported("count the caller's submissions"):
            if self._count(
                caller,
                "next_at > :now AND next_at <= :full",
                "next_at + :each",
                {":now": moment, ":full": full},
                moment,
            ):
                return 0.0
            is_empty = self._count(
                caller,
                "attribute_not_exists(next_at) OR next_at <= :now",
                ":now + :each",
                {":now": moment},
                moment,
            )
        return 0.0 if is_empty else each

    def _count(
        self, caller: str, condition: str, value: str, values: Mapping[str, float], moment: float
    ) -> bool:
        key = {
            schema.PARTITION_KEY: {"S": own.rate_partition(caller)},
            schema.SORT_KEY: {"S": own.RATE_SORT_KEY},
        }
        numbers = {**values, ":each": self._each_seconds, ":expires": int(moment) + RATE_KEPT_SECONDS}
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression=f"SET next_at = {value}, {schema.EXPIRY_ATTRIBUTE} = :expires",
                ConditionExpression=condition,
                ExpressionAttributeValues={name: {"N": f"{number:.6f}"} for name, number in numbers.items()},
            )
        except ClientError as fault:
            if code_of(fault) != REFUSED:
                raise
            return False
        return True


def _is_taken(fault: ClientError) -> bool:
    """A conflict with another's transaction means that it writes the same receipt at this moment."""
    reasons = {"ConditionalCheckFailed", CONFLICT}.intersection(reasons_of(fault))
    return code_of(fault) == TRANSACTION_REFUSED and bool(reasons)


def _decoded(item: Mapping[str, Any]) -> Receipt:
    return Receipt(
        receipt_id=item["receipt_id"]["S"],
        digest=item["digest"]["S"],
        job_ids=tuple(one["S"] for one in item["job_ids"]["L"]),
        label=item["label"]["S"],
        opened_at=datetime.fromisoformat(item["opened_at"]["S"]),
        is_closed="closed_at" in item,
    )


def _key(receipt_id: str) -> dict[str, Any]:
    return {
        schema.PARTITION_KEY: {"S": own.receipt_partition(receipt_id)},
        schema.SORT_KEY: {"S": own.RECEIPT_SORT_KEY},
    }


def _line_key(receipt: Receipt) -> dict[str, Any]:
    return {
        schema.PARTITION_KEY: {"S": own.OPEN_PARTITION},
        schema.SORT_KEY: {"S": own.open_sort_key(receipt)},
    }
