"""What there is to test: public functions, and the public methods of public classes, in source order."""

from collections.abc import Iterator

from tree_sitter import Node

from worker.languages.javascript_syntax import CLASSES, FUNCTIONS, Bindings, ModuleKind, text_of, top_level, walk


def targets_of(root: Node, bindings: Bindings) -> tuple[str, ...]:
    """Name them, dotted; exports that only running the code shows are not among them."""
    declared = dict(top_level(root))
    found: list[str] = []
    for name, node in declared.items():
        if bindings.kind is ModuleKind.SCRIPT or name in (*bindings.names, bindings.main):
            found.extend(_of(name, node))
    for name, node in _assigned(root, bindings):
        found.extend(_of(name, node))
    return tuple(dict.fromkeys(found))


def _assigned(root: Node, bindings: Bindings) -> Iterator[tuple[str, Node]]:
    """Yield functions that are exported where they are written: assignments, object members, a default export."""
    for node in walk(root):
        if node.type == "export_statement":
            value = node.child_by_field_name("declaration") or node.child_by_field_name("value")
            if value is not None and any(child.type == "default" for child in node.children):
                yield bindings.main, value
        if node.type != "assignment_expression":
            continue
        left, right = text_of(node.child_by_field_name("left")), node.child_by_field_name("right")
        if right is None:
            continue
        if left == "module.exports":
            yield bindings.main, right
            for member in right.named_children if right.type == "object" else ():
                yield _member(member)
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
            if member.type == "method_definition" and method != "constructor" and not method.startswith(("#", "_")):
                yield f"{name}.{method}"
