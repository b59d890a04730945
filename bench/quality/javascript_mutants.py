"""Mutants of JavaScript for judging suites: made apart from the product's own, which the product may search against.

Comparison, arithmetic and boolean operators, constants one up and one down, conditions negated, results nulled, texts replaced.
"""

import random
from collections.abc import Iterator

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

MAXIMUM = 30
SWAPS = {
    "<": "<= >", "<=": "< >=", ">": ">= <", ">=": "> <=", "==": "!=", "===": "!==", "!=": "==", "!==": "===",
    "+": "-", "-": "+", "*": "/ +", "/": "*", "%": "/", "**": "*", "+=": "-=", "-=": "+=", "*=": "+=", "&&": "||", "||": "&&", "++": "--", "--": "++",
}  # fmt: skip
OPERATIONS = frozenset({"binary_expression", "augmented_assignment_expression", "update_expression"})
CONDITIONS = frozenset({"if_statement", "while_statement", "ternary_expression"})
KEYS = frozenset({"pair", "expression_statement", "import_statement"})

Change = tuple[int, int, bytes]


def mutants_of(source: str, *, seed: int = 7) -> list[tuple[str, str]]:
    """Return (what was changed, faulty source), at most MAXIMUM, the same for the same source."""
    text = source.encode()
    root = Parser(Language(tree_sitter_javascript.language())).parse(text).root_node
    changes = sorted({change for node in _nodes(root) for change in _changes(node)})
    if len(changes) > MAXIMUM:
        changes = sorted(random.Random(seed).sample(changes, MAXIMUM))
    return [
        (f"{text[start:end].decode()} -> {new.decode()}", (text[:start] + new + text[end:]).decode())
        for start, end, new in changes
    ]


def _nodes(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.children)
        yield node


def _changes(node: Node) -> Iterator[Change]:
    if node.type in OPERATIONS:
        operator = node.child_by_field_name("operator")
        for other in SWAPS.get(_text(operator), "").split() if operator else ():
            yield _put(operator, other)
    elif node.type in CONDITIONS:
        condition = node.child_by_field_name("condition")
        if condition is not None:
            yield _put(condition, f"(!({_text(condition)}))")
    elif node.type in {"return_statement", "arrow_function"}:
        yield from _results(node)
    else:
        yield from _constants(node)


def _results(node: Node) -> Iterator[Change]:
    value = node.child_by_field_name("body") or next(iter(node.named_children), None)
    if value is not None and value.type not in {"statement_block", "null", "undefined"}:
        yield _put(value, "null")


def _constants(node: Node) -> Iterator[Change]:
    text = _text(node)
    if node.type == "number":
        yield _put(node, f"({text}+1)")
        yield _put(node, f"({text}-1)")
    elif node.type in {"true", "false"}:
        yield _put(node, "false" if text == "true" else "true")
    elif node.type == "string" and len(text) > 2 and node.parent is not None and node.parent.type not in KEYS:
        yield _put(node, "'XX'")


def _put(node: Node | None, text: str) -> Change:
    assert node is not None
    return node.start_byte, node.end_byte, text.encode()


def _text(node: Node | None) -> str:
    return node.text.decode() if node is not None and node.text is not None else ""
