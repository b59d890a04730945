"""Units that are not called, each with the reason: what they do is what the sandbox forbids."""

import re
from collections.abc import Iterator, Mapping

from tree_sitter import Node

from worker.languages.javascript_syntax import CLASSES, Bindings, text_of, walk
from worker.languages.javascript_targets import units_of

_NETWORK = "it uses the network"
_PROCESSES = "it starts processes"
_ENDS = "it ends the process"
_MODULES = {
    **dict.fromkeys(("net", "http", "https", "http2", "dgram", "tls", "dns"), _NETWORK),
    **dict.fromkeys(("child_process", "cluster"), _PROCESSES),
}
_GLOBALS = {
    "fetch": _NETWORK, "WebSocket": _NETWORK, "XMLHttpRequest": _NETWORK, "EventSource": _NETWORK,
    "process.exit": _ENDS, "process.abort": _ENDS, "process.kill": _PROCESSES,
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_ORIGIN = re.compile(r"""(?:from|require\s*\(|import)\s*['"](?:node:)?(\w+)(?:/\w+)?['"]""")


def skipped_in(root: Node, bindings: Bindings) -> tuple[tuple[str, str], ...]:
    """Name functions and methods that call something forbidden themselves."""
    forbidden = {**_GLOBALS, **dict(_imported(root))}
    found: dict[str, str] = {}
    for name, node in units_of(root, bindings):
        reason = None if node.type in CLASSES else _reason(node, forbidden)
        if reason is not None:
            found.setdefault(name, reason)
    return tuple(found.items())


def _imported(root: Node) -> Iterator[tuple[str, str]]:
    """Yield the names that are bound to forbidden modules or to what is taken from them."""
    for node in walk(root):
        if node.type not in {"import_statement", "variable_declarator"}:
            continue
        text = text_of(node)
        origin = _ORIGIN.search(text)
        reason = _MODULES.get(origin[1]) if origin else None
        if origin is not None and reason is not None:
            bound = text[: origin.start()]
            yield from ((name, reason) for name in _NAME.findall(bound) if name not in {"import", "as"})


def _reason(unit: Node, forbidden: Mapping[str, str]) -> str | None:
    for node in walk(unit):
        called = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        if called is None or node.type not in {"call_expression", "new_expression"}:
            continue
        text = text_of(called)
        origin = _ORIGIN.search(text)
        told = forbidden.get(text) or forbidden.get(text.partition(".")[0])
        told = told or (_MODULES.get(origin[1]) if origin else None)
        if told is not None:
            return told
    return None
