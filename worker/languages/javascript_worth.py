"""Whether a JavaScript test states anything about the code: its assertions, and where what they speak of comes from."""

import re
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from worker.domain.candidate import RejectionReason
from worker.languages.javascript_emptiness import always_holds
from worker.languages.javascript_syntax import FUNCTIONS, parse, text_of, walk
from worker.languages.worth import ACCIDENT, CLOCK, Claim, Flow, reason_against

_NAMES = frozenset({"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"})
_TEXTS = frozenset({"call_expression", "new_expression", "member_expression"})
_CLOCKS = ("Date.now", "performance.now", "process.hrtime", "new Date()", "process.uptime")
_MEMORY = ("process.memoryUsage", "performance.memory", "getHeapStatistics", "process.resourceUsage")
_LOADED = re.compile(r"\b(?:require|import)\s*\(")
_BINDINGS = {
    "variable_declarator": ("name", "value"),
    "assignment_expression": ("left", "right"),
    "augmented_assignment_expression": ("left", "right"),
    "for_in_statement": ("left", "right"),
}
"""Kind of node -> what is bound, and to what."""


def reason_in(code: str, roots: Iterable[str]) -> RejectionReason | None:
    """Say why a test states nothing about the code, or pins what is no behaviour of it; None where nothing speaks against it."""
    root = parse(code)
    reached = frozenset(roots) - _own(root)
    return reason_against(list(_claims(root)), list(_flows(root)), reached)


def _own(root: Node) -> set[str]:
    """Names that the test declares itself, unless it loads them: a copy of the code is not the code."""
    found: set[str] = set()
    for node in walk(root):
        name, value = (text_of(node.child_by_field_name(field)) for field in ("name", "value"))
        if node.type in {"function_declaration", "class_declaration"} or (
            node.type == "variable_declarator" and not _LOADED.search(value)
        ):
            found.add(name)
    return found


def _names(*nodes: Node | None) -> frozenset[str]:
    """Names that stand in these, and what else matters of them."""
    found: set[str] = set()
    for node in (each for one in nodes if one is not None for each in walk(one)):
        if node.type in _NAMES:
            found.add(text_of(node))
        elif node.type in _TEXTS:
            text = text_of(node)
            found |= {CLOCK} if text.startswith(_CLOCKS) else set()
            found |= {ACCIDENT} if text.startswith(_MEMORY) or text.endswith(_MEMORY) else set()
    return frozenset(found)


def _flows(root: Node) -> Iterator[Flow]:
    for node in walk(root):
        if node.type in _BINDINGS:
            to, come_from = (node.child_by_field_name(field) for field in _BINDINGS[node.type])
            yield Flow(to=_names(to), come_from=_names(come_from))
        elif node.type in FUNCTIONS | {"class_declaration", "class"}:
            yield Flow(
                to=_names(node.child_by_field_name("name")),
                come_from=_names(node.child_by_field_name("body")),
            )
        elif node.type == "try_statement":
            caught = [
                child.child_by_field_name("parameter")
                for child in node.children
                if child.type == "catch_clause"
            ]
            yield Flow(to=_names(*caught), come_from=_names(node.child_by_field_name("body")))
        elif node.type in {"call_expression", "new_expression"}:
            yield from _of_call(node)


def _of_call(call: Node) -> Iterator[Flow]:
    """What is handed to a function may be changed by it, a callback is called by it, and an object is changed by what its method is given."""
    called = call.child_by_field_name("function") or call.child_by_field_name("constructor")
    arguments = call.child_by_field_name("arguments")
    if called is None or arguments is None or _is_assertion(called):
        return
    given = _names(arguments)
    yield Flow(to=given, come_from=_names(called))
    if called.type == "member_expression":
        owner = _names(called.child_by_field_name("object"))
        yield Flow(to=owner, come_from=given)
        for argument in arguments.named_children:  # the parameters of a callback hold what the object held
            yield Flow(to=_parameters(argument), come_from=owner)


def _parameters(function: Node) -> frozenset[str]:
    return _names(function.child_by_field_name("parameters"), function.child_by_field_name("parameter"))


def _claims(root: Node) -> Iterator[Claim]:
    for node in walk(root):
        called = node.child_by_field_name("function") if node.type == "call_expression" else None
        arguments = (
            node.child_by_field_name("arguments") if called is not None and _is_assertion(called) else None
        )
        if called is not None and arguments is not None:
            given = [one for one in arguments.named_children if one.type != "comment"]
            method = text_of(called).rpartition(".")[2]
            asserted = given[: _asserted(method)] if method != "fail" else [root]
            yield Claim(names=_names(*asserted), is_empty=always_holds(method, asserted, root))


def _is_assertion(called: Node) -> bool:
    return text_of(called).partition(".")[0] == "assert"


def _asserted(method: str) -> int:
    """How many of the arguments say something: the last one may be a message."""
    return (
        1
        if method in {"assert", "ok", "throws", "doesNotThrow", "rejects", "doesNotReject", "ifError"}
        else 2
    )
