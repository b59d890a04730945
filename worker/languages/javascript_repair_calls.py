"""Small changes of calls and of decisions.

| what         | becomes                                                                                         |
|--------------|-------------------------------------------------------------------------------------------------|
| a call       | its argument or object alone; arguments exchanged, dropped, added; `.sort()` with a comparator   |
| a condition  | its opposite, always or never, with another condition of the source or a simple one joined to it |
"""

from collections.abc import Iterator, Sequence

from tree_sitter import Node

from worker.languages.javascript_repair_stock import Stock
from worker.languages.javascript_repair_tree import (
    CONDITIONS,
    SHORT,
    Change,
    Place,
    arguments_of,
    inner_of,
    is_condition,
)
from worker.languages.javascript_syntax import text_of

_ADDED_ARGUMENTS = ("0", "1", "10", "2", "''", "' '", "-1")


def call_changes(place: Place, stock: Stock) -> Iterator[Change]:
    """Yield the changes of a call."""
    called, arguments = place.node.child_by_field_name("function"), arguments_of(place.node)
    listed = place.node.child_by_field_name("arguments")
    if called is None or listed is None or listed.type != "arguments":
        return
    owner = called.child_by_field_name("object") if called.type == "member_expression" else None
    if owner is not None and place.parent_type != "expression_statement":
        yield place.replaced(place.fitted(owner), "call-unwrap", 2.0)
    if len(arguments) == 1 and place.parent_type != "expression_statement":
        yield place.replaced(place.fitted(arguments[0]), "call-unwrap", 2.2)
    if (
        owner is not None
        and len(arguments) == 1
        and text_of(called.child_by_field_name("property")) not in {"map", "filter"}
    ):
        method = text_of(called.child_by_field_name("property"))
        yield place.replaced(f"{text_of(arguments[0])}.{method}({text_of(owner)})", "argument-swap", 2.0)
    yield from _arguments(listed, arguments, stock, place)


def _arguments(listed: Node, arguments: Sequence[Node], stock: Stock, place: Place) -> Iterator[Change]:
    texts = [text_of(one) for one in arguments]
    start, end = listed.start_byte, listed.end_byte
    if len(texts) >= 2:
        for at in range(len(texts) - 1):
            swapped = [*texts[:at], texts[at + 1], texts[at], *texts[at + 2 :]]
            yield Change(start, end, f"({', '.join(swapped)})", "argument-swap", 1.7)
    if texts:
        yield Change(start, end, f"({', '.join(texts[:-1])})", "argument-drop", 2.4)
    if len(texts) <= 2:
        known = [*stock.names_at(place)[:6], *_ADDED_ARGUMENTS]
        for at, other in enumerate(known):
            yield Change(start, end, f"({', '.join([*texts, other])})", "argument-add", 2.8 + 0.05 * at)
    if not texts and text_of(place.node.child_by_field_name("function")).endswith(".sort"):
        yield Change(start, end, "((a, b) => a - b)", "comparator", 1.5)
        yield Change(start, end, "((a, b) => b - a)", "comparator", 2.2)


def decision_changes(place: Place, stock: Stock) -> Iterator[Change]:
    """Yield the changes of a condition, or of what is returned as one."""
    node = place.node
    is_whole = place.is_field("condition") and place.parent_type in CONDITIONS
    is_returned = place.parent_type == "return_statement" or (
        place.parent_type == "arrow_function" and place.is_field("body")
    )
    if not is_whole and not (is_returned and (is_condition(node) or node.type == "identifier")):
        return
    inner = inner_of(node)
    if inner is None or node.end_byte - node.start_byte > 2 * SHORT:
        return
    text = text_of(inner)
    start, end = inner.start_byte, inner.end_byte
    yield Change(start, end, f"!({text})", "negate", 1.9)
    if is_whole:
        yield Change(start, end, "true", "condition", 2.8)
        yield Change(start, end, "false", "condition", 2.9)
    loose = f"({text})" if "||" in text or "?" in text else text
    for at, other in enumerate(_guards(inner, place, stock)):
        if other != text:
            yield Change(start, end, f"{loose} && {other}", "guard", 3.8 + 0.02 * at)
            yield Change(start, end, f"{text} || {other}", "guard", 3.9 + 0.02 * at)


def _guards(condition: Node, place: Place, stock: Stock) -> Iterator[str]:
    """Yield conditions of the source, then simple ones about what the condition speaks of."""
    yield from stock.conditions
    told: dict[str, None] = {}
    waiting = [condition]
    while waiting:
        node = waiting.pop(0)
        if (
            node.type in {"identifier", "subscript_expression", "member_expression"}
            and len(text_of(node)) <= 24
        ):
            told.setdefault(text_of(node))
        waiting.extend(node.named_children)
    for name in stock.names_at(place)[:6]:
        told.setdefault(name)
    for one in list(told)[:8]:
        yield from (
            f"{one} > 0",
            f"{one} === 0",
            f"{one} % 2 === 0",
            f"{one} % 2 === 1",
            f"{one} > 1",
            f"{one} !== 0",
            f"{one} < 0",
            one,
            f"!{one}",
        )
