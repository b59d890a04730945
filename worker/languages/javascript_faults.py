"""The small faults that are put into a source, each an edit of its text: those that programmers make.

| what                          | becomes                                                            |
|-------------------------------|--------------------------------------------------------------------|
| an operator                   | its neighbours; of `a && b` also either side alone                 |
| a condition                   | always true, always false; of a loop its opposite                  |
| a number                      | one more, one less                                                 |
| a text, a boolean             | another                                                            |
| what is returned              | `undefined`                                                        |
| a call                        | without it its argument or object; its sibling; arguments swapped  |
| a variable                    | another one of the same function                                   |
| a statement                   | nothing                                                            |
"""

from collections.abc import Iterator, Sequence

from tree_sitter import Node

from worker.languages.javascript_scopes import Scopes
from worker.languages.javascript_syntax import text_of

Edit = tuple[int, int, str]
"""First byte, end, what stands there instead."""

_LONGEST = 400
_OPERATORS = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
    "===": ("!==",), "!==": ("===",), "==": ("!=",), "!=": ("==",),
    "+": ("-",), "-": ("+",), "*": ("/", "+"), "/": ("*",), "%": ("*", "/"), "**": ("*",),
    "&&": ("||",), "||": ("&&",), "??": ("&&",), "&": ("|",), "|": ("&",), "^": ("&",), "<<": (">>",), ">>": ("<<",), ">>>": ("<<",),
    "+=": ("-=",), "-=": ("+=",), "*=": ("/=",), "/=": ("*=",), "%=": ("*=",), "++": ("--",), "--": ("++",),
}  # fmt: skip
_DROPPED = frozenset({"&&", "||", "+", "-", "%"})
"""Operators of which one side alone is a likely slip."""
_SIBLINGS = {
    "startsWith": "endsWith", "endsWith": "startsWith", "some": "every", "every": "some", "min": "max", "max": "min", "floor": "ceil",
    "ceil": "floor", "round": "floor", "push": "unshift", "unshift": "push", "pop": "shift", "shift": "pop", "indexOf": "lastIndexOf",
    "lastIndexOf": "indexOf", "toUpperCase": "toLowerCase", "toLowerCase": "toUpperCase", "padStart": "padEnd", "padEnd": "padStart",
    "keys": "values", "add": "delete", "trimStart": "trimEnd", "trimEnd": "trimStart",
}  # fmt: skip
_UNWRAPPED_METHODS = frozenset(
    [
        "trim",
        "trimStart",
        "trimEnd",
        "toLowerCase",
        "toUpperCase",
        "reverse",
        "sort",
        "slice",
        "filter",
        "replace",
        "replaceAll",
        "concat",
        "substring",
        "substr",
        "map",
        "flat",
        "normalize",
        "padStart",
        "padEnd",
    ]
)
_UNWRAPPED_CALLS = frozenset(
    [
        "Math.abs",
        "Math.floor",
        "Math.ceil",
        "Math.round",
        "Math.trunc",
        "Math.sqrt",
        "Number",
        "String",
        "parseInt",
        "parseFloat",
        "Boolean",
        "BigInt",
        "Array.from",
    ]
)


def edits_at(node: Node, scopes: Scopes) -> Iterator[Edit]:
    """Yield the faults at a node."""
    visit = _VISITS.get(node.type)
    if visit is not None and node.is_named:
        yield from visit(node)
    if node.type == "identifier":
        yield from _variable(node, scopes.around(node))


def _replaced(node: Node, text: str) -> Edit:
    return node.start_byte, node.end_byte, text


def _operation(node: Node) -> Iterator[Edit]:
    operator = node.child_by_field_name("operator")
    sign = text_of(operator)
    if operator is None or _is_text_sum(node):
        return
    for other in _OPERATORS.get(sign, ()):
        yield _replaced(operator, other)
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    is_short = node.end_byte - node.start_byte < _LONGEST
    if node.type == "binary_expression" and sign in _DROPPED and left and right and is_short:
        yield _replaced(node, f"({text_of(left)})")
        if sign in {"&&", "||", "+"}:
            yield _replaced(node, f"({text_of(right)})")


def _condition(node: Node) -> Iterator[Edit]:
    condition = node.child_by_field_name("condition")
    if condition is None or condition.end_byte - condition.start_byte >= _LONGEST:
        return
    if node.type == "while_statement":
        yield _replaced(condition, f"(!{text_of(condition)})")
    else:
        yield _replaced(condition, "(true)")
        yield _replaced(condition, "(false)")


def _returned(node: Node) -> Iterator[Edit]:
    value = node.named_children[0] if node.named_child_count == 1 else None
    if node.type == "arrow_function":
        value = node.child_by_field_name("body")
    if value is None or value.type == "statement_block" or text_of(value) in {"undefined", "null"}:
        return
    if value.end_byte - value.start_byte < _LONGEST:
        yield _replaced(value, "undefined")


def _number(node: Node) -> Iterator[Edit]:
    text = text_of(node)
    if _is_key(node):
        return
    unit = "1n" if text.endswith("n") else "1"
    yield _replaced(node, f"({text} + {unit})")
    yield _replaced(node, f"({text} - {unit})")


def _boolean(node: Node) -> Iterator[Edit]:
    yield _replaced(node, "false" if node.type == "true" else "true")


def _string(node: Node) -> Iterator[Edit]:
    if _is_value(node):
        yield _replaced(node, "''" if node.end_byte - node.start_byte > 2 else "'mutated'")


def _unary(node: Node) -> Iterator[Edit]:
    if text_of(node)[:1] in {"!", "-"} and node.named_child_count == 1:
        yield _replaced(node, f"({text_of(node.named_children[0])})")


def _call(node: Node) -> Iterator[Edit]:
    called, listed = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if called is None or listed is None or node.end_byte - node.start_byte >= _LONGEST:
        return
    arguments = [one for one in listed.named_children if one.type != "comment"]
    if text_of(called) in _UNWRAPPED_CALLS and arguments:
        yield _replaced(node, f"({text_of(arguments[0])})")
    if len(arguments) == 2 and all(one.type != "arrow_function" for one in arguments):
        yield _replaced(listed, f"({text_of(arguments[1])}, {text_of(arguments[0])})")
    if called.type == "member_expression":
        method, owner = called.child_by_field_name("property"), called.child_by_field_name("object")
        if method is not None and text_of(method) in _SIBLINGS:
            yield _replaced(method, _SIBLINGS[text_of(method)])
        if text_of(method) in _UNWRAPPED_METHODS:
            yield _replaced(node, f"({text_of(owner)})")


def _statement(node: Node) -> Iterator[Edit]:
    if node.type != "expression_statement" or _is_removable(node):
        yield _replaced(node, ";")


def _is_removable(node: Node) -> bool:
    inner = node.named_children[0] if node.named_children else None
    if inner is None or node.end_byte - node.start_byte >= _LONGEST:
        return False
    if inner.type == "call_expression":
        return text_of(inner.child_by_field_name("function")) not in {"super", "require"}
    if inner.type == "assignment_expression":
        left = text_of(inner.child_by_field_name("left"))
        return not left.startswith(("exports", "module."))
    return inner.type in {"augmented_assignment_expression", "update_expression"}


def _variable(node: Node, names: Sequence[str]) -> Iterator[Edit]:
    name = text_of(node)
    if name in names and len(names) > 1:
        yield _replaced(node, names[(names.index(name) + 1) % len(names)])


def _is_text_sum(node: Node) -> bool:
    """Tell whether `+` joins text with certainty: minus would only make NaN, which any test sees."""
    sides = (node.child_by_field_name("left"), node.child_by_field_name("right"))
    return text_of(node.child_by_field_name("operator")) == "+" and any(
        side is not None and side.type == "string" for side in sides
    )


def _is_key(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type == "pair" and node == parent.child_by_field_name("key")


def _is_value(node: Node) -> bool:
    """Tell whether a string is a value of the program: no directive, no import, no key, no name of a type."""
    parent = node.parent
    outside = {"expression_statement", "import_statement", "export_statement", "subscript_expression"}
    if parent is None or parent.type in outside or _is_key(node):
        return False
    if parent.type == "arguments" and parent.parent is not None:
        called = parent.parent.child_by_field_name("function")
        called = called or parent.parent.child_by_field_name("constructor")
        return not text_of(called).endswith(("require", "Error"))
    is_short = parent.end_byte - parent.start_byte < _LONGEST
    return parent.type != "binary_expression" or (is_short and "typeof" not in text_of(parent))


_VISITS = {
    "binary_expression": _operation, "augmented_assignment_expression": _operation, "update_expression": _operation,
    "if_statement": _condition, "while_statement": _condition, "ternary_expression": _condition, "do_statement": _condition,
    "return_statement": _returned, "arrow_function": _returned, "number": _number, "true": _boolean, "false": _boolean,
    "string": _string, "unary_expression": _unary, "call_expression": _call, "expression_statement": _statement,
    "break_statement": _statement, "continue_statement": _statement,
}  # fmt: skip
