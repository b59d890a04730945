"""Small changes of statements.

| what                 | becomes                                                                                     |
|----------------------|---------------------------------------------------------------------------------------------|
| a statement          | nothing; exchanged with the next; moved out of its block, into the block before it           |
| a place between two  | a statement of the source, `break`, `continue`, one more, one less; an early return          |
| an `if`              | its body alone, without its `else`, its arms exchanged, a loop                               |
| what is computed     | returned                                                                                     |
| `const`, `of`        | `let`, `in`; a function that awaits becomes `async`                                          |
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from tree_sitter import Node

from worker.languages.javascript_repair_stock import Stock
from worker.languages.javascript_repair_tree import (
    BLOCKS,
    LOOPS,
    Change,
    Place,
    indent_at,
    is_function,
)
from worker.languages.javascript_syntax import text_of

_DELETED = {
    "expression_statement": 2.3, "if_statement": 2.4, "return_statement": 2.8, "break_statement": 2.0, "continue_statement": 2.0,
    "for_statement": 3.4, "for_in_statement": 3.4, "while_statement": 3.4, "throw_statement": 2.8,
}  # fmt: skip
_LONGEST = 600
_RETURNS = ("false", "true", "0", "-1", "1", "[]", "''", "null", "undefined")
_EARLY = (
    "{} === 0",
    "{}.length === 0",
    "!{}",
    "{} < 0",
    "{} <= 1",
    "{} < 2",
    "{} === 1",
    "{}.length === 1",
    "{} <= 0",
)


def statement_changes(place: Place, stock: Stock, source: bytes) -> Iterator[Change]:
    """Yield the changes of a statement."""
    node = place.node
    if node.type in {"statement_block", "program", "switch_case", "switch_default"}:
        yield from _block(place, stock, source)
    elif node.type == "if_statement":
        yield from _branching(place)
    elif node.type == "expression_statement":
        yield from _computed(place)
    elif node.type in {"lexical_declaration", "for_in_statement"}:
        yield from _words(node)
    elif node.type == "else_clause":
        yield Change(node.start_byte, node.end_byte, "", "statement-delete", 2.8)
    elif is_function(node):
        yield from _function(node)
    if node.type in _DELETED and node.end_byte - node.start_byte <= _LONGEST and not _is_export(node):
        yield from _deleted(place)


def _is_export(node: Node) -> bool:
    return text_of(node).startswith(("module.exports", "exports.", "export ", "require("))


def _deleted(place: Place) -> Iterator[Change]:
    bare = "" if place.parent_type in BLOCKS else ";"
    yield place.replaced(bare, "statement-delete", _DELETED[place.node.type])


def _block(place: Place, stock: Stock, source: bytes) -> Iterator[Change]:
    labels = {"value"} if place.node.type == "switch_case" else set()
    value = place.node.child_by_field_name("value") if labels else None
    inside = [one for one in place.node.named_children if one.type != "comment" and one != value]
    yield from _exchanged(inside, source)
    if place.node.type == "program":
        return
    yield from _moved(place, inside, source)
    if not inside:
        return
    yield from _inserted(place, inside, stock, source)
    if place.parent is not None and is_function(place.parent):
        yield from _early_returns(inside[0], place.parent, source)


def _exchanged(inside: Sequence[Node], source: bytes) -> Iterator[Change]:
    for one, two in pairwise(inside):
        if "function_declaration" in {one.type, two.type} or two.end_byte - one.start_byte > _LONGEST:
            continue
        between = source[one.end_byte : two.start_byte].decode()
        yield Change(
            one.start_byte, two.end_byte, f"{_whole(two)}{between}{_whole(one)}", "statement-swap", 3.0
        )


def _whole(node: Node) -> str:
    """Return a statement that stays one on whatever follows it."""
    text = text_of(node)
    return text if text.endswith((";", "}")) else f"{text};"


def _moved(place: Place, inside: Sequence[Node], source: bytes) -> Iterator[Change]:
    """Move the last statement out behind its block's owner, and what follows the owner in."""
    owner = place.parent
    if owner is None or is_function(owner):
        return
    if owner.type == "else_clause":
        owner = place.above[-2]
    outer = owner.next_named_sibling
    last = inside[-1] if inside else None
    if len(inside) > 1 and last is not None and owner.end_byte - last.start_byte <= _LONGEST:
        rest = source[last.end_byte : owner.end_byte].decode()
        moved = f"{rest}\n{indent_at(source, owner.start_byte)}{_whole(last)}"
        yield Change(last.start_byte, owner.end_byte, moved, "statement-move", 3.1)
    if (
        outer is None
        or last is None
        or outer.end_byte - last.end_byte > _LONGEST
        or owner.type == "if_statement"
    ):
        return
    if outer.type in {"expression_statement", "return_statement", "if_statement", "break_statement"}:
        rest = source[last.end_byte : owner.end_byte].decode()
        text = f"\n{indent_at(source, last.start_byte)}{_whole(outer)}{rest}"
        yield Change(last.end_byte, outer.end_byte, text, "statement-move", 3.2)


def _inserted(place: Place, inside: Sequence[Node], stock: Stock, source: bytes) -> Iterator[Change]:
    names = stock.names_at(place)
    steps = [f"{name}{sign};" for name in names[:8] for sign in ("++", "--")]
    halts = ["break;", "continue;"] if place.is_in(LOOPS) else []
    for statement in [*inside, None]:
        before = statement or inside[-1]
        if statement is None and inside[-1].type in {
            "return_statement",
            "break_statement",
            "continue_statement",
            "throw_statement",
        }:
            return
        at = before.start_byte if statement is not None else before.end_byte
        indent = indent_at(source, before.start_byte)
        for number, text in enumerate((*stock.statements, *halts, *steps)):
            if text_of(before) == text or (
                statement is not None and text.startswith(("return", "break", "continue"))
            ):
                continue
            line = f"{_closed(text)}\n{indent}" if statement is not None else f"\n{indent}{_closed(text)}"
            yield Change(at, at, line, "statement-insert", 4.2 + 0.03 * number)


def _closed(text: str) -> str:
    return text if text.endswith((";", "}")) else f"{text};"


def _early_returns(first: Node, function: Node, source: bytes) -> Iterator[Change]:
    listed = function.child_by_field_name("parameters")
    single = function.child_by_field_name("parameter")
    parameters = [single] if single is not None else list(listed.named_children if listed is not None else ())
    names = [text_of(one) for one in parameters if one.type == "identifier"][:3]
    indent = indent_at(source, first.start_byte)
    for name in names:
        for number, condition in enumerate(_EARLY):
            for place, value in enumerate((*_RETURNS, name)):
                text = f"if ({condition.format(name)}) return {value};\n{indent}"
                yield Change(
                    first.start_byte,
                    first.start_byte,
                    text,
                    "early-return",
                    4.8 + 0.1 * number + 0.05 * place,
                )


def _branching(place: Place) -> Iterator[Change]:
    node = place.node
    condition, body = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
    other = node.child_by_field_name("alternative")
    if condition is None or body is None or node.end_byte - node.start_byte > 2 * _LONGEST:
        return
    yield Change(node.start_byte, node.start_byte + 2, "while", "branch", 3.2)
    if other is None:
        yield place.replaced(text_of(body), "branch", 2.7)
        return
    otherwise = other.named_children[-1]
    yield place.replaced(text_of(otherwise), "branch", 3.0)
    if otherwise.type != "if_statement":
        turned = f"if {text_of(condition)} {text_of(otherwise)} else {text_of(body)}"
        yield place.replaced(turned, "branch", 2.2)
    else:
        start = other.start_byte
        yield Change(start, otherwise.start_byte, "", "branch", 2.8)
    yield Change(other.start_byte, otherwise.start_byte, "", "branch", 2.9)


def _computed(place: Place) -> Iterator[Change]:
    inner = place.node.named_children[0] if place.node.named_children else None
    is_value = inner is not None and inner.type in {
        "call_expression",
        "binary_expression",
        "ternary_expression",
        "identifier",
    }
    if is_value and place.function is not None:
        yield Change(place.node.start_byte, place.node.start_byte, "return ", "return-add", 2.0)


def _words(node: Node) -> Iterator[Change]:
    for child in node.children:
        if child.type == "const" and node.type == "lexical_declaration":
            yield Change(child.start_byte, child.end_byte, "let", "declaration", 2.2)
        elif child.type in {"of", "in"} and node.type == "for_in_statement":
            yield Change(
                child.start_byte, child.end_byte, "in" if child.type == "of" else "of", "loop-kind", 1.8
            )


def _function(node: Node) -> Iterator[Change]:
    is_async = any(child.type == "async" for child in node.children)
    if not is_async and "await " in text_of(node):
        yield Change(node.start_byte, node.start_byte, "async ", "await", 2.0)
    body = node.child_by_field_name("body")
    if (
        node.type == "arrow_function"
        and body is not None
        and body.type == "statement_block"
        and body.named_child_count == 1
    ):
        only = body.named_children[0]
        if only.type == "expression_statement":
            yield Change(body.start_byte, body.end_byte, text_of(only).rstrip(";"), "return-add", 2.0)
