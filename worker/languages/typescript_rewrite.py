"""What TypeScript has beyond types, written as JavaScript on the lines where it stands.

| TypeScript                          | JavaScript                                                |
|-------------------------------------|-----------------------------------------------------------|
| `enum E { A, B = 'b' }`             | `var E = { A: 0, B: 'b', 0: 'A' };`                       |
| an enum with values to be worked out | `var E; (function (E) { E[E["A"] = 1 << 2] = "A"; })(E = {});` |
| `namespace N { export … }`          | `var N; (function (N) { … N.f = f; })(N = {});`                |
| `constructor(private a: number) {`  | `constructor(a) { this.a = a;`                            |
| `import a = N.b`, `export = a`      | `const a = N.b`, `module.exports = a`                     |
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from worker.domain.errors import SourceRejected
from worker.languages.javascript_syntax import text_of, walk
from worker.languages.typescript_edits import Edits
from worker.languages.typescript_syntax import is_type_only, line_of, name_in

_PARTS = frozenset(
    {
        "enum_declaration",
        "internal_module",
        "class_declaration",
        "abstract_class_declaration",
        "function_declaration",
    }
)
_PROPERTY_MARKS = frozenset({"accessibility_modifier", "readonly", "override_modifier"})


@dataclass(frozen=True, kw_only=True)
class _Member:
    node: Node
    """Where it stands."""
    name: str
    """As a string literal."""
    value: str
    """What stands after the equals sign."""
    number: float | None
    """Its value, where that is a number known here."""


def repeated_names(root: Node) -> frozenset[str]:
    """Name the enums and namespaces that are declared in several parts, or beside something else of their name."""
    names = Counter(name_in(node) for node in walk(root) if node.type in _PARTS)
    return frozenset(name for name, count in names.items() if count > 1)


def rewrite(node: Node, edits: Edits, repeated: frozenset[str]) -> bool:
    """Note how a node is written anew; False for what stays as it is."""
    if node.type == "enum_declaration":
        _enum(node, edits, is_repeated=name_in(node) in repeated)
    elif node.type == "internal_module":
        _namespace(node, edits, is_repeated=name_in(node) in repeated)
    elif node.type == "import_alias":
        edits.put(node.start_byte, node.start_byte + len("import"), "const ")
    elif node.type == "export_statement" and any(child.type == "=" for child in node.children):
        edits.put(node.start_byte, node.start_byte + len("export"), "module.exports")
    elif node.type == "method_definition" and name_in(node) == "constructor":
        return _parameter_properties(node, edits)
    else:
        return False
    return True


def _enum(node: Node, edits: Edits, *, is_repeated: bool) -> None:
    body = node.child_by_field_name("body")
    if body is None:
        return
    members = list(_members(body))
    is_known = all(one.number is not None or one.value[:1] in "'\"" for one in members)
    if is_known and not is_repeated:
        _known_enum(node, body, members, edits)
    else:
        _worked_out_enum(node, body, members, edits, is_repeated=is_repeated)


def _known_enum(node: Node, body: Node, members: Sequence[_Member], edits: Edits) -> None:
    edits.put(node.start_byte, body.start_byte, f"var {name_in(node)} = ")
    for one in members:
        _known_member(one, edits)
    numbered = [f"{_key(one.number)}: {one.name}" for one in members if one.number is not None]
    separator = ", " if members and numbered and not _ends_with_comma(body) else " "
    edits.put(body.end_byte - 1, body.end_byte, f"{separator}{', '.join(numbered)} }};")


def _worked_out_enum(
    node: Node, body: Node, members: Sequence[_Member], edits: Edits, *, is_repeated: bool
) -> None:
    name = name_in(node)
    edits.put(node.start_byte, body.start_byte + 1, f"var {name}; (function ({name}) {{")
    known: set[str] = set()
    before = ""
    for one in members:
        value = _qualified(one, edits.source, name, known) or (f"{name}[{before}] + 1" if before else "0")
        is_text = one.value[:1] in {"'", '"'}
        told = (
            f"{name}[{one.name}] = {value};"
            if is_text
            else f"{name}[{name}[{one.name}] = {value}] = {one.name};"
        )
        edits.put(one.node.start_byte, one.node.end_byte, told)
        known.add(one.name[1:-1])
        before = one.name
    for child in body.children:
        if child.type == ",":
            edits.blank(child.start_byte, child.end_byte)
    made = f"{name} || ({name} = {{}})" if is_repeated else f"{name} = {{}}"
    edits.put(body.end_byte - 1, body.end_byte, f"}})({made});")


def _members(body: Node) -> Iterator[_Member]:
    last: float | None = -1
    for node in body.named_children:
        if node.type == "comment":
            continue
        named = node.child_by_field_name("name") or node
        value = text_of(node.child_by_field_name("value")) if node.type == "enum_assignment" else ""
        last = _number(value) if value else (None if last is None else last + 1)
        quoted = text_of(named) if named.type == "string" else f"'{text_of(named)}'"
        yield _Member(node=node, name=quoted, value=value, number=last)


def _number(value: str) -> float | None:
    try:
        return int(value.replace("_", ""), 0)
    except ValueError:
        pass
    try:
        return float(value.replace("_", ""))
    except ValueError:
        return None


def _known_member(member: _Member, edits: Edits) -> None:
    node = member.node
    equals = next((child for child in node.children if child.type == "="), None)
    if equals is not None:
        before = node.children[0].end_byte
        edits.put(before, equals.end_byte, ":")
    else:
        edits.put(node.end_byte, node.end_byte, f": {_text(member.number)}")


def _text(number: float | None) -> str:
    return str(int(number)) if number is not None and number == int(number) else str(number)


def _key(number: float | None) -> str:
    text = _text(number)
    return text if text.isdigit() else f"'{text}'"


def _ends_with_comma(body: Node) -> bool:
    listed = [child.type for child in body.children if child.type != "comment"]
    return len(listed) > 1 and listed[-2] == ","


def _qualified(member: _Member, source: bytes, enum: str, known: set[str]) -> str:
    """Write a value with the members that it speaks of named in full."""
    value = member.node.child_by_field_name("value")
    if value is None:
        return ""
    inner = Edits(source=source)
    for one in walk(value):
        is_member = one.parent is not None and one.parent.type == "member_expression"
        if one.type == "identifier" and text_of(one) in known and not is_member:
            inner.put(one.start_byte, one.start_byte, f"{enum}.")
    return inner.applied(value.start_byte, value.end_byte)


def _namespace(node: Node, edits: Edits, *, is_repeated: bool) -> None:
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if body is None or name is None:
        return
    if name.type != "identifier":
        raise SourceRejected(
            f"line {line_of(node)}: write namespace {text_of(name)} as namespaces in each other"
        )
    known = text_of(name)
    if is_repeated:
        raise SourceRejected(
            f"line {line_of(node)}: namespace {known} is declared in several parts: write it as one"
        )
    edits.put(node.start_byte, body.start_byte + 1, f"var {known}; (function ({known}) {{")
    for statement in body.named_children:
        if statement.type != "export_statement" or is_type_only(statement):
            continue
        declaration = statement.child_by_field_name("declaration")
        if declaration is None or declaration.type == "import_alias":
            raise SourceRejected(f"line {line_of(statement)}: this export can't stand in a namespace")
        names = list(_exported(declaration))
        edits.blank(statement.start_byte, declaration.start_byte)
        told = "".join(f" {known}.{one} = {one};" for one in names)
        ended = "" if (statement.text or b"").rstrip().endswith((b";", b"}")) else ";"
        edits.put(statement.end_byte, statement.end_byte, ended + told)
    edits.put(body.end_byte - 1, body.end_byte, f"}})({known} = {{}});")


def _exported(declaration: Node) -> Iterator[str]:
    if declaration.type not in {"lexical_declaration", "variable_declaration"}:
        yield name_in(declaration)
        return
    for one in declaration.named_children:
        named = one.child_by_field_name("name")
        is_fixed = text_of(declaration.child_by_field_name("kind")) == "const"
        if named is None or named.type != "identifier" or not is_fixed:
            raise SourceRejected(
                f"line {line_of(one)}: a namespace whose exported variables change can't be followed"
            )
        yield text_of(named)


def _parameter_properties(node: Node, edits: Edits) -> bool:
    parameters, body = node.child_by_field_name("parameters"), node.child_by_field_name("body")
    if parameters is None or body is None:
        return False
    names = [
        text_of(one.child_by_field_name("pattern"))
        for one in parameters.named_children
        if any(child.type in _PROPERTY_MARKS for child in one.children)
    ]
    if not names:
        return False
    place = next((one.end_byte for one in body.named_children if _is_super_call(one)), body.start_byte + 1)
    edits.put(place, place, "".join(f" this.{name} = {name};" for name in names))
    return True


def _is_super_call(statement: Node) -> bool:
    call = statement.named_child(0) if statement.type == "expression_statement" else None
    called = (
        call.child_by_field_name("function") if call is not None and call.type == "call_expression" else None
    )
    return called is not None and called.type == "super"
