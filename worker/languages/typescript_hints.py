"""What the declared types tell exploration, added to what JavaScript's own hints are."""

from collections.abc import Iterator
from typing import Any

from tree_sitter import Node

from worker.languages.javascript_syntax import FUNCTIONS, text_of, walk
from worker.languages.typescript_samples import Types, declared_types
from worker.languages.typescript_syntax import name_in, parse_types

_USES = {
    "number": ("number",),
    "string": ("typeof string",),
    "boolean": ("typeof boolean",),
    "Date": (".getTime()",),
    "RegExp": (".exec()",),
    "Function": ("call",),
}
_SHAPES = {"array_type": ("iterate",), "tuple_type": ("iterate",), "function_type": ("call",)}
_VALUES = 40
_PARAMETERS = frozenset({"required_parameter", "optional_parameter"})


def with_types(hints: dict[str, Any], source: str) -> dict[str, Any]:
    """Return the hints with values for every parameter whose type is declared."""
    root = parse_types(source)
    numbers = [f"{one:g}" for one in hints["numbers"] if abs(one) < 1e6]
    quoted = [one for one in hints["strings"] if one[:1] in {"'", '"'}]
    types = Types(strings=quoted, numbers=numbers, declared=declared_types(root))
    functions: dict[str, list[dict[str, Any]]] = dict(hints["functions"])
    for name, nodes in _functions(root):
        known = functions.get(name)
        if known is not None and len(known) == len(nodes):
            functions[name] = [_typed(one, node, types) for one, node in zip(known, nodes, strict=True)]
    return {**hints, "functions": functions}


def _functions(root: Node) -> Iterator[tuple[str, list[Node]]]:
    for node in walk(root):
        if node.type not in FUNCTIONS and node.type != "method_definition":
            continue
        listed = node.child_by_field_name("parameters")
        nodes = [one for one in (listed.named_children if listed else ()) if one.type in _PARAMETERS]
        nodes = [one for one in nodes if text_of(one.child_by_field_name("pattern")) != "this"]
        yield _name_of(node), nodes


def _name_of(node: Node) -> str:
    own = name_in(node)
    parent = node.parent
    if node.type == "method_definition":
        owner = parent.parent if parent is not None and parent.type == "class_body" else None
        named = name_in(owner) if owner is not None else ""
        return f"{named}.{own}" if named else own
    if own or parent is None:
        return own
    return name_in(parent) or text_of(parent.child_by_field_name("key"))


def _typed(known: dict[str, Any], node: Node, types: Types) -> dict[str, Any]:
    annotation = node.child_by_field_name("type")
    declared = annotation.named_children[0] if annotation is not None and annotation.named_children else None
    if declared is None:
        return known
    if known.get("rest") and declared.type == "array_type":
        declared = declared.named_children[0]
    uses = _USES.get(text_of(declared)) or _SHAPES.get(declared.type)
    is_plain = text_of(declared) in {"number", "string"}
    values = [] if is_plain else types.samples(declared)[:_VALUES]
    if node.type == "optional_parameter" and values:
        values.append("undefined")
    is_typed = uses is not None or bool(values)
    return {**known, "uses": list(uses) if uses else known["uses"], "values": values, "isTyped": is_typed}
