"""JavaScript as text: trees, the kind of a module, what it exports and how a test names it.

| kind     | told by                               | how a test reaches it                               |
|----------|---------------------------------------|-----------------------------------------------------|
| esm      | `import`/`export`, or the path `.mjs` | `import`                                            |
| commonjs | `module.exports`, `exports.name =`    | `require`                                           |
| script   | neither                               | compiled as a function that returns top-level names |
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

DEEPEST = 1_000
"""Levels of a tree; what lies deeper costs time with its square."""
IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
FUNCTIONS = frozenset(
    {
        "arrow_function",
        "function_declaration",
        "function_expression",
        "generator_function",
        "generator_function_declaration",
    }
)
CLASSES = frozenset({"class", "class_declaration"})
_DECLARATIONS = frozenset({"lexical_declaration", "variable_declaration"})
_UNBINDABLE = re.compile(
    r"(assert|test|it|describe|before|after|beforeEach|afterEach|require|module|exports|arguments|await|break|case|catch"
    r"|class|const|continue|debugger|default|delete|do|else|enum|eval|export|extends|false|finally|for|function|if"
    r"|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch"
    r"|this|throw|true|try|typeof|undefined|var|void|while|with|yield)"
)
"""Names that a test file needs for itself, or that JavaScript keeps."""


class ModuleKind(StrEnum):
    """How a file gives its functions to others."""

    ESM = "esm"
    COMMONJS = "commonjs"
    SCRIPT = "script"


@dataclass(frozen=True, kw_only=True)
class Bindings:
    """The names by which a test reaches the subject."""

    kind: ModuleKind
    """How the file is loaded."""
    main: str
    """Bound to the ES default export, to `module.exports`, or (script) to nothing where it is empty."""
    names: tuple[str, ...]
    """Exports bound by their own names."""
    namespace: str
    """Bound to all exports; the same as `main` for CommonJS."""


def parse(source: str) -> Node:
    """Parse; faults are nodes in the tree."""
    return Parser(Language(tree_sitter_javascript.language())).parse(source.encode()).root_node


def text_of(node: Node | None) -> str:
    """Return the source text of a node, empty for none."""
    return node.text.decode() if node is not None and node.text is not None else ""


def walk(root: Node) -> Iterator[Node]:
    """Yield a node and everything below it in source order, however deep."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def syntax_fault(root: Node) -> str | None:
    """Say where the source stops being JavaScript, or is nested beyond what a person wrote; None where neither."""
    if _is_too_deep(root):
        return f"it is nested more than {DEEPEST} levels deep"
    if not root.has_error:
        return None
    faulty = next((node for node in walk(root) if node.is_missing or node.type == "ERROR"), root)
    line = faulty.start_point.row + 1
    if faulty.is_missing:
        return f"line {line}: {faulty.type!r} is missing"
    return f"line {line}: this is not JavaScript: {text_of(faulty).strip().splitlines()[0][:60]!r}"


def _is_too_deep(root: Node) -> bool:
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST:
            return True
        waiting.extend((child, depth + 1) for child in node.children)
    return False


def kind_of(root: Node, path: str | None) -> ModuleKind:
    """Tell how the module is loaded."""
    ending = (path or "").rpartition(".")[2]
    is_esm = any(node.type in {"import_statement", "export_statement"} for node in root.children)
    if ending == "mjs" or (is_esm and ending != "cjs"):
        return ModuleKind.ESM
    return ModuleKind.COMMONJS if any(_is_exports(node) for node in walk(root)) else ModuleKind.SCRIPT


def bindings_of(source: str, *, module_name: str, path: str) -> Bindings:
    """Name what a test may use."""
    root = parse(source)
    kind = kind_of(root, path)
    if kind is ModuleKind.ESM:
        main, names = _esm_exports(root, module_name)
    elif kind is ModuleKind.COMMONJS:
        main, names = _commonjs_exports(root, module_name)
    else:
        main, names = "", tuple(name for name, _ in top_level(root))
    kept = tuple(dict.fromkeys(name for name in names if _is_bindable(name) and name != main))
    taken = {main, *kept}
    free = module_name if _is_bindable(module_name) and module_name not in taken else f"{module_name}Module"
    if kind is ModuleKind.COMMONJS:
        main = main or free
        return Bindings(kind=kind, main=main, names=kept, namespace=main)
    return Bindings(kind=kind, main=main, names=kept, namespace=free)


def top_level(root: Node) -> Iterator[tuple[str, Node]]:
    """Yield the functions and classes declared at the top of a file, with their names."""
    for child in root.children:
        node = child.child_by_field_name("declaration") or child
        if node.type in FUNCTIONS | CLASSES:
            yield text_of(node.child_by_field_name("name")), node
        elif node.type in _DECLARATIONS:
            for declarator in node.named_children:
                value = declarator.child_by_field_name("value")
                if value is not None and value.type in FUNCTIONS | CLASSES:
                    yield text_of(declarator.child_by_field_name("name")), value


def _is_bindable(name: str) -> bool:
    return IDENTIFIER.fullmatch(name) is not None and _UNBINDABLE.fullmatch(name) is None


def _is_exports(node: Node) -> bool:
    if node.type != "member_expression":
        return node.type == "identifier" and text_of(node) == "exports" and _is_used_as_object(node)
    return text_of(node) == "module.exports"


def _is_used_as_object(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type in {"member_expression", "arguments", "assignment_expression"}


def _esm_exports(root: Node, module_name: str) -> tuple[str, tuple[str, ...]]:
    main, names = "", []
    for node in root.children:
        if node.type != "export_statement":
            continue
        declaration = node.child_by_field_name("declaration") or node.child_by_field_name("value")
        if any(child.type == "default" for child in node.children):
            main = _default_name(declaration, module_name)
        elif declaration is not None:
            names.extend(_declared_names(declaration))
        for specifier in (found for found in walk(node) if found.type == "export_specifier"):
            name = text_of(specifier.child_by_field_name("name"))
            alias = text_of(specifier.child_by_field_name("alias")) or name
            if alias == "default":
                main = name if _is_bindable(name) else _default_name(None, module_name)
            else:
                names.append(alias)
    return main, tuple(names)


def _default_name(value: Node | None, module_name: str) -> str:
    name = ""
    if value is not None:
        named = value if value.type == "identifier" else value.child_by_field_name("name")
        name = text_of(named)
    if _is_bindable(name):
        return name
    return module_name if _is_bindable(module_name) else f"{module_name}Module"


def _declared_names(declaration: Node) -> list[str]:
    if declaration.type in _DECLARATIONS:
        return [text_of(one.child_by_field_name("name")) for one in declaration.named_children]
    return [text_of(declaration.child_by_field_name("name"))]


def _commonjs_exports(root: Node, module_name: str) -> tuple[str, tuple[str, ...]]:
    main, names = "", []
    for node in walk(root):
        if node.type != "assignment_expression":
            continue
        left = node.child_by_field_name("left")
        right = node.child_by_field_name("right")
        target = text_of(left)
        if target == "module.exports" and right is not None:
            main = _exported_name(right, module_name) or main
            names.extend(_keys_of(right))
        elif left is not None and _is_export_member(left) and not main:
            names.append(text_of(left.child_by_field_name("property")))
    return main, () if main else tuple(names)


def _is_export_member(node: Node) -> bool:
    owner = text_of(node.child_by_field_name("object"))
    return node.type == "member_expression" and owner in {"exports", "module.exports"}


def _exported_name(value: Node, module_name: str) -> str:
    if value.type in FUNCTIONS | CLASSES:
        return _default_name(value, module_name)
    if value.type == "identifier" and _is_bindable(text_of(value)):
        return text_of(value)
    return ""


def _keys_of(value: Node) -> list[str]:
    if value.type != "object":
        return []
    keys = [
        text_of(one.child_by_field_name("key") or one.child_by_field_name("name"))
        for one in value.named_children
    ]
    short = [text_of(one) for one in value.named_children if one.type == "shorthand_property_identifier"]
    return [key for key in (*keys, *short) if IDENTIFIER.fullmatch(key)]
