"""TypeScript as text: trees, where a source stops being TypeScript, and what no Node runs without a compiler."""

import re

import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

from worker.languages.javascript_syntax import text_of, walk

TYPE_DECLARATIONS = frozenset(
    {"interface_declaration", "type_alias_declaration", "ambient_declaration", "function_signature"}
)
"""Statements that say something to the compiler only."""

_DEPTH = 10
_UNKNOWN = re.compile(
    r"""^((?:export[ \t]+default[ \t]+)(?=abstract\b)|(?=export[ \t]+type[ \t]+\*))"""
    r"""(abstract(?=[ \t]+class\b)|export[ \t]+type[ \t]+\*[^;\n]*;?)""",
    re.MULTILINE,
)
_JSX = re.compile(r"\.[jt]sx$", re.IGNORECASE)


def parse_types(source: str) -> Node:
    """Parse; faults are nodes in the tree."""
    language = Language(tree_sitter_typescript.language_typescript())
    return Parser(language).parse(source.encode("utf-8", "replace")).root_node


def readable(source: str) -> str:
    """Blank what the grammar does not know yet, where the source can't be read otherwise: it says something about types only."""
    if not parse_types(source).has_error:
        return source
    return _UNKNOWN.sub(lambda match: match[1] + " " * len(match[2]), source)


def type_fault(source: str, path: str | None) -> str | None:
    """Say why the source can't be worked on, or None."""
    if path and _JSX.search(path):
        return f"{path} holds JSX, which Node can't run without a compiler: give the functions of it in a .ts file"
    root = parse_types(readable(source))
    for node in walk(root):
        if node.type == "decorator":
            return f"line {line_of(node)}: decorators need a compiler, Node can't run them: {_first_line(node)!r}"
        if node.type == "accessor":
            return f"line {line_of(node)}: Node knows no accessor fields yet: {_first_line(node.parent or node)!r}"
        if node.is_missing:
            return f"line {line_of(node)}: {node.type!r} is missing"
        if node.type == "ERROR":
            return f"line {line_of(node)}: this is not TypeScript: {_first_line(node)!r}"
    return None


def line_of(node: Node) -> int:
    """Return the line on which a node starts, 1-based."""
    return node.start_point.row + 1


def name_in(node: Node) -> str:
    """Return the name that a declaration has."""
    return text_of(node.child_by_field_name("name"))


def is_type_only(statement: Node, depth: int = 0) -> bool:
    """Tell whether a statement leaves nothing to run; namespaces within namespaces are followed for a while."""
    if statement.type in TYPE_DECLARATIONS:
        return True
    if statement.type == "export_statement":
        declaration = statement.child_by_field_name("declaration")
        has_type = any(child.type == "type" for child in statement.children)
        return has_type or (declaration is not None and is_type_only(declaration))
    if statement.type in {"expression_statement", "internal_module"}:
        module = statement if statement.type == "internal_module" else statement.named_child(0)
        if module is None or module.type != "internal_module":
            return False
        body = module.child_by_field_name("body")
        inner = [one for one in body.named_children if one.type != "comment"] if body else []
        return depth < _DEPTH and all(is_type_only(one, depth + 1) for one in inner)
    return False


def _first_line(node: Node) -> str:
    return (text_of(node).strip().splitlines() or [""])[0][:60]
