"""Branches of JavaScript as Istanbul counts them, by a program that tells each one that it takes.

Two for each `if` and `?:`, one for each operand of `&&`, `||` and `??`, for each case of a `switch` and for each default value. They stand
in the source, so that a function that nobody calls has all of its branches missed; V8's own blocks leave those out.
"""

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

TELL = "globalThis.__ddfBranch"
"""`TELL(number)` tells a branch; `TELL(number, condition)` tells this one or the next by the condition, and is its value."""
DEFAULTS = frozenset({"assignment_pattern", "object_assignment_pattern"})
LOGICAL = frozenset({"&&", "||", "??"})


class Told:
    """A program that tells its branches."""

    def __init__(self, source: str) -> None:
        self._text = source.encode()
        self.branches = 0
        """How many there are."""
        self.source = self._write(
            Parser(Language(tree_sitter_javascript.language())).parse(self._text).root_node
        )
        """The program."""

    def _write(self, node: Node) -> str:
        parts: list[bytes] = []
        place = node.start_byte if node.parent else 0
        for number, child in enumerate(node.children):
            parts.append(self._text[place : child.start_byte])
            parts.append(self._child(node, node.field_name_for_child(number), child).encode())
            place = child.end_byte
        end = node.end_byte if node.parent else len(self._text)
        return (b"".join(parts) + self._text[place:end]).decode()

    def _child(self, node: Node, name: str | None, child: Node) -> str:
        if node.type in {"if_statement", "ternary_expression"} and name == "condition":
            number = self._next(2)
            written = f"{TELL}({number}, {self._write(child)})"
            return f"({written})" if node.type == "if_statement" else written
        if (_is_logical(node) and name in {"left", "right"} and not _is_logical(_bare(child))) or (
            node.type in DEFAULTS and name == "right"
        ):
            return f"({TELL}({self._next(1)}), {self._write(child)})"
        if node.type in {"switch_case", "switch_default"} and child.type == ":":
            return f": {TELL}({self._next(1)});"
        return self._write(child)

    def _next(self, count: int) -> int:
        number = self.branches
        self.branches += count
        return number


def _is_logical(node: Node) -> bool:
    operator = node.child_by_field_name("operator") if node.type == "binary_expression" else None
    return operator is not None and operator.type in LOGICAL


def _bare(node: Node) -> Node:
    while node.type == "parenthesized_expression" and node.named_children:
        node = node.named_children[0]
    return node
