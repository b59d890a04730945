"""What workers learn from each other, on DynamoDB."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from worker.adapters.aws_errors import REFUSED, code_of, told_as_unavailable
from worker.domain import ledger_schema as schema
from worker.domain.exchange import EngineHealth, Memory, Tally

MEMORY_SECONDS = 30 * 86_400
"""How long something is remembered without being asked for."""
MOST_FLAKY = 1000
"""Flaky tests read of one source."""


class DynamoDbKnowledge:
    """The memories, tallies and health notes of a table."""

    def __init__(self, *, client: Any, table: str) -> None:
        """Use an aiobotocore DynamoDB client."""
        self._client = client
        self._table = table

    async def recall(self, key: str, *, owner: str, seconds: float) -> Memory | None:
        """Read and count a hit; else claim it, by a write that one caller wins."""
        async with told_as_unavailable("recall"):
            item = await self._item(_memory(key))
            if "artifact_key" in item:
                await self._update(_memory(key), "SET expires_at = :expires ADD hits :one", _hit())
                return Memory(key=key, artifact_key=item["artifact_key"]["S"], is_mine=False)
            now = time.time()
            is_mine = await self._update(
                _memory(key),
                "SET #owner = :owner, held_until = :until, expires_at = :expires",
                {
                    ":owner": {"S": owner},
                    ":until": {"N": f"{now + seconds:.3f}"},
                    ":expires": _expiry(),
                    ":now": {"N": f"{now:.3f}"},
                },
                condition="attribute_not_exists(artifact_key) AND "
                "(attribute_not_exists(#owner) OR #owner = :owner OR held_until < :now)",
                names={"#owner": "owner"},
            )
        return Memory(key=key, artifact_key="", is_mine=True) if is_mine else None

    async def remember(self, key: str, *, owner: str, artifact_key: str) -> None:
        """Keep it; the first one stands."""
        async with told_as_unavailable("remember"):
            await self._update(
                _memory(key),
                "SET artifact_key = :artifact, expires_at = :expires, hits = :zero, #owner = :owner REMOVE held_until",
                {
                    ":artifact": {"S": artifact_key},
                    ":expires": _expiry(),
                    ":zero": {"N": "0"},
                    ":owner": {"S": owner},
                },
                condition="attribute_not_exists(artifact_key)",
                names={"#owner": "owner"},
            )

    async def forget(self, key: str, *, owner: str) -> None:
        """Give the claim up; another's stands, and so does what is known."""
        async with told_as_unavailable("forget"):
            await self._update(
                _memory(key),
                "REMOVE #owner, held_until",
                {":owner": {"S": owner}},
                condition="#owner = :owner AND attribute_not_exists(artifact_key)",
                names={"#owner": "owner"},
            )

    async def tallies(self, job_class: str) -> Sequence[Tally]:
        """Read all arms; there are few."""
        async with told_as_unavailable("read the tallies"):
            items = await self._query(schema.TALLIES_PARTITION, begin=schema.tally_sort_key(job_class))
        return [
            Tally(
                arm=item[schema.SORT_KEY]["S"].partition("#")[2],
                tried=int(item["tried"]["N"]),
                kept=int(item["kept"]["N"]),
                seconds=float(item["seconds"]["N"]),
            )
            for item in items
        ]

    async def tally(self, job_class: str, arm: str, *, is_kept: bool, seconds: float) -> None:
        """Add to the counters."""
        async with told_as_unavailable("write a tally"):
            await self._update(
                _key(schema.TALLIES_PARTITION, schema.tally_sort_key(job_class, arm)),
                "ADD tried :one, kept :kept, #seconds :seconds",
                {
                    ":one": {"N": "1"},
                    ":kept": {"N": str(int(is_kept))},
                    ":seconds": {"N": f"{seconds:.3f}"},
                },
                names={"#seconds": "seconds"},
            )

    async def health(self, engine: str) -> EngineHealth:
        """Read; an engine that nobody spoke of is well."""
        async with told_as_unavailable("read an engine's health"):
            item = await self._item(_engine(engine))
        return EngineHealth(
            failures=int(item.get("failures", {}).get("N", "0")),
            open_until=float(item.get("open_until", {}).get("N", "0")),
        )

    async def note_health(self, engine: str, *, is_well: bool, open_seconds: float) -> None:
        """Count a failure, or begin anew."""
        async with told_as_unavailable("write an engine's health"):
            if is_well:
                await self._update(
                    _engine(engine), "SET failures = :zero, open_until = :zero", {":zero": {"N": "0"}}
                )
                return
            until = f"{time.time() + open_seconds:.3f}"
            await self._update(
                _engine(engine),
                "SET open_until = :until ADD failures :one",
                {":until": {"N": until}, ":one": {"N": "1"}},
            )

    async def flaky(self, source_sha256: str) -> frozenset[str]:
        """Read the digests noted."""
        async with told_as_unavailable("read the flaky tests"):
            items = await self._query(schema.flaky_partition(source_sha256))
        return frozenset(item[schema.SORT_KEY]["S"].partition("#")[2] for item in items)

    async def note_flaky(self, source_sha256: str, digests: Sequence[str]) -> None:
        """Count each."""
        async with told_as_unavailable("note flaky tests"):
            for digest in digests[:MOST_FLAKY]:
                await self._update(
                    _key(schema.flaky_partition(source_sha256), schema.flaky_sort_key(digest)),
                    "SET expires_at = :expires ADD seen :one",
                    {":expires": _expiry(), ":one": {"N": "1"}},
                )

    async def _item(self, key: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = await self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return dict(answer.get("Item", {}))

    async def _query(self, partition: str, *, begin: str = "") -> list[Mapping[str, Any]]:
        """Read a partition, or the items of it whose sort key begins so."""
        condition, values = f"{schema.PARTITION_KEY} = :partition", {":partition": {"S": partition}}
        if begin:
            condition += f" AND begins_with({schema.SORT_KEY}, :begin)"
            values[":begin"] = {"S": begin}
        answer = await self._client.query(
            TableName=self._table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            Limit=MOST_FLAKY,
        )
        return list(answer["Items"])

    async def _update(
        self,
        key: Mapping[str, Any],
        expression: str,
        values: Mapping[str, Any],
        *,
        condition: str = "",
        names: Mapping[str, str] | None = None,
    ) -> bool:
        """Write; False where the condition does not hold."""
        options: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
        if names:
            options["ExpressionAttributeNames"] = names
        try:
            await self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression=expression,
                ExpressionAttributeValues=values,
                **options,
            )
        except ClientError as error:
            if code_of(error) == REFUSED:
                return False
            raise
        return True


def _key(partition: str, sort_key: str) -> dict[str, Any]:
    return {schema.PARTITION_KEY: {"S": partition}, schema.SORT_KEY: {"S": sort_key}}


def _memory(key: str) -> dict[str, Any]:
    return _key(schema.memory_partition(key), schema.MEMORY_SORT_KEY)


def _engine(name: str) -> dict[str, Any]:
    return _key(schema.ENGINES_PARTITION, name)


def _hit() -> dict[str, Any]:
    return {":expires": _expiry(), ":one": {"N": "1"}}


def _expiry() -> dict[str, str]:
    return {"N": str(int(time.time()) + MEMORY_SECONDS)}
