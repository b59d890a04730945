"""What a thousand jobs in flight turn into minutes: a query that sorts the whole table, and how an update is checked and copied."""

import copy
import inspect
from functools import lru_cache
from importlib import import_module
from typing import Any

from moto.dynamodb.models.table import Table

from automation.localaws.patches.replacement import extend, replace, stock

_EXPRESSIONS = 512
nodes: Any = import_module("moto.dynamodb.parsing.ast_nodes")  # moto has no types for these two
expressions: Any = import_module("moto.dynamodb.parsing.expressions")


def apply() -> None:
    """Let a query of the table itself see one partition (one of an index still sees all items), and updates cost less."""
    replace(Table, "query", _query(stock(Table, "query")))
    parser = expressions.UpdateExpressionParser
    parse = lru_cache(maxsize=_EXPRESSIONS)(
        stock(parser, "make")
    )  # who validates an expression copies it first
    replace(parser, "make", parse)
    replace(nodes.DepthFirstTraverser, "traverse", _traverse)
    extend(nodes.Node, __deepcopy__=_copied)


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


def _traverse(self: Any, node: Any) -> Any:
    """Do what moto's traversal does, children before parents, but ask once which nodes are wanted instead of at each node."""
    return _visit(self, node, tuple(self._processing_map()), -1)


def _visit(traverser: Any, node: Any, wanted: tuple[type, ...], place: int) -> Any:
    if not isinstance(node, nodes.Node):
        return node
    parent = node.parent
    for child_place, child in enumerate(node.children or ()):
        traverser.pre_processing_of_child(node, child_place)
        _visit(traverser, child, wanted, child_place)
    if not isinstance(node, wanted):
        return node
    processed = traverser.process(node)
    processed.parent = parent
    if parent:
        parent.children[place] = processed
    return processed


def _copied(self: Any, memo: dict[int, Any]) -> Any:
    """Copy a node of an expression and what is below it, without pickle's protocol; the copy hangs where the node hangs."""
    kind: Any = type(self)
    twin = kind.__new__(kind)
    twin.__dict__.update(self.__dict__)
    if self.children is not None:
        twin.children = [copy.deepcopy(child, memo) for child in self.children]
        for child in twin.children:
            if isinstance(child, nodes.Node):
                child.parent = twin
    return twin
