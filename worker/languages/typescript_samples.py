"""Values that a declared type allows, as JavaScript text, for exploration to begin with."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tree_sitter import Node

from worker.languages.javascript_syntax import text_of, walk
from worker.languages.typescript_syntax import name_in

_MAXIMUM = 14
_DEPTH = 4
_NUMBERS = ("0", "1", "2", "-1", "10", "0.5", "100")
_STRINGS = ("''", "'a'", "'abc'", "'Hello World'", "'12'")
_PLAIN: Mapping[str, tuple[str, ...]] = {
    "number": _NUMBERS,
    "string": _STRINGS,
    "boolean": ("true", "false"),
    "bigint": ("0n", "1n", "-7n"),
    "void": ("undefined",),
    "undefined": ("undefined",),
    "null": ("null",),
    "object": ("{}", "{ a: 1 }"),
    "any": ("0", "1", "'a'", "[]", "{}", "null", "true"),
    "unknown": ("0", "1", "'a'", "[1, 2]", "{}", "null", "undefined", "true"),
    "Date": ("new Date('2024-02-29T12:30:00.000Z')", "new Date(0)"),
    "RegExp": ("/a/", r"/\d+/g"),
    "Function": ("() => 1", "(value) => value"),
    "Uint8Array": ("new Uint8Array([1, 2, 3])", "new Uint8Array(0)"),
}
_WRAPPERS = frozenset({"Readonly", "Required", "Partial", "NonNullable", "Awaited", "Pick", "Omit"})
_LISTS = frozenset({"Array", "ReadonlyArray", "Iterable", "Iterator", "ArrayLike"})


@dataclass
class Types:
    """The types that a source declares."""

    strings: Sequence[str] = ()
    """Literals of the source."""
    numbers: Sequence[str] = ()
    """Likewise."""
    declared: dict[str, Node] = field(default_factory=dict)
    """Interfaces, aliases and enums by name."""
    seed: int = 1
    """Of choices."""
    left: int = 20_000
    """Types that may still be looked at: those that hold each other many times would never end."""

    def samples(self, declared: Node | None, depth: int = 0) -> list[str]:
        """Return some values; none where the type says too little."""
        self.left -= 1
        if declared is None or depth > _DEPTH or self.left < 0:
            return []
        make = {
            "union_type": self._union,
            "array_type": self._array,
            "tuple_type": self._tuple,
            "object_type": self._object,
            "interface_body": self._object,
            "generic_type": self._generic,
            "function_type": self._function,
            "intersection_type": self._intersection,
        }.get(declared.type, self._other)
        found = list(dict.fromkeys(make(declared, depth)))
        return self._some(found, _MAXIMUM)

    def _some(self, values: list[str], limit: int) -> list[str]:
        if len(values) <= limit:
            return values
        chosen = random.Random(self.seed).sample(values, limit)  # noqa: S311 - chooses samples, keeps no secret
        return [one for one in values if one in chosen]

    def _other(self, node: Node, depth: int) -> list[str]:
        text = text_of(node)
        if node.type in {"parenthesized_type", "readonly_type", "type_annotation", "constraint"}:
            return self.samples(node.named_children[-1], depth + (node.type == "parenthesized_type"))
        if node.type == "literal_type":
            return [text]
        found = _parameter_of(node, text) or self.declared.get(text)
        if found is not None and node.type == "type_identifier":
            return self._named(found, depth)
        mined = {"number": self.numbers, "string": self.strings}.get(text, ())
        return [*mined[:6], *_PLAIN.get(text, ())]

    def _named(self, node: Node, depth: int) -> list[str]:
        if node.type == "type_parameter":
            limit = node.child_by_field_name("constraint")
            return self.samples(limit, depth + 1) if limit is not None else ["1", "2", "'a'", "'b'"]
        if node.type == "enum_declaration":
            return _enum_values(node)
        if node.type == "type_alias_declaration":
            return self.samples(node.child_by_field_name("value"), depth + 1)
        return self.samples(node.child_by_field_name("body"), depth + 1)

    def _union(self, node: Node, depth: int) -> list[str]:
        return [text for part in node.named_children for text in self.samples(part, depth + 1)]

    def _array(self, node: Node, depth: int) -> list[str]:
        return self._lists(self.samples(node.named_children[0], depth + 1))

    def _lists(self, items: list[str]) -> list[str]:
        if not items:
            return []
        choose = random.Random(self.seed)  # noqa: S311 - likewise
        lists = [
            f"[{', '.join(choose.choice(items) for _ in range(count))}]" for count in (2, 3, 3, 4, 5, 6, 8)
        ]
        return ["[]", f"[{items[0]}]", f"[{items[-1]}]", f"[{items[0]}, {items[0]}]", *lists]

    def _tuple(self, node: Node, depth: int) -> list[str]:
        parts = [self.samples(part, depth + 1) for part in node.named_children]
        return [f"[{', '.join(row)}]" for row in self._rows(parts)] if all(parts) else []

    def _rows(self, columns: Sequence[Sequence[str]]) -> list[list[str]]:
        """Combine: each value of each column comes up, the others being chosen."""
        choose = random.Random(self.seed)  # noqa: S311 - likewise
        count = min(_MAXIMUM, 4 + max((len(column) for column in columns), default=0))
        return [
            [column[row] if row < len(column) else choose.choice(column) for column in columns]
            if row == 0
            else [choose.choice(column) for column in columns]
            for row in range(count)
        ]

    def _object(self, node: Node, depth: int) -> list[str]:
        return self._objects(list(self._members(node, depth)))

    def _members(self, node: Node, depth: int) -> list[tuple[str, list[str], bool]]:
        found = []
        for one in node.named_children:
            if one.type not in {"property_signature", "method_signature"}:
                continue
            is_optional = any(child.type == "?" for child in one.children)
            values = (
                ["() => 1"]
                if one.type == "method_signature"
                else self.samples(one.child_by_field_name("type"), depth + 1)
            )
            if values or not is_optional:
                found.append((name_in(one), values or ["null"], is_optional))
        owner = node.parent
        heritage = (
            [] if owner is None else [one for one in owner.children if one.type == "extends_type_clause"]
        )
        for name in (text_of(one) for clause in heritage for one in clause.named_children):
            body = self.declared[name].child_by_field_name("body") if name in self.declared else None
            if body is not None and depth < _DEPTH:
                found += self._members(body, depth + 1)
        return found

    def _objects(self, members: list[tuple[str, list[str], bool]]) -> list[str]:
        if not members:
            return ["{}"]
        columns = [[*values, *([""] if is_optional else [])] for _, values, is_optional in members]
        made = []
        for row in self._rows(columns):
            written = [f"{member[0]}: {value}" for member, value in zip(members, row, strict=True) if value]
            made.append(f"{{ {', '.join(written)} }}" if written else "{}")
        return made

    def _intersection(self, node: Node, depth: int) -> list[str]:
        members = []
        for part in node.named_children:
            known = self.declared.get(text_of(part), part)
            body = known.child_by_field_name("body") or known.child_by_field_name("value") or known
            members += self._members(body, depth + 1)
        return self._objects(members) if members else []

    def _generic(self, node: Node, depth: int) -> list[str]:
        name, listed = name_in(node), node.child_by_field_name("type_arguments")
        inner = [self.samples(one, depth + 1) for one in (listed.named_children if listed else ())]
        if not inner or not inner[0]:
            return self._named(self.declared[name], depth) if name in self.declared else []
        if name in _LISTS:
            return self._lists(inner[0])
        if name in _WRAPPERS:
            return [*inner[0], *(["{}"] if name == "Partial" else [])]
        if name in {"Set", "ReadonlySet"}:
            return [f"new Set({one})" for one in self._lists(inner[0])]
        if name == "Promise":
            return [f"Promise.resolve({one})" for one in inner[0]]
        if name in {"Map", "ReadonlyMap", "Record"} and len(inner) == 2 and inner[1]:
            return self._pairs(inner[0], inner[1], is_record=name == "Record")
        return self._named(self.declared[name], depth) if name in self.declared else []

    def _pairs(self, keys: list[str], values: list[str], *, is_record: bool) -> list[str]:
        found = ["{}" if is_record else "new Map()"]
        for count in (1, 2, 3):
            rows = self._rows([keys, values])[:count]
            if is_record:
                found.append(f"{{ {', '.join(f'[{key}]: {value}' for key, value in rows)} }}")
            else:
                found.append(f"new Map([{', '.join(f'[{key}, {value}]' for key, value in rows)}])")
        return found

    def _function(self, node: Node, depth: int) -> list[str]:
        listed = node.child_by_field_name("parameters")
        names = ["value", "other", "third"][: len(listed.named_children) if listed else 0]
        head = f"({', '.join(names)})"
        returned = node.child_by_field_name("return_type")
        made = [f"{head} => {_as_body(one)}" for one in self.samples(returned, depth + 1)[:4]]
        if names:
            made += [f"{head} => value", f"{head} => String(value)"]
        if len(names) > 1:
            made += [f"{head} => value + other", f"{head} => value - other"]
        if text_of(returned).strip() == "boolean" and names:
            made += [f"{head} => value > 1", f"{head} => Boolean(value)"]
        return made or [f"{head} => undefined"]


def _parameter_of(node: Node, name: str) -> Node | None:
    """Find the type parameter of that name that is in reach."""
    owner = node.parent
    while owner is not None:
        listed = owner.child_by_field_name("type_parameters")
        for one in listed.named_children if listed is not None else ():
            if name_in(one) == name:
                return one
        owner = owner.parent
    return None


def declared_types(root: Node) -> dict[str, Node]:
    """Find the types that a source declares."""
    kinds = {"interface_declaration", "type_alias_declaration", "enum_declaration"}
    return {name_in(node): node for node in walk(root) if node.type in kinds}


def _enum_values(node: Node) -> list[str]:
    body = node.child_by_field_name("body")
    found, following = [], 0
    for one in body.named_children if body is not None else ():
        value = text_of(one.child_by_field_name("value"))
        if value.lstrip("-").isdigit():
            following = int(value)
        if value[:1] in {"'", '"'}:
            found.append(value)
        elif one.type != "comment":
            found.append(str(following))
            following += 1
    return found


def _as_body(text: str) -> str:
    return f"({text})" if text.startswith("{") else text
