"""What there is to test: public functions, and the public methods of public classes, in source order."""

from collections.abc import Iterator

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


def targets_of(root: Node, bindings: Bindings) -> tuple[str, ...]:
    """Name them, dotted; the module itself where only running the code shows what it exports."""
    declared = dict(top_level(root))
    found: list[str] = []
    for name, node in declared.items():
        if bindings.kind is ModuleKind.SCRIPT or name in (*bindings.names, bindings.main):
            found.extend(_of(name, node))
    for name, node in _assigned(root, bindings):
        found.extend(_of(name, node))
    if not found and any(node.type in FUNCTIONS | CLASSES for node in walk(root)):
        return (bindings.namespace,)
    return tuple(dict.fromkeys(found))


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


def _of(name: str, node: Node) -> Iterator[str]:
    if node.type in FUNCTIONS or node.type == "method_definition":
        yield name
    elif node.type in CLASSES:
        yield name
        body = node.child_by_field_name("body")
        for member in body.named_children if body is not None else ():
            method = text_of(member.child_by_field_name("name"))
            if (
                member.type == "method_definition"
                and method != "constructor"
                and not method.startswith(("#", "_"))
            ):
                yield f"{name}.{method}"
