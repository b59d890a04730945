"""TypeScript made JavaScript: types turn into spaces, so that every line and column stays what it was.

What is more than a type is written anew on its own lines (`typescript_rewrite`); a source without such is *erasable*:
Node 22.18 and newer run it as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tree_sitter import Node

from worker.languages.javascript_syntax import text_of, walk
from worker.languages.typescript_edits import Edits
from worker.languages.typescript_rewrite import repeated_names, rewrite
from worker.languages.typescript_syntax import TYPE_DECLARATIONS, is_type_only, name_in, parse_types, readable

_ERASED = frozenset(
    {
        *TYPE_DECLARATIONS, "type_annotation", "type_predicate_annotation", "asserts_annotation", "type_parameters",
        "type_arguments", "implements_clause", "accessibility_modifier", "override_modifier", "index_signature",
        "abstract_method_signature", "method_signature",
    }
)  # fmt: skip
_MODIFIERS = {
    "abstract_class_declaration": {"abstract"},
    "public_field_definition": {"readonly", "?", "!"},
    "method_definition": {"?"},
    "optional_parameter": {"?", "readonly"},
    "required_parameter": {"readonly"},
    "variable_declarator": {"!"},
    "non_null_expression": {"!"},
}
_CASTS = frozenset({"as_expression", "satisfies_expression"})
_DECLARING = frozenset(
    {
        "class_declaration", "abstract_class_declaration", "function_declaration", "generator_function_declaration",
        "variable_declarator", "enum_declaration", "internal_module",
    }
)  # fmt: skip
_NAMES = frozenset({"identifier", "shorthand_property_identifier"})


@dataclass(frozen=True, kw_only=True)
class Stripped:
    """A TypeScript source that Node can run."""

    javascript: str
    """The same lines without types."""
    is_erasable: bool
    """Types alone were taken out: Node's own type stripping runs the source too."""


@dataclass
class _Walk:
    edits: Edits
    repeated: frozenset[str]
    """Enums in several parts."""
    imports: list[Node] = field(default_factory=list)
    """Imports that may bring types only."""
    exports: list[Node] = field(default_factory=list)
    """Lists of exports."""
    used: set[str] = field(default_factory=set)
    """Names in use as values."""
    values: set[str] = field(default_factory=set)
    """Names that are declared as values."""
    types: set[str] = field(default_factory=set)
    """Names of types."""
    is_erasable: bool = True


def strip(source: str) -> Stripped:
    """Take the types out; SourceRejected where something has no like in JavaScript."""
    source = readable(source)
    root = parse_types(source)
    done = _Walk(edits=Edits(source=source.encode("utf-8", "replace")), repeated=repeated_names(root))
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if not _visit(node, done):
            waiting.extend(reversed(node.children))
    for clause in done.exports:
        listed = [one for one in clause.named_children if one.type == "export_specifier"]
        _drop([one for one in listed if _is_type_export(one, done)], done)
    for statement in done.imports:
        _visit_import(statement, done)
    return Stripped(javascript=done.edits.applied(), is_erasable=done.is_erasable)


def _visit(node: Node, done: _Walk) -> bool:
    """Note what changes; True where nothing below is looked at."""
    if node.type in _ERASED or is_type_only(node) or _is_bodiless(node):
        done.types |= {name_in(one) for one in walk(node) if one.type in TYPE_DECLARATIONS}
        done.edits.blank_node(node)
        return True
    if node.type == "import_statement":
        if any(child.type == "type" for child in node.children):
            done.edits.blank_node(node)
        else:
            done.imports.append(node)
        return True
    if node.type == "export_clause":
        done.exports.append(node)
        is_own = node.parent is not None and node.parent.child_by_field_name("source") is None
        done.used |= {name_in(one) for one in node.named_children if is_own and not _is_typed(one)}
        return True
    if node.type in _DECLARING:
        done.values.add(name_in(node))
    if node.type in _NAMES:
        done.used.add(text_of(node))
    _blank_parts(node, done.edits)
    if rewrite(node, done.edits, done.repeated) or node.type == "type_assertion":
        done.is_erasable = False
    return False


def _is_bodiless(node: Node) -> bool:
    """Tell whether a field only tells the compiler of itself."""
    marks = {child.type for child in node.children}
    return node.type == "public_field_definition" and bool(marks & {"declare", "abstract"})


def _blank_parts(node: Node, edits: Edits) -> None:
    unwanted = _MODIFIERS.get(node.type, ())
    for child in node.children:
        if child.type in unwanted:
            edits.blank_node(child)
    if node.type in _CASTS:
        edits.blank_tail(node, node.children[0].end_byte)
    elif node.type in {"required_parameter", "optional_parameter"}:
        pattern = node.child_by_field_name("pattern")
        if pattern is not None and pattern.type == "this":
            after = node.next_sibling
            edits.blank(node.start_byte, after.end_byte if after and after.type == "," else node.end_byte)
    elif node.type == "arrow_function":
        _keep_arrow(node, edits)


def _keep_arrow(node: Node, edits: Edits) -> None:
    """No line may end between the parameters of an arrow function and its arrow: the bracket goes to the end of the type."""
    returned, parameters = node.child_by_field_name("return_type"), node.child_by_field_name("parameters")
    if returned is None or parameters is None or b"\n" not in (returned.text or b""):
        return
    edits.blank(parameters.end_byte - 1, parameters.end_byte)
    edits.blank_to(returned, ")")


def _visit_import(statement: Node, done: _Walk) -> None:
    if any(child.type == "import_require_clause" for child in statement.children):
        clause = statement.named_children[0]
        if text_of(clause.named_children[0]) in done.used:
            start = statement.start_byte
            done.edits.put(start, start + len("import"), "const ")
        else:
            done.edits.blank_node(statement)
        done.is_erasable = False
        return
    bound = [one for one in walk(statement) if one.type in {"import_specifier", "namespace_import"}]
    clauses = [one for one in statement.children if one.type == "import_clause"]
    if not clauses:
        return
    own = [one for one in clauses[0].named_children if one.type == "identifier"]
    unused = [one for one in (*own, *bound) if _bound_name(one) not in done.used or _is_typed(one)]
    is_told = all(_is_typed(one) for one in unused)
    if len(unused) == len(own) + len(bound) and not (is_told and bound):
        done.edits.blank_node(statement)
        done.is_erasable = False
    else:
        wanting = [one for one in unused if one not in own]
        _drop(wanting, done)
        done.is_erasable = done.is_erasable and all(_is_typed(one) for one in wanting)


def _bound_name(node: Node) -> str:
    if node.type == "identifier":
        return text_of(node)
    if node.type == "namespace_import":
        return text_of(node.named_children[0])
    return text_of(node.child_by_field_name("alias")) or name_in(node)


def _is_typed(specifier: Node) -> bool:
    return any(child.type == "type" for child in specifier.children)


def _is_type_export(specifier: Node, done: _Walk) -> bool:
    if _is_typed(specifier):
        return True
    name = name_in(specifier)
    if name in done.types and name not in done.values:
        done.is_erasable = False
        return True
    return False


def _drop(specifiers: Sequence[Node], done: _Walk) -> None:
    for one in specifiers:
        after = one.next_sibling
        done.edits.blank(one.start_byte, after.end_byte if after and after.type == "," else one.end_byte)
