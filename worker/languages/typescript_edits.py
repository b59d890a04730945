"""Changes of a text that leave every line where it is."""

import re
from dataclasses import dataclass, field

from tree_sitter import Node

_CONTINUES = re.compile(rb"(?:\s|//[^\n]*\n|/\*.*?\*/)*[(\[`+\-/]", re.DOTALL)
"""A line that starts like this goes on with the one before, unless a semicolon stands between."""
_VISIBLE = re.compile(r"[^\r\n\t ]")


@dataclass
class Edits:
    """What is to be replaced, by byte offsets."""

    source: bytes
    """The text."""
    changes: list[tuple[int, int, str]] = field(default_factory=list)
    """Start, end and what stands there instead."""

    def blank(self, start: int, end: int) -> None:
        """Put spaces, so that what follows keeps its line and column."""
        if start < end:
            self.changes.append((start, end, _blanked(self.source[start:end].decode())))

    def blank_node(self, node: Node) -> None:
        """Put spaces for a node; a semicolon where the lines around it would grow together."""
        self.blank_tail(node, node.start_byte)

    def blank_tail(self, node: Node, start: int) -> None:
        """Put spaces for the end of a node, in the same way."""
        if _ends_statement(node) and _CONTINUES.match(self.source, node.end_byte):
            self.put(start, node.end_byte, ";" + _blanked(self.source[start : node.end_byte].decode())[1:])
        else:
            self.blank(start, node.end_byte)

    def blank_to(self, node: Node, last: str) -> None:
        """Put spaces for a node and one character in place of its last."""
        text = _blanked(self.source[node.start_byte : node.end_byte].decode())
        self.put(node.start_byte, node.end_byte, text[:-1] + last)

    def put(self, start: int, end: int, text: str) -> None:
        """Put another text."""
        self.changes.append((start, end, text))

    def applied(self, start: int = 0, end: int | None = None) -> str:
        """Return the text with all changes; of two that overlap the outer one counts."""
        pieces: list[bytes] = []
        last, stop = start, len(self.source) if end is None else end
        for first, after, text in sorted(self.changes, key=lambda one: (one[0], -one[1])):
            if first < last or after > stop:
                continue
            pieces += [self.source[last:first], text.encode()]
            last = after
        return b"".join([*pieces, self.source[last:stop]]).decode()


def _blanked(text: str) -> str:
    return _VISIBLE.sub(lambda match: " " if ord(match[0]) < 0x10000 else "  ", text)


def _ends_statement(node: Node) -> bool:
    """Tell whether a statement without a semicolon ends where this ends."""
    current: Node | None = node
    while current is not None and current.end_byte == node.end_byte:
        if current.type.endswith(("_statement", "_declaration", "_definition", "_signature")):
            return not (current.text or b"").endswith((b";", b"}")) or current == node
        current = current.parent
    return False
