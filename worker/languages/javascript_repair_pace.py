"""The step-counting copy of a source, and edits of it without reading it anew.

`__ddf.s(0)` stands in every loop and every function, so that code without end is known by a count that is the same on every machine.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import tree_sitter_javascript
from tree_sitter import Language, Node, Query, QueryCursor

from worker.domain.patch import Edit
from worker.languages.javascript_repair_candidates import Offsets
from worker.languages.javascript_syntax import parse

_STEP = "__ddf.s(0)"
_QUERY = """
(for_statement body: (_) @body) (for_in_statement body: (_) @body) (while_statement body: (_) @body) (do_statement body: (_) @body)
(function_declaration body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)
(generator_function_declaration body: (_) @body) (method_definition body: (_) @body)
(arrow_function body: (_) @arrow)
"""
_ADDED = re.compile(r"=>|\b(?:for|while|do|function)\b")


@cache
def _query() -> Query:
    """Read the pattern once: that takes longer than any source."""
    return Query(Language(tree_sitter_javascript.language()), _QUERY)


@dataclass(frozen=True, kw_only=True)
class Paced:
    """A source that counts its steps."""

    source: str
    """As it was."""
    text: str
    """With the counting calls."""
    offsets: tuple[int, ...]
    """Characters of the source before which something is put in, ascending."""
    shifts: tuple[int, ...]
    """How much has been put in up to and at each of them."""

    def moved(self, edits: Sequence[Edit]) -> tuple[tuple[int, int, str], ...] | None:
        """Return edits of the source as edits of the counting text; None where they touch what is put in, or bring loops of their own."""
        found = []
        for edit in edits:
            at = bisect_right(self.offsets, edit.start)
            if at < bisect_left(self.offsets, edit.end) or _ADDED.search(edit.text):
                return None
            shift = self.shifts[at - 1] if at else 0
            found.append((edit.start + shift, edit.end + shift, edit.text))
        return tuple(found)


def paced(source: str) -> Paced:
    """Write the counting copy."""
    offsets = Offsets(source)
    insertions: list[tuple[int, int, str]] = []
    for name, nodes in QueryCursor(_query()).captures(parse(source)).items():
        for node in nodes:
            insertions += _around(node, is_arrow=name == "arrow")
    pieces, shifts, places, last, added = [], [], [], 0, 0
    for byte, order, text in sorted(insertions):
        at = offsets.character(byte)
        pieces += [source[last:at], text]
        last, added = at, added + len(text)
        places.append(at)
        shifts.append(added)
        del order
    return Paced(
        source=source, text="".join([*pieces, source[last:]]), offsets=tuple(places), shifts=tuple(shifts)
    )


def _around(node: Node, *, is_arrow: bool) -> list[tuple[int, int, str]]:
    """Return what is put in around a body: closing before opening at the same place, inner closes before outer ones."""
    if node.type == "statement_block":
        return [(node.start_byte + 1, 2, f"{_STEP};")]
    size = node.end_byte - node.start_byte
    if is_arrow:
        return [
            (node.start_byte, 1_000_000_000 - size, f"({_STEP},"),
            (node.end_byte, -1_000_000_000 + size, ")"),
        ]
    return [
        (node.start_byte, 1_000_000_000 - size, f"{{{_STEP};"),
        (node.end_byte, -1_000_000_000 + size, "}"),
    ]
