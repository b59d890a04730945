"""Small changes of operators: what a slip of a key or of a thought makes of them.

| what           | becomes                                                                         |
|----------------|---------------------------------------------------------------------------------|
| `<` `===` `!=` | another comparison, its sides exchanged                                          |
| `+` `%` `<<`   | another operator, one side alone, its sides exchanged, other brackets            |
| `&&` `||` `??` | another one, one side alone                                                      |
| `+=` `=` `++`  | another assignment                                                               |
| `!` `-`        | nothing; in front of what had none                                               |
"""

from collections.abc import Iterator

from tree_sitter import Node

from worker.languages.javascript_repair_stock import Stock
from worker.languages.javascript_repair_tree import Change, Place, is_condition
from worker.languages.javascript_syntax import text_of

_NEAR = {
    "<": ("<=", ">", ">="), "<=": ("<", ">=", ">"), ">": (">=", "<", "<="), ">=": (">", "<=", "<"),
    "===": ("!==",), "!==": ("===",), "==": ("!=",), "!=": ("==",),
}  # fmt: skip
_FAR = {
    "<": ("===", "!=="), "<=": ("===", "!=="), ">": ("===", "!=="), ">=": ("===", "!=="),
    "===": ("<", ">", "<=", ">="), "!==": ("<", ">", "<=", ">="), "==": ("<", ">", "<=", ">=", "==="), "!=": ("<", ">", "<=", ">=", "!=="),
}  # fmt: skip
_ARITHMETIC = ("+", "-", "*", "/", "%", "**")
_SIBLINGS = {
    "+": "-", "-": "+", "*": "/", "/": "*", "%": "/", "**": "*", "&": "|", "|": "&", "^": "&", "<<": ">>", ">>": "<<", ">>>": ">>",
    "&&": "||", "||": "&&", "??": "||",
}  # fmt: skip
_ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "%=")
_RARER = {"*=": 2.2, "/=": 2.5, "%=": 2.5}
_UNEVEN = frozenset({"-", "/", "%", "**", "<", ">", "<=", ">=", "<<", ">>", "+", "in"})
_DROPPED = {
    "&&": 1.8,
    "||": 1.8,
    "??": 2.4,
    "+": 2.0,
    "-": 2.0,
    "*": 2.1,
    "/": 2.2,
    "%": 2.2,
    "**": 2.3,
    "|": 2.4,
    "&": 2.4,
    "^": 2.4,
}
_TIGHTER = frozenset({"*", "/", "%", "**"})
_LOOSER = frozenset({"+", "-"})


def operator_changes(place: Place, stock: Stock) -> Iterator[Change]:
    """Yield the changes of an operator."""
    visit = _VISITS.get(place.node.type)
    if visit is not None:
        yield from visit(place, stock)


def _binary(place: Place, _: Stock) -> Iterator[Change]:
    operator = place.node.child_by_field_name("operator")
    left, right = place.node.child_by_field_name("left"), place.node.child_by_field_name("right")
    if operator is None or left is None or right is None:
        return
    sign = text_of(operator)
    yield from _signs(operator, sign, is_text=_is_text(left) or _is_text(right))
    if sign in _DROPPED:
        yield place.replaced(place.fitted(left), "operand-drop", _DROPPED[sign])
        yield place.replaced(place.fitted(right), "operand-drop", _DROPPED[sign])
    if sign in _UNEVEN:
        yield place.replaced(f"{_tight(right)} {sign} {_tight(left)}", "operand-swap", 2.2)
    if is_condition(place.node) and place.parent_type != "unary_expression" and sign in {"&&", "||"}:
        yield place.replaced(f"!({text_of(place.node)})", "negate", 2.2)
    yield from _regrouped(place.node, left, right, sign)


def _signs(operator: Node, sign: str, *, is_text: bool) -> Iterator[Change]:
    start, end = operator.start_byte, operator.end_byte
    for at, other in enumerate(_NEAR.get(sign, ())):
        yield Change(start, end, other, "compare-swap", 1.0 + 0.2 * at)
    for at, other in enumerate(_FAR.get(sign, ())):
        yield Change(start, end, other, "compare-swap", 1.7 + 0.1 * at)
    if sign in _SIBLINGS:
        kind = "logic-swap" if sign in {"&&", "||", "??"} else "arithmetic-swap"
        yield Change(start, end, _SIBLINGS[sign], kind, 2.6 if is_text else 1.2)
    if sign in _ARITHMETIC and not is_text:
        for other in _ARITHMETIC:
            if other not in {sign, _SIBLINGS[sign]}:
                yield Change(start, end, other, "arithmetic-swap", 1.6 if other != "**" else 2.2)


def _regrouped(node: Node, left: Node, right: Node, sign: str) -> Iterator[Change]:
    """Put brackets where there are none, and take them away where there are some."""
    if sign in _TIGHTER | {"&&"}:
        looser = _LOOSER if sign != "&&" else {"||"}
        for side in (left, right):
            inner = (
                side.named_children[0]
                if side.type == "parenthesized_expression" and side.named_children
                else None
            )
            if inner is not None and text_of(inner.child_by_field_name("operator")) in looser:
                yield Change(side.start_byte, side.end_byte, text_of(inner), "regroup", 2.4)
    if sign in _LOOSER | {"||"}:
        tighter = _TIGHTER if sign != "||" else {"&&"}
        yield from _brackets(node, left, right, sign, frozenset(tighter))


def _brackets(node: Node, left: Node, right: Node, sign: str, tighter: frozenset[str]) -> Iterator[Change]:
    second = text_of(right.child_by_field_name("operator"))
    first = text_of(left.child_by_field_name("operator"))
    if right.type == "binary_expression" and second in tighter:
        one, two = right.child_by_field_name("left"), right.child_by_field_name("right")
        text = f"({text_of(left)} {sign} {text_of(one)}) {second} {text_of(two)}"
        yield Change(node.start_byte, node.end_byte, text, "regroup", 2.4)
    if left.type == "binary_expression" and first in tighter:
        one, two = left.child_by_field_name("left"), left.child_by_field_name("right")
        text = f"{text_of(one)} {first} ({text_of(two)} {sign} {text_of(right)})"
        yield Change(node.start_byte, node.end_byte, text, "regroup", 2.4)


def _assignment(place: Place, _: Stock) -> Iterator[Change]:
    left, right = place.node.child_by_field_name("left"), place.node.child_by_field_name("right")
    if left is None or right is None:
        return
    operator = place.node.child_by_field_name("operator")
    sign = text_of(operator) or "="
    for other in _ASSIGNMENTS:
        if other == sign:
            continue
        cost = 1.3 if {other, sign} in ({"+=", "-="}, {"*=", "/="}) else _RARER.get(other, 1.8)
        text = f"{text_of(left)} {other} {text_of(right)}"
        if operator is not None:
            yield Change(operator.start_byte, operator.end_byte, other, "assignment-swap", cost)
        elif "." not in text_of(left):
            is_of_itself = text_of(left) in text_of(right)  # a = a - b is rarely meant to be a += a - b
            yield place.replaced(text, "assignment-swap", cost + is_of_itself)
    if (
        left.type in {"identifier", "subscript_expression", "member_expression"}
        and right.type == left.type
        and sign == "="
    ):
        yield place.replaced(f"{text_of(right)} = {text_of(left)}", "operand-swap", 2.2)


def _update(place: Place, _: Stock) -> Iterator[Change]:
    operator = place.node.child_by_field_name("operator")
    argument = place.node.child_by_field_name("argument")
    if operator is None or argument is None:
        return
    other = "--" if text_of(operator) == "++" else "++"
    yield Change(operator.start_byte, operator.end_byte, other, "assignment-swap", 1.2)
    yield place.replaced(f"{text_of(argument)} {other[0]}= 2", "assignment-swap", 2.4)
    step = "+=" if text_of(operator) == "++" else "-="
    yield place.replaced(f"{text_of(argument)} {step} 2", "assignment-swap", 2.0)
    is_first = operator.start_byte < argument.start_byte
    sign = text_of(operator)
    turned = f"{text_of(argument)}{sign}" if is_first else f"{sign}{text_of(argument)}"
    if place.parent_type not in {"expression_statement", "for_statement"}:
        yield place.replaced(turned, "assignment-swap", 2.2)


def _unary(place: Place, _: Stock) -> Iterator[Change]:
    argument = place.node.child_by_field_name("argument")
    sign = text_of(place.node.child_by_field_name("operator"))
    if argument is not None and sign in {"!", "-", "~", "+"}:
        yield place.replaced(place.fitted(argument), "negate", 1.5)


def _is_text(node: Node) -> bool:
    return node.type in {"string", "template_string"}


def _tight(node: Node) -> str:
    return (
        f"({text_of(node)})"
        if node.type in {"binary_expression", "ternary_expression", "arrow_function"}
        else text_of(node)
    )


_VISITS = {
    "binary_expression": _binary, "assignment_expression": _assignment, "augmented_assignment_expression": _assignment,
    "update_expression": _update, "unary_expression": _unary,
}  # fmt: skip
