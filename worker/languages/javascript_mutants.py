"""Mutants: copies of a source with one small fault each, of the kinds that programmers make."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from worker.languages.javascript_syntax import parse, text_of, walk

MAXIMUM_MUTANTS = 50
"""More cost time and hardly sharpen the picture."""

MAXIMUM_BYTES = 4 << 20
"""Of all mutants of a source together."""

_OPERATORS = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
    "===": ("!==",), "!==": ("===",), "==": ("!=",), "!=": ("==",),
    "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "%": ("*",), "**": ("*",),
    "&&": ("||",), "||": ("&&",), "??": ("&&",), "&": ("|",), "|": ("&",), "^": ("&",), "<<": (">>",), ">>": ("<<",), ">>>": ("<<",),
}  # fmt: skip
_ASSIGNMENTS = {
    "+=": ("-=",),
    "-=": ("+=",),
    "*=": ("/=",),
    "/=": ("*=",),
    "%=": ("*=",),
    "++": ("--",),
    "--": ("++",),
}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One fault."""

    mutant_id: str
    """Stable: line, column and what replaces what."""
    source: str
    """The whole faulty source."""


def make_mutants(source: str, *, seed: int) -> tuple[Mutant, ...]:
    """Make mutants, spread evenly over the source where there are more than can be tried."""
    text = source.encode()
    edits = list(dict.fromkeys(edit for node in walk(parse(source)) for edit in _edits(node)))
    limit = min(MAXIMUM_MUTANTS, max(1, MAXIMUM_BYTES // max(1, len(text))))
    if len(edits) > limit:
        edits = sorted(random.Random(seed).sample(edits, limit))  # noqa: S311 - chooses a sample, keeps no secret
    mutants = []
    for start, end, replacement in edits:
        before = text[start:end].decode()
        faulty = (text[:start] + replacement.encode() + text[end:]).decode()
        line = text.count(b"\n", 0, start) + 1
        column = start - (text.rfind(b"\n", 0, start) + 1)
        mutant_id = f"{line}:{column} {_short(before)} -> {_short(replacement)}"
        mutants.append(Mutant(mutant_id=mutant_id, source=faulty))
    return tuple(mutants)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return (flat[:37] + "…" if len(flat) > 38 else flat) or "nothing"


def _edits(node: Node) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, replacement) of each fault at a node."""
    if node.type in {"binary_expression", "augmented_assignment_expression", "update_expression"}:
        operator = node.child_by_field_name("operator")
        for other in (_OPERATORS | _ASSIGNMENTS).get(text_of(operator), ()):
            if operator is not None and not _is_text_sum(node):
                yield operator.start_byte, operator.end_byte, other
    elif node.type in {"if_statement", "while_statement"}:
        condition = node.child_by_field_name("condition")
        if condition is not None and len(text_of(condition)) < 400:
            yield condition.start_byte, condition.end_byte, f"(!{text_of(condition)})"
    elif node.type == "return_statement" and node.named_child_count == 1:
        value = node.named_children[0]
        if text_of(value) not in {"undefined", "null"} and len(text_of(value)) < 400:
            yield value.start_byte, value.end_byte, "undefined"
    else:
        yield from _leaf_edits(node)


def _leaf_edits(node: Node) -> Iterator[tuple[int, int, str]]:
    text = text_of(node)
    if node.type == "number" and not _is_key(node):
        yield (
            node.start_byte,
            node.end_byte,
            "1" if text == "0" else f"({text} + 1{'n' if text.endswith('n') else ''})",
        )
    elif node.type in {"true", "false"}:
        yield node.start_byte, node.end_byte, "false" if node.type == "true" else "true"
    elif node.type == "string" and _is_value(node):
        yield node.start_byte, node.end_byte, "''" if len(text) > 2 else "'mutated'"
    elif node.type == "unary_expression" and text[:1] in {"!", "-"} and node.named_child_count == 1:
        inner = node.named_children[0]
        yield node.start_byte, node.end_byte, f"({text_of(inner)})"
    elif _is_removable_call(node):
        yield node.start_byte, node.end_byte, ";"


def _is_removable_call(node: Node) -> bool:
    if node.type != "expression_statement" or not node.named_children:
        return False
    call = node.named_children[0]
    return call.type == "call_expression" and text_of(call.child_by_field_name("function")) not in {
        "super",
        "require",
    }


def _is_text_sum(node: Node) -> bool:
    """Tell whether `+` joins text with certainty: minus would only make NaN, which any test sees."""
    sides = (node.child_by_field_name("left"), node.child_by_field_name("right"))
    return text_of(node.child_by_field_name("operator")) == "+" and any(
        side is not None and side.type == "string" for side in sides
    )


def _is_key(node: Node) -> bool:
    return (
        node.parent is not None
        and node.parent.type == "pair"
        and node == node.parent.child_by_field_name("key")
    )


def _is_value(node: Node) -> bool:
    """Tell whether a string is a value of the program: no directive, no import, no key, no name of a type."""
    parent = node.parent
    if (
        parent is None
        or parent.type in {"expression_statement", "import_statement", "export_statement"}
        or _is_key(node)
    ):
        return False
    if parent.type == "arguments" and parent.parent is not None:
        called = parent.parent.child_by_field_name("function") or parent.parent.child_by_field_name(
            "constructor"
        )
        return not text_of(called).endswith(("require", "Error"))
    return "typeof" not in text_of(parent) if parent.type == "binary_expression" else not _is_in_message(node)


def _is_in_message(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type == "subscript_expression"
