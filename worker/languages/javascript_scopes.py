"""Which variables around could stand in the place of one that is read."""

from tree_sitter import Node

from worker.languages.javascript_syntax import FUNCTIONS, text_of, walk

_MOST = 12
_DEEPEST = 40
"""Levels of the tree to climb: a sum of ten thousand terms is as deep as it is long."""
_WHOLE = frozenset(
    {"variable_declarator", "formal_parameters", "update_expression", "rest_pattern", "array_pattern"}
)
_WRITTEN = {
    "assignment_expression": "left", "augmented_assignment_expression": "left", "assignment_pattern": "left",
    "call_expression": "function", "new_expression": "constructor", "for_in_statement": "left",
}  # fmt: skip


class Scopes:
    """The variables of the functions of one tree, each function read once."""

    def __init__(self) -> None:
        self._declared: dict[int, tuple[str, ...]] = {}

    def around(self, node: Node) -> tuple[str, ...]:
        """Name what is declared in the functions around an identifier that reads a value; nothing where it does not read."""
        if not _is_read(node):
            return ()
        names: list[str] = []
        owner = node.parent
        for _ in range(_DEEPEST):
            if owner is None or len(names) >= _MOST:
                break
            if _is_function(owner):
                names += self._declared_in(owner)
            owner = owner.parent
        return tuple(dict.fromkeys(names))[:_MOST]

    def _declared_in(self, owner: Node) -> tuple[str, ...]:
        if owner.id not in self._declared:
            self._declared[owner.id] = tuple(_names_in(owner))
        return self._declared[owner.id]


def _is_function(node: Node) -> bool:
    return node.type in FUNCTIONS or node.type == "method_definition"


def _is_read(node: Node) -> bool:
    """Tell a value that is read from a name that is declared, assigned or called."""
    parent = node.parent
    if parent is None or (parent.type in _WHOLE and node != parent.child_by_field_name("value")):
        return False
    if _is_function(parent):
        return node == parent.child_by_field_name("body")
    if parent.type in {"class_declaration", "class"}:
        return False
    return node != parent.child_by_field_name(_WRITTEN.get(parent.type, "none"))


def _names_in(owner: Node) -> list[str]:
    single = owner.child_by_field_name("parameter")
    listed = owner.child_by_field_name("parameters")
    parameters = [single] if single is not None else list(listed.named_children if listed is not None else ())
    found = [text_of(one) for one in parameters if one.type == "identifier"]
    body = owner.child_by_field_name("body")
    for node in walk(body) if body is not None else ():
        name = node.child_by_field_name("name") if node.type == "variable_declarator" else None
        if name is not None and name.type == "identifier":
            found.append(text_of(name))
    return found
