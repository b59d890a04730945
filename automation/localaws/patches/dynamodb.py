"""A query reads its own partition: moto sorts the whole table for each, which a thousand jobs in flight turn into minutes."""

import inspect
from typing import Any

from moto.dynamodb.models.table import Table

from automation.localaws.patches.replacement import replace, stock


def apply() -> None:
    """Let a query of the table itself see one partition; one of an index still sees all items."""
    replace(Table, "query", _query(stock(Table, "query")))


class _Partition:
    """A table as moto's query sees it, with one partition's items only."""

    def __init__(self, table: Any, hash_key: Any) -> None:
        self._table = table
        self._hash_key = hash_key

    def all_items(self) -> list[Any]:
        """Return the partition's items; the query sorts them itself."""
        found = self._table.items.get(self._hash_key)
        if found is None:
            return []
        return list(found.values()) if self._table.range_key_attr else [found]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


def _query(original: Any) -> Any:
    signature = inspect.signature(original)

    def query(self: Any, *arguments: Any, **options: Any) -> Any:
        asked = signature.bind(self, *arguments, **options).arguments
        seen = self if asked.get("index_name") else _Partition(self, asked["hash_key"])
        return original(seen, *arguments, **options)

    return query
