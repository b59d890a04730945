"""Patches in an engine's answer: a whole module, or whole functions that take the place of those of the same name."""

import textwrap

from tree_sitter import Node

from worker.domain.patch import Patch, as_written
from worker.domain.repair import Broken
from worker.languages.answers import code_blocks
from worker.languages.javascript_repair_candidates import Offsets
from worker.languages.javascript_repair_tree import indent_at, is_function
from worker.languages.javascript_syntax import CLASSES, parse, text_of, walk
from worker.languages.typescript_syntax import parse_types

_COST = 3.0
_MOST = 8
_DECLARED = frozenset(
    {"function_declaration", "generator_function_declaration", "lexical_declaration", "variable_declaration"}
)


def patches_in(text: str, broken: Broken, *, language: str = "javascript") -> tuple[Patch, ...]:
    """Find them; what can't be read is left out."""
    source = broken.subject.source
    found: dict[str, Patch] = {}
    for block in code_blocks(text, language):
        changed = _changed_by(textwrap.dedent(block), source, is_typed=language == "typescript")
        if changed != source and changed not in found:
            found[changed] = as_written(source, changed, cost=_COST)
    return tuple(found.values())[:_MOST]


def _changed_by(block: str, source: str, *, is_typed: bool) -> str:
    read = parse_types if is_typed else parse
    new, old = _units(read(block)), _units(read(source))
    if not new:
        return source
    if set(old) <= set(new) or not old:
        return block if block.endswith("\n") else f"{block}\n"
    text, offsets = source.encode("utf-8", "surrogatepass"), Offsets(source)
    changed = source
    for name in sorted(set(new) & set(old), key=lambda one: -old[one].start_byte):
        place = old[name]
        written = textwrap.dedent(_indented(block, new[name]))
        inner = textwrap.indent(written, indent_at(text, place.start_byte)).lstrip()
        start, end = offsets.character(place.start_byte), offsets.character(place.end_byte)
        changed = f"{changed[:start]}{inner}{changed[end:]}"
    return changed


def _indented(block: str, node: Node) -> str:
    data = block.encode("utf-8", "surrogatepass")
    return indent_at(data, node.start_byte) + text_of(node)


def _units(root: Node) -> dict[str, Node]:
    """Functions, methods and classes by name, each where its statement begins; names that are there twice are left out."""
    found: dict[str, Node] = {}
    twice: set[str] = set()
    for node in walk(root):
        name = _name_of(node)
        if name and name in found:
            twice.add(name)
        elif name:
            found[name] = node
    return {name: node for name, node in found.items() if name not in twice}


def _name_of(node: Node) -> str:
    if node.type == "method_definition" or node.type in {
        "function_declaration",
        "generator_function_declaration",
    }:
        return text_of(node.child_by_field_name("name"))
    if node.type in _DECLARED and node.named_child_count == 1:
        value = node.named_children[0].child_by_field_name("value")
        if value is not None and (is_function(value) or value.type in CLASSES):
            return text_of(node.named_children[0].child_by_field_name("name"))
    return ""
