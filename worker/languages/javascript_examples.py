"""Examples in comments: calls with the values that they promise, and literals that stand for typical input.

A promise is what follows a call: on the next line (`>>> double(2)`, then `4`), or behind `=>`, `->`, `→`, `==`, `returns` and the like.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from tree_sitter import Node

from worker.languages.javascript_syntax import parse, text_of, walk

Example = Mapping[str, Any]
"""`args`: texts of the arguments; `expected`: text of the value promised, or None."""

_MAXIMUM = 40
_TRIED = 400
"""At most, of one comment."""
_LONGEST = 600
_MARKS = re.compile(r"^[ \t]*(?:/\*+|\*+/|\*(?!/)|//+|>>>|\$)?[ \t]?", re.MULTILINE)
_CALL = re.compile(r"(?<![\w$])((?:new[ ]+)?[A-Za-z_$][\w$]*)\(")
_PROMISE = re.compile(
    r"[ \t]*;?[ \t]*(?:(?://|#)[ \t]*)?(?:=>|->|→|➞|⇒|={1,3}|(?:should[ \t]+)?(?:returns?|be|equals?|is|gives)\b)?:?[ \t]*(\n[ \t]*)?"
)
_QUOTED = re.compile(r"""(?<![\w'"])("[^"\n]{1,80}"|'[^'\n]{1,80}'|`[^`\n$]{1,80}`)(?!\w)""")
_LIST = re.compile(r"\[[^\n]{0,200}")
_KNOWN = frozenset(
    {"undefined", "NaN", "Infinity", "Map", "Set", "Date", "BigInt", "Symbol", "Array", "Object"}
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def examples_in(root: Node, names: Sequence[str]) -> dict[str, list[Example]]:
    """Collect the calls of known names by name."""
    found: dict[str, list[Example]] = {}
    for text in _comments(root):
        for match in islice(_CALL.finditer(text), _TRIED):
            name = match[1].removeprefix("new").strip()
            if name not in names or len(found.get(name, ())) >= _MAXIMUM:
                continue
            end = _end_of(text, match.end() - 1)
            arguments = _arguments(text[match.end() - 1 : end]) if end else None
            if arguments is not None:
                found.setdefault(name, []).append({"args": arguments, "expected": _promised(text[end:])})
    return found


def literals_in(root: Node) -> tuple[list[str], list[str]]:
    """Collect texts and lists written in comments, as JavaScript."""
    texts: list[str] = []
    lists: list[str] = []
    for text in _comments(root):
        texts += [match[1] for match in islice(_QUOTED.finditer(text), _TRIED) if _is_literal(match[1])]
        for match in islice(_LIST.finditer(text), _TRIED):
            end = _end_of(text, match.start())
            if end and _is_literal(text[match.start() : end]):
                lists.append(text[match.start() : end])
    return list(dict.fromkeys(texts))[:_MAXIMUM], list(dict.fromkeys(lists))[:_MAXIMUM]


def _comments(root: Node) -> Iterator[str]:
    """Yield the text of comments without their marks; line comments that follow each other are one."""
    lines: list[str] = []
    last = -2
    for node in walk(root):
        if node.type != "comment":
            continue
        text = text_of(node)
        if text.startswith("//") and node.start_point.row == last + 1:
            lines.append(text)
        else:
            yield _unmarked("\n".join(lines))
            lines = [text]
        last = node.end_point.row
    yield _unmarked("\n".join(lines))


def _unmarked(text: str) -> str:
    return _MARKS.sub("", text.removesuffix("*/"))


def _end_of(text: str, start: int) -> int:
    """Find where the bracket that opens at `start` is closed, quotes minded; 0 where it is not."""
    waiting: list[str] = []
    quote = ""
    for at in range(start, min(len(text), start + _LONGEST)):
        one = text[at]
        if quote:
            quote = "" if one == quote and text[at - 1] != "\\" else quote
        elif one in "\"'`":
            quote = one
        elif one in _CLOSING:
            waiting.append(_CLOSING[one])
        elif one in ")]}" and (not waiting or waiting.pop() != one):
            return 0
        if not waiting and not quote:
            return at + 1
    return 0


def _arguments(text: str) -> list[str] | None:
    root = parse(f"f{text}")
    statement = root.named_children[0] if root.named_child_count == 1 and not root.has_error else None
    call = statement.named_children[0] if statement is not None and statement.named_children else None
    listed = call.child_by_field_name("arguments") if call is not None else None
    if listed is None or not _is_closed(listed):
        return None
    return [text_of(one) for one in listed.named_children if one.type != "comment"]


def _promised(text: str) -> str | None:
    """Read the literal that a call is said to give; on the next line it must stand alone."""
    match = _PROMISE.match(text)
    rest = text[match.end() :] if match else text
    line = rest.partition("\n")[0].strip()
    is_next_line = match is not None and match[1] is not None
    if not line or not (is_next_line or (match and match[0].strip())):
        return None
    end = _end_of(rest, 0) if line[0] in "[{\"'`" else 0
    literal = rest[:end] if end else line.rstrip(".;,").strip()
    return literal if _is_literal(literal) else None


def _is_literal(text: str) -> bool:
    if not text or "\n" in text:
        return False
    root = parse(f"({text})")
    return not root.has_error and root.named_child_count == 1 and _is_closed(root)


def _is_closed(root: Node) -> bool:
    """Tell whether an expression speaks of nothing but literals and of what it declares itself."""
    outside = {"member_expression", "call_expression", "assignment_expression", "template_substitution"}
    for node in walk(root):
        if node.type in outside and root.type != "arguments":
            return False
        if node.type in {"member_expression", "call_expression", "shorthand_property_identifier"}:
            return False
        if node.type == "identifier" and text_of(node) not in _KNOWN:
            return False
    return True
