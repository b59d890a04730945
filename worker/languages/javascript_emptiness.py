"""JavaScript assertions that hold whatever the code does: `assert.ok(true)`, `assert.equal(x, x)`, `assert.ok(typeof x)`."""

import re
from collections.abc import Sequence

from tree_sitter import Node

from worker.languages.javascript_syntax import FUNCTIONS, text_of, walk

_EQUALITIES = frozenset(
    {"equal", "strictEqual", "deepEqual", "deepStrictEqual", "notEqual", "notStrictEqual", "notDeepEqual"}
)
_TRUE = re.compile(r"true|[1-9]\d*|'[^']+'|\"[^\"]+\"|\{.*\}|\[.*\]|!0|!false", re.DOTALL)
_FALSE = re.compile(r"false|0|''|\"\"|null|undefined|NaN|!1|!true|void 0")
_SAME = frozenset({"==", "===", ">=", "<="})
_DEPTH = 3
"""How often names are replaced by what they stand for."""


def always_holds(method: str, asserted: Sequence[Node], root: Node) -> bool:
    """Say whether an assertion of `node:assert` holds by its form."""
    if method in {"assert", "ok"}:
        return bool(asserted) and _is_true(asserted[0], root)
    if method not in _EQUALITIES or len(asserted) < 2:
        return False
    left, right = text_of(asserted[0]), text_of(asserted[1])
    if method.startswith("not"):
        return bool(re.match(r"typeof\b", left)) and bool(_FALSE.fullmatch(right))
    is_kind_of_kind = bool(re.match(r"typeof\s*\(?\s*typeof\b", left))
    return is_kind_of_kind or _resolved(asserted[0], root) == _resolved(asserted[1], root)


def _is_true(node: Node, root: Node) -> bool:
    """Look at one expression."""
    inner = (
        node.named_children[0] if node.type == "parenthesized_expression" and node.named_children else node
    )
    operator = text_of(inner.child_by_field_name("operator"))
    if inner.type == "binary_expression":
        return _is_true_pair(inner, operator, root)
    if inner.type == "unary_expression":
        operand = inner.child_by_field_name("argument")
        is_typeof = operator == "typeof"
        return is_typeof or (operator == "!" and bool(_FALSE.fullmatch(text_of(operand))))
    return bool(_TRUE.fullmatch(text_of(inner)))


def _is_true_pair(node: Node, operator: str, root: Node) -> bool:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return False
    if operator in {"||", "??", "&&"}:
        held = [_is_true(left, root), _is_true(right, root)]
        return all(held) if operator == "&&" else any(held)
    if operator in {"!==", "!="}:
        return (
            left.type == "unary_expression"
            and text_of(left).startswith("typeof")
            and bool(_FALSE.fullmatch(text_of(right)))
        )
    is_count = text_of(left).endswith(".length") and (operator, text_of(right)) in {(">=", "0"), (">", "-1")}
    return is_count or (operator in _SAME and _resolved(left, root) == _resolved(right, root))


def _resolved(node: Node, root: Node) -> str:
    """Write an expression without spaces, with what they stand for in the place of names.

    Only of names that are bound once, and to what reads no other name of the test: a second call on an object may answer otherwise.
    """
    known, text = _bound_once(root), text_of(node)
    for _ in range(_DEPTH):
        for name, value in known.items():
            plain = value.replace("\\", "\\\\")
            text = re.sub(rf"(?<![\w$.'\"]){re.escape(name)}(?![\w$'\"])", plain, text)
        if len(text) > 2_000:
            break
    return re.sub(r"\s+", "", text)


def _bound_once(root: Node) -> dict[str, str]:
    declared = [node for node in walk(root) if node.type == "variable_declarator"]
    names = [text_of(node.child_by_field_name("name")) for node in declared]
    changed = {
        text_of(node.child_by_field_name("left") or node.child_by_field_name("argument"))
        for node in walk(root)
        if node.type in {"assignment_expression", "augmented_assignment_expression", "update_expression"}
    }
    own = {*names, *_parameters(root)}
    found: dict[str, str] = {}
    for node in declared:
        name, value = text_of(node.child_by_field_name("name")), node.child_by_field_name("value")
        if value is None or names.count(name) != 1 or name in changed or len(text_of(value)) > 200:
            continue
        read = {text_of(each) for each in walk(value) if each.type in {"identifier", "this"}}
        if not read & own:
            found[name] = text_of(value)
    return found


def _parameters(root: Node) -> set[str]:
    functions = (node for node in walk(root) if node.type in FUNCTIONS)
    parts = (node.child_by_field_name(field) for node in functions for field in ("parameters", "parameter"))
    return {
        text_of(each)
        for part in parts
        if part is not None
        for each in walk(part)
        if each.type == "identifier"
    }
