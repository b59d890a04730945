"""What there is to test: public functions, and the public methods of public classes, in source order."""

from collections.abc import Iterator, Sequence

from tree_sitter import Node

from worker.languages.javascript_syntax import (
    CLASSES,
    FUNCTIONS,
    Bindings,
    ModuleKind,
    text_of,
    top_level,
    walk,
)

_SHORT_CIRCUITS = frozenset({"&&", "||", "??"})
_DECISIONS = frozenset(
    {
        *("if_statement", "ternary_expression", "switch_case", "catch_clause"),
        *("for_statement", "for_in_statement", "while_statement", "do_statement"),
    }
)


def targets_of(root: Node, bindings: Bindings) -> tuple[str, ...]:
    """Name them, dotted; the module itself where only running the code shows what it exports."""
    found = [name for name, _ in units_of(root, bindings)]
    if not found and any(node.type in FUNCTIONS | CLASSES for node in walk(root)):
        return (bindings.namespace,)
    return tuple(dict.fromkeys(found))


def lines_of(root: Node, bindings: Bindings, targets: Sequence[str]) -> frozenset[int] | None:
    """Return the lines of the units that were asked for; None, which is all lines, where nobody asked or none is known."""
    lines: set[int] = set()
    for name, node in units_of(root, bindings):
        if name in targets:
            lines.update(range(node.start_point.row + 1, node.end_point.row + 2))
    return frozenset(lines) or None


def units_of(root: Node, bindings: Bindings) -> Iterator[tuple[str, Node]]:
    """Yield what can be tested, with its name, dotted."""
    for name, node in dict(top_level(root)).items():
        if bindings.kind is ModuleKind.SCRIPT or name in (*bindings.names, bindings.main):
            yield from _of(name, node)
    for name, node in _assigned(root, bindings):
        yield from _of(name, node)


def decisions_of(root: Node, bindings: Bindings) -> dict[str, int]:
    """Count the places at which each unit branches."""
    return {name: sum(_decides(inner) for inner in walk(node)) for name, node in units_of(root, bindings)}


def _decides(node: Node) -> bool:
    if node.type == "binary_expression":
        return text_of(node.child_by_field_name("operator")) in _SHORT_CIRCUITS
    return node.type in _DECISIONS


def _assigned(root: Node, bindings: Bindings) -> Iterator[tuple[str, Node]]:
    """Yield functions that are exported where they are written: assignments, object members, a default export."""
    for node in walk(root):
        if node.type == "export_statement":
            value = node.child_by_field_name("declaration") or node.child_by_field_name("value")
            if value is not None and any(child.type == "default" for child in node.children):
                yield bindings.main, value
        elif node.type == "assignment_expression":
            right = node.child_by_field_name("right")
            if right is not None:
                yield from _exported(text_of(node.child_by_field_name("left")), right, bindings)


def _exported(left: str, right: Node, bindings: Bindings) -> Iterator[tuple[str, Node]]:
    if left == "module.exports":
        yield bindings.main, right
        if right.type == "object":
            yield from map(_member, right.named_children)
    elif left.startswith(("exports.", "module.exports.")):
        yield left.rpartition(".")[2], right


def _member(member: Node) -> tuple[str, Node]:
    name = text_of(member.child_by_field_name("key") or member.child_by_field_name("name"))
    return name, member.child_by_field_name("value") or member


def _of(name: str, node: Node) -> Iterator[tuple[str, Node]]:
    if node.type in FUNCTIONS or node.type == "method_definition":
        yield name, node
    elif node.type in CLASSES:
        yield name, node
        body = node.child_by_field_name("body")
        for member in body.named_children if body is not None else ():
            method = text_of(member.child_by_field_name("name"))
            if (
                member.type == "method_definition"
                and method != "constructor"
                and not method.startswith(("#", "_"))
            ):
                yield f"{name}.{method}", member
