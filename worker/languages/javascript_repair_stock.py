"""What a source has to lend to a repair: expressions, conditions, statements, literals, names."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from tree_sitter import Node

from worker.languages.javascript_repair_tree import EXPRESSIONS, SHORT, Place, is_condition, is_function
from worker.languages.javascript_syntax import text_of, walk

_BRIEF_STATEMENT = 120
_MOST_NAMES = 24
_MOST_DONORS = 60


@dataclass
class Stock:
    """What a source has to lend: expressions, conditions, statements, literals, names."""

    root: Node
    _names: dict[int, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def _nodes(self) -> list[Node]:
        return [node for node in walk(self.root) if node.is_named]

    def _texts(self, types: frozenset[str], longest: int = SHORT) -> list[str]:
        found = (text_of(node) for node in self._nodes if node.type in types)
        return [text for text in dict.fromkeys(found) if len(text) <= longest]

    @cached_property
    def numbers(self) -> list[str]:
        """Numbers of the source."""
        return self._texts(frozenset({"number"}))[:12]

    @cached_property
    def strings(self) -> list[str]:
        """Short strings of the source."""
        return self._texts(frozenset({"string"}), 24)[:24]

    @cached_property
    def expressions(self) -> list[Node]:
        """Compound expressions worth borrowing, each text once."""
        types = EXPRESSIONS - {
            "identifier",
            "number",
            "string",
            "true",
            "false",
            "null",
            "undefined",
            "parenthesized_expression",
        }
        found: dict[str, Node] = {}
        for node in self._nodes:
            text = text_of(node)
            if (
                node.type in types
                and len(text) <= SHORT // 2
                and not text.startswith(("require(", "module.", "console."))
            ):
                found.setdefault(text, node)
        return list(found.values())[:_MOST_DONORS]

    @cached_property
    def indexed(self) -> list[str]:
        """Lists that are looked into by an index somewhere, or walked through by their length."""
        found = []
        for node in self._nodes:
            owner = node.child_by_field_name("object")
            is_length = node.type == "member_expression" and text_of(node).endswith(".length")
            if (
                owner is not None
                and owner.type == "identifier"
                and (is_length or node.type == "subscript_expression")
            ):
                found.append(text_of(owner))
        return list(dict.fromkeys(found))[:4]

    @cached_property
    def indices(self) -> list[str]:
        """Names that count in loops."""
        steps = (
            node.child_by_field_name("argument") for node in self._nodes if node.type == "update_expression"
        )
        return list(
            dict.fromkeys(text_of(one) for one in steps if one is not None and one.type == "identifier")
        )[:4]

    @cached_property
    def conditions(self) -> list[str]:
        """What the source decides by."""
        return [text_of(node) for node in self.expressions if is_condition(node)][:20]

    @cached_property
    def statements(self) -> list[str]:
        """Simple statements worth repeating elsewhere."""
        kept = {"expression_statement", "return_statement", "break_statement", "continue_statement"}
        found = (text_of(node) for node in self._nodes if node.type in kept)
        brief = [text for text in dict.fromkeys(found) if len(text) <= _BRIEF_STATEMENT and "\n" not in text]
        return [text for text in brief if not text.startswith(("module.", "exports", "'use", '"use'))][:24]

    @cached_property
    def functions(self) -> list[str]:
        """Names that are called."""
        called = (
            node.child_by_field_name("function") for node in self._nodes if node.type == "call_expression"
        )
        declared = (
            node.child_by_field_name("name") for node in self._nodes if node.type == "function_declaration"
        )
        found = [text_of(one) for one in (*called, *declared) if one is not None and one.type == "identifier"]
        return [name for name in dict.fromkeys(found) if name != "require"][:12]

    @cached_property
    def properties(self) -> list[str]:
        """Names of properties that are read without being called."""
        read = (
            node
            for node in self._nodes
            if node.type == "member_expression"
            and (node.parent is None or node.parent.type != "call_expression")
        )
        found = [text_of(node.child_by_field_name("property")) for node in read]
        return list(dict.fromkeys(found))[:12]

    def names_at(self, place: Place) -> tuple[str, ...]:
        """Name what is declared in the functions around a place, the nearest function first."""
        names: list[str] = []
        for one in reversed(place.above):
            if is_function(one):
                if one.id not in self._names:
                    self._names[one.id] = tuple(_declared_in(one))
                names += self._names[one.id]
        return tuple(dict.fromkeys(names))[:_MOST_NAMES]


def _declared_in(function: Node) -> Iterator[str]:
    single = function.child_by_field_name("parameter")
    listed = function.child_by_field_name("parameters")
    for one in (single, listed):
        if one is not None:
            yield from _bound_in(one)
    body = function.child_by_field_name("body")
    for node in walk(body) if body is not None else ():
        if node.type == "variable_declarator":
            yield from _bound_in(node.child_by_field_name("name"))
        elif node.type == "for_in_statement" and node.child_by_field_name("kind") is not None:
            yield from _bound_in(node.child_by_field_name("left"))


def _bound_in(pattern: Node | None) -> Iterator[str]:
    for node in walk(pattern) if pattern is not None else ():
        if node.type in {"identifier", "shorthand_property_identifier_pattern"} and not _is_default(node):
            yield text_of(node)


def _is_default(node: Node) -> bool:
    parent = node.parent
    return (
        parent is not None
        and parent.type.endswith("assignment_pattern")
        and parent.child_by_field_name("right") == node
    )
