"""Hints for exploration, read from the source: literals, regular expressions, and how each function uses its parameters."""

import re
from collections.abc import Iterator
from typing import Any

from tree_sitter import Node

from worker.languages.javascript_examples import examples_in, literals_in
from worker.languages.javascript_syntax import FUNCTIONS, Bindings, parse, text_of, walk

_MAXIMUM = 150
_ARITHMETIC = frozenset({"-", "*", "/", "%", "**", "<", ">", "<=", ">=", "&", "|", "^", "<<", ">>", ">>>"})
_UPDATES = frozenset({"++", "--", "-", "+", "~"})
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|0[xX][0-9a-fA-F]+")


def hints_of(source: str, bindings: Bindings) -> dict[str, Any]:
    """Collect the hints as JSON."""
    root = parse(source)
    functions: dict[str, list[dict[str, Any]]] = {}
    for node in walk(root):
        if node.type in FUNCTIONS or node.type == "method_definition":
            functions.setdefault(_name_of(node) or bindings.main, _parameters(node))
    for parameters in functions.values():
        _follow_calls(parameters, functions)
    texts, lists = literals_in(root)
    return {
        "examples": examples_in(root, [*bindings.names, bindings.main, *functions]),
        "texts": texts,
        "lists": lists,
        "separators": _separators(root),
        "strings": _strings(root),
        "numbers": _numbers(root),
        "patterns": _patterns(root),
        "functions": functions,
    }


def _name_of(node: Node) -> str:
    """Name a function: `Class.method`, `Class.constructor`, or the name that it has or is given."""
    own = text_of(node.child_by_field_name("name"))
    if node.type == "method_definition":
        owner = node.parent.parent if node.parent is not None and node.parent.type == "class_body" else None
        named = text_of(owner.child_by_field_name("name")) if owner is not None else ""
        if owner is not None and not named and owner.parent is not None:
            named = text_of(owner.parent.child_by_field_name("name"))
        return f"{named}.{own}" if named else own
    parent = node.parent
    if own or parent is None:
        return own
    if parent.type in {"variable_declarator", "pair", "field_definition"}:
        return text_of(parent.child_by_field_name("name") or parent.child_by_field_name("key"))
    if parent.type == "assignment_expression":
        left = text_of(parent.child_by_field_name("left"))
        return "" if left == "module.exports" else left.rpartition(".")[2]
    return ""


def _parameters(function: Node) -> list[dict[str, Any]]:
    single = function.child_by_field_name("parameter")
    listed = function.child_by_field_name("parameters")
    nodes = (
        [single]
        if single is not None
        else [one for one in (listed.named_children if listed else []) if one.type != "comment"]
    )
    body = function.child_by_field_name("body")
    return [_parameter(node, body) for node in nodes]


def _parameter(node: Node, body: Node | None) -> dict[str, Any]:
    default, is_rest = "", node.type == "rest_pattern"
    if node.type == "assignment_pattern":
        default = text_of(node.child_by_field_name("right"))
        node = node.child_by_field_name("left") or node
    name = text_of(node.named_children[0]) if is_rest and node.named_children else text_of(node)
    uses: list[str] = []
    if node.type == "object_pattern":
        names = (
            one.child_by_field_name("key") or one.child_by_field_name("left") or one
            for one in node.named_children
        )
        uses = [f".{text_of(one)}" for one in names]
        name = "options"
    elif node.type == "array_pattern":
        uses, name = ["iterate"], "items"
    elif body is not None:
        uses = list(dict.fromkeys(use for found in walk(body) for use in _uses(found, name)))
    return {"name": name, "default": default[:80], "rest": is_rest, "uses": uses[:40]}


def _uses(node: Node, name: str) -> Iterator[str]:
    """Yield what an identifier is used for, where it is the parameter."""
    parent = node.parent
    if node.type != "identifier" or parent is None or text_of(node) != name:
        return
    if parent.type == "member_expression" and node == parent.child_by_field_name("object"):
        called = parent.parent is not None and parent.parent.type == "call_expression"
        is_callee = (
            called and parent.parent is not None and parent == parent.parent.child_by_field_name("function")
        )
        yield f".{text_of(parent.child_by_field_name('property'))}{'()' if is_callee else ''}"
    elif parent.type == "call_expression" and node == parent.child_by_field_name("function"):
        yield "call"
    elif parent.type == "subscript_expression" and node == parent.child_by_field_name("object"):
        yield "index"
    elif parent.type == "for_in_statement" and node == parent.child_by_field_name("right"):
        yield "iterate" if "of" in [child.type for child in parent.children] else "keys"
    elif parent.type == "spread_element":
        yield "iterate"
    else:
        yield from _value_uses(node, parent)


def _value_uses(node: Node, parent: Node) -> Iterator[str]:
    operator = text_of(parent.child_by_field_name("operator"))
    if operator == "typeof" and parent.parent is not None:
        yield from (
            f"typeof {one[1:-1]}" for one in map(text_of, parent.parent.named_children) if one[:1] in "'\""
        )
    elif operator in (_ARITHMETIC if parent.type == "binary_expression" else _updates_of(parent)):
        yield "number"
    elif parent.type == "arguments" and parent.parent is not None:
        position = [one.id for one in parent.named_children].index(node.id)
        called = text_of(parent.parent.child_by_field_name("function"))
        yield f"pass {called} {position}"
    elif parent.type == "new_expression":
        yield "call"


def _updates_of(node: Node) -> frozenset[str]:
    return _UPDATES if node.type in {"update_expression", "unary_expression"} else frozenset()


_KNOWN = {
    "Array.isArray": "iterate", "Number": "number", "parseFloat": ".length", "parseInt": ".length", "String": ".length",
    "isFinite": "number", "isNaN": "number", "Number.isInteger": "number", "Number.isFinite": "number", "Object.keys": "keys",
    "Object.entries": "keys", "JSON.parse": ".split()", "Array.from": "iterate",
}  # fmt: skip


def _follow_calls(parameters: list[dict[str, Any]], functions: dict[str, list[dict[str, Any]]]) -> None:
    """Add what the functions do with it that a parameter is handed to."""
    for parameter in parameters:
        added: list[str] = []
        for use in parameter["uses"]:
            if not use.startswith("pass "):
                continue
            _, called, position = use.rsplit(" ", 2) if use.count(" ") > 1 else ("", "", "0")
            if called.startswith("Math."):
                added.append("number")
            elif called in _KNOWN:
                added.append(_KNOWN[called])
            callee = functions.get(called, [])
            if int(position) < len(callee):
                added.extend(one for one in callee[int(position)]["uses"] if not one.startswith("pass "))
        parameter["uses"] = list(dict.fromkeys([*parameter["uses"], *added]))[:40]


def _strings(root: Node) -> list[str]:
    found = [text_of(node) for node in walk(root) if node.type == "string"]
    found += [
        text_of(node)
        for node in walk(root)
        if node.type in {"property_identifier", "shorthand_property_identifier"}
    ][:30]
    return [one for one in dict.fromkeys(found) if len(one) <= 60][:_MAXIMUM]


def _separators(root: Node) -> list[str]:
    """Collect what texts are taken apart and put together with."""
    found: list[str] = []
    for node in walk(root):
        called = node.child_by_field_name("function") if node.type == "call_expression" else None
        if called is None or called.type != "member_expression":
            continue
        listed = node.child_by_field_name("arguments")
        if text_of(called.child_by_field_name("property")) in {"split", "join", "indexOf", "includes"}:
            found += [
                text_of(one) for one in (listed.named_children if listed else ()) if one.type == "string"
            ]
    return list(dict.fromkeys(found))[:20]


def _numbers(root: Node) -> list[float]:
    found = [text_of(node).replace("_", "") for node in walk(root) if node.type == "number"]
    numbers = [
        float(int(one, 16)) if one[:2] in {"0x", "0X"} else float(one)
        for one in found
        if _NUMBER.fullmatch(one)
    ]
    return [one for one in dict.fromkeys(numbers) if abs(one) < 1e15][:_MAXIMUM]


def _patterns(root: Node) -> list[list[str]]:
    found = [
        [text_of(node.child_by_field_name("pattern")), text_of(node.child_by_field_name("flags"))]
        for node in walk(root)
        if node.type == "regex"
    ]
    return [one for one in found if len(one[0]) <= 600][:40]
