"""Remembers deployments that proved good, in the stack's own ledger: whoever rolls back, on whatever machine, finds them.

Kept of each: the stack's file as it was (its secrets stay ciphertext), the commit and a digest of the program, the image's
digest and a tag of its own that no later push moves, the revision that ran, the version of Pulumi's state. The items have
no expiry; the newest KEPT stay.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

KEPT = 10
"""Deployments that are remembered."""
PARTITION = "deployments"
"""Partition key in the ledger (worker/domain/ledger_schema.py)."""


@dataclass(frozen=True, kw_only=True)
class GoodDeployment:
    """A deployment after which the fleet was healthy on the revision that it made."""

    at: str
    """ISO 8601, UTC."""
    by: str
    """user@host."""
    stack_file: str
    """Text of Pulumi.NAME.yaml."""
    commit: str
    """Commit of the program; empty where it was not committed, or there is no repository."""
    program_digest: str
    """SHA-256 over the program's files."""
    task_definition_arn: str
    """The revision that ran."""
    image_digest: str
    """Digest of the worker's image; empty where the repository has none (the embedded AWS)."""
    image_tag: str
    """A tag that stays on that image; empty as well."""
    state_version: int
    """Version of Pulumi's state; 0 where the backend counts none."""

    @property
    def fingerprint(self) -> str:
        """Two deployments of the same file, program and image are the same."""
        text = f"{self.stack_file}\n{self.program_digest}\n{self.image_digest}"
        return hashlib.sha256(text.encode()).hexdigest()

    def summary(self) -> dict[str, Any]:
        """Return what --json prints: all but the file."""
        return {name: value for name, value in asdict(self).items() if name != "stack_file"}


class GoodDeployments:
    """The remembered deployments of one stack."""

    def __init__(self, client_of: Callable[[str], Any], table: str) -> None:
        """`table` is the stack's ledger."""
        self._client = client_of("dynamodb")
        self._table = table

    def all(self) -> tuple[GoodDeployment, ...]:
        """Return them, the newest first; what another version wrote and this one can't read is passed over."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": PARTITION}},
            ScanIndexForward=False,
        )
        found = (_read(item) for page in pages for item in page["Items"])
        return tuple(one for one in found if one is not None)

    def remember(self, deployment: GoodDeployment) -> None:
        """Add one, and forget the oldest beyond KEPT."""
        record = {"S": json.dumps(asdict(deployment))}
        self._client.put_item(
            TableName=self._table,
            Item={"pk": {"S": PARTITION}, "sk": {"S": deployment.at}, "deployment": record},
        )
        for old in self.all()[KEPT:]:
            self._client.delete_item(TableName=self._table, Key={"pk": {"S": PARTITION}, "sk": {"S": old.at}})


def to_go_back_to(
    remembered: tuple[GoodDeployment, ...], *, running_task_definition: str
) -> GoodDeployment | None:
    """Return the newest that is not what runs: the newest of all where what runs did not prove good."""
    if not remembered:
        return None
    newest = remembered[0]
    if newest.task_definition_arn != running_task_definition:
        return newest
    return next((one for one in remembered if one.fingerprint != newest.fingerprint), None)


def _read(item: Mapping[str, Any]) -> GoodDeployment | None:
    try:
        values = json.loads(item["deployment"]["S"])
        return GoodDeployment(**{field.name: values[field.name] for field in fields(GoodDeployment)})
    except (KeyError, ValueError, TypeError):
        return None
