"""Values after annotations: `dict[str, list[int]]`, `Optional[Tuple[int, str]]`, `Literal["a"]`."""

import ast

_PLAIN = {"int": "int", "str": "str", "float": "number", "bool": "bool", "bytes": "bytes", "none": "none", "complex": "number_like", "object": "int", "any": "int", "number": "number"}
_LISTS = frozenset({"list", "sequence", "iterable", "collection", "mutablesequence", "deque"})
_ITERATORS = frozenset({"iterator", "generator"})
_DICTS = frozenset({"dict", "mapping", "mutablemapping", "defaultdict", "ordereddict", "counter"})
_SETS = frozenset({"set", "frozenset", "abstractset", "mutableset"})


class Annotation:
    """One that is understood; `make` returns None for one that is not."""

    def __init__(self, node, classes):
        self.node, self.classes = node, classes

    @classmethod
    def make(cls, text, classes):
        try:
            made = cls(ast.parse(text.replace("typing.", "").replace("collections.abc.", ""), mode="eval").body, classes)
        except (SyntaxError, ValueError):
            return None
        return made if made._is_known(made.node) else None

    def write(self, values):
        """Source of a value."""
        return self._write(self.node, values, 0)

    def _parts(self, node):
        """Name in lower case, and the arguments."""
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                return self._parts(ast.parse(node.value, mode="eval").body)
            return "none" if node.value is None else "", []
        if isinstance(node, ast.BinOp):
            return "union", [node.left, node.right]
        if isinstance(node, ast.Subscript):
            inner = node.slice
            return self._parts(node.value)[0], list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
        return (node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")).lower(), []

    def _class_of(self, node):
        name = node.value if isinstance(node, ast.Constant) else getattr(node, "id", getattr(node, "attr", None))
        return name if name in self.classes else None

    def _is_known(self, node):
        if self._class_of(node):
            return True
        name, arguments = self._parts(node)
        if name == "literal":
            return bool(arguments)
        if name in _PLAIN:
            return True
        if name in ("union", "optional", "final", "annotated"):
            return bool(arguments) and self._is_known(arguments[0]) and (name != "union" or all(map(self._is_known, arguments)))
        known = name in _LISTS | _ITERATORS | _DICTS | _SETS or name == "tuple"
        return known and bool(arguments) and all(self._is_known(one) or _is_dots(one) for one in arguments)

    def _write(self, node, values, depth):
        owner = self._class_of(node)
        if owner:
            return values.write(f"object:{owner}")
        name, arguments = self._parts(node)
        if name == "literal":
            return ast.unparse(values.random.choice(arguments))
        if name in _PLAIN:
            return values.write(_PLAIN[name])
        if name == "union":
            return self._write(values.random.choice(arguments), values, depth)
        if name == "optional" and values.random.random() < 0.2:
            return "None"
        if name in ("optional", "final", "annotated"):
            return self._write(arguments[0], values, depth)
        return self._write_container(name, arguments, values, depth)

    def _write_container(self, name, arguments, values, depth):
        count = values.random.choice((0, 1, 2, 2, 3, 3, 4, 5) if depth == 0 else (0, 1, 1, 2, 2, 3))
        if name in _DICTS and len(arguments) == 2:
            pairs = [f"{self._write(arguments[0], values, depth + 1)}: {self._write(arguments[1], values, depth + 1)}" for _ in range(count)]
            return "{" + ", ".join(pairs) + "}"
        if name == "tuple" and len(arguments) > 1 and not _is_dots(arguments[-1]):
            return "(" + ", ".join(self._write(one, values, depth + 1) for one in arguments) + ")"
        items = [self._write(arguments[0], values, depth + 1) for _ in range(count)]
        if name == "tuple":
            return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
        if name in _SETS:
            items = sorted(set(items))
            text = "{" + ", ".join(items) + "}" if items else "set()"
            return f"frozenset({text})" if name == "frozenset" else text
        text = f"[{', '.join(items)}]"
        return f"iter({text})" if name in _ITERATORS else text


def _is_dots(node):
    return isinstance(node, ast.Constant) and node.value is Ellipsis
