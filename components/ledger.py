"""Ledger: the DynamoDB table of jobs and attempts; its keys are the worker's (worker/domain/ledger_schema.py)."""

from pulumi_aws import dynamodb

from components.fleet_component import FleetComponent, StackContext
from worker.domain.ledger_schema import (
    BATCH_INDEX,
    BATCH_INDEX_PARTITION_KEY,
    BATCH_INDEX_SORT_KEY,
    EXPIRY_ATTRIBUTE,
    PARTITION_KEY,
    SORT_KEY,
)

KEYS = (PARTITION_KEY, SORT_KEY, BATCH_INDEX_PARTITION_KEY, BATCH_INDEX_SORT_KEY)


class Ledger(FleetComponent):
    """One table, billed by request; a protected stack also has backups, an audited key and no way to delete it."""

    def __init__(self, name: str, context: StackContext) -> None:
        """Build the table."""
        super().__init__(name, context, holds_data=True)
        is_protected = context.config.protect
        table = dynamodb.Table(
            self.child_name("table"),
            name=context.names.ledger,
            billing_mode="PAY_PER_REQUEST",
            hash_key=PARTITION_KEY,
            range_key=SORT_KEY,
            attributes=[{"name": key, "type": "S"} for key in KEYS],
            global_secondary_indexes=[
                {
                    "name": BATCH_INDEX,
                    "key_schemas": [
                        {"attribute_name": BATCH_INDEX_PARTITION_KEY, "key_type": "HASH"},
                        {"attribute_name": BATCH_INDEX_SORT_KEY, "key_type": "RANGE"},
                    ],
                    "projection_type": "ALL",
                },
            ],
            ttl={"attribute_name": EXPIRY_ATTRIBUTE, "enabled": True},
            point_in_time_recovery={"enabled": is_protected},
            # False is not "plain": DynamoDB then encrypts with a key of its own, which is free but not audited.
            server_side_encryption={"enabled": is_protected},
            deletion_protection_enabled=is_protected,
            tags=self.tags("ledger"),
            opts=self.child(),
        )
        self.table_name = table.name
        self.table_arn = table.arn
        self.finish({"table_name": self.table_name})
