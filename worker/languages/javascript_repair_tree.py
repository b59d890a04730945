"""What the small changes of a repair are made at: each node with what stands around it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from worker.languages.javascript_syntax import FUNCTIONS, text_of

SHORT = 80
"""Characters of an expression that is worth borrowing, or of one that is worth replacing as a whole."""

CONDITIONS = frozenset(
    {"if_statement", "while_statement", "do_statement", "for_statement", "ternary_expression"}
)
BLOCKS = frozenset({"program", "statement_block", "switch_case", "switch_default"})
LOOPS = frozenset({"for_statement", "for_in_statement", "while_statement", "do_statement"})
EXPRESSIONS = frozenset(
    {
        "binary_expression", "call_expression", "subscript_expression", "member_expression", "unary_expression", "array",
        "ternary_expression", "new_expression", "identifier", "number", "string", "true", "false", "null", "undefined",
        "template_string", "await_expression", "parenthesized_expression",
    }
)  # fmt: skip
_LOOSE = frozenset(
    {
        "binary_expression", "ternary_expression", "arrow_function", "assignment_expression", "sequence_expression",
        "await_expression", "yield_expression", "unary_expression", "augmented_assignment_expression",
    }
)  # fmt: skip
_TIGHT_PLACES = frozenset(
    {"binary_expression", "unary_expression", "await_expression", "spread_element", "update_expression"}
)
_COMPARED = frozenset({"<", "<=", ">", ">=", "==", "===", "!=", "!==", "&&", "||", "in", "instanceof"})


@dataclass(frozen=True, slots=True)
class Change:
    """One replacement, not yet a patch."""

    start: int
    """First byte."""
    end: int
    """The byte behind the last one."""
    text: str
    """What stands there instead."""
    operator: str
    """Its kind."""
    cost: float
    """How unlikely it is."""


@dataclass(frozen=True, slots=True)
class Place:
    """A node with those around it."""

    node: Node
    above: tuple[Node, ...]
    """From the root down to the parent."""

    @property
    def parent(self) -> Node | None:
        """The node right above."""
        return self.above[-1] if self.above else None

    @property
    def parent_type(self) -> str:
        """Its type, empty at the root."""
        return self.above[-1].type if self.above else ""

    def is_field(self, name: str) -> bool:
        """Tell whether this is that field of its parent."""
        return self.parent is not None and self.parent.child_by_field_name(name) == self.node

    @property
    def function(self) -> Node | None:
        """The innermost function around."""
        return next((one for one in reversed(self.above) if is_function(one)), None)

    def is_in(self, types: frozenset[str]) -> bool:
        """Tell whether something of these types is around it, within its function."""
        for one in reversed(self.above):
            if one.type in types:
                return True
            if is_function(one):
                return False
        return False

    def replaced(self, text: str, operator: str, cost: float) -> Change:
        """Put something else in its place."""
        return Change(self.node.start_byte, self.node.end_byte, text, operator, cost)

    def fitted(self, other: Node | str, *, is_loose: bool = False) -> str:
        """Write an expression so that it stands here, in brackets where it would fall apart."""
        text = other if isinstance(other, str) else text_of(other)
        loose = is_loose or (isinstance(other, Node) and other.type in _LOOSE)
        if (
            text[:1] == "-"
            and text[1:].isdecimal()
            and text_of(self.parent and self.parent.child_by_field_name("operator")) not in {"-", "+", "**"}
        ):
            return text
        is_tight = self.parent_type in _TIGHT_PLACES or self.is_field("object") or self.is_field("function")
        return f"({text})" if loose and is_tight else text


def is_function(node: Node) -> bool:
    """Tell whether names are declared in it and it returns."""
    return node.type in FUNCTIONS or node.type == "method_definition"


def places_in(root: Node) -> Iterator[Place]:
    """Yield every named node and every operator with what is around it, in source order."""
    waiting: list[tuple[Node, tuple[Node, ...]]] = [(root, ())]
    while waiting:
        node, above = waiting.pop()
        if node.type == "comment":
            continue
        if node.is_named:
            yield Place(node, above)
        below = (*above, node)
        waiting.extend((child, below) for child in reversed(node.children))


def is_condition(node: Node) -> bool:
    """Tell whether an expression yields true or false by its form."""
    operator = text_of(node.child_by_field_name("operator"))
    return (node.type == "binary_expression" and operator in _COMPARED) or (
        node.type == "unary_expression" and operator == "!"
    )


def inner_of(node: Node | None) -> Node | None:
    """Take the brackets off a condition."""
    while node is not None and node.type == "parenthesized_expression" and node.named_child_count == 1:
        node = node.named_children[0]
    return node


def indent_at(source: bytes, offset: int) -> str:
    """Return the white space that a line begins with."""
    start = source.rfind(b"\n", 0, offset) + 1
    found = re.match(rb"[ \t]*", source[start:])
    return found[0].decode() if found is not None else ""


def arguments_of(call: Node) -> Sequence[Node]:
    """Return the arguments of a call."""
    listed = call.child_by_field_name("arguments")
    return [one for one in (listed.named_children if listed is not None else ()) if one.type != "comment"]
