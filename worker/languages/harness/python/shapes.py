"""What a parameter has to look like, from its use: a dictionary with these keys, a list of such, an object with these attributes."""

import ast
import functools

from .names import kinds_by_name

_METHODS = frozenset(name for kind in (str, bytes, list, dict, set, int, float, tuple) for name in dir(kind))


@functools.lru_cache(maxsize=64)
def nodes_of(tree):
    """The nodes that tell something of a parameter: each parameter of a function looks at them."""
    return [node for node in ast.walk(tree) if isinstance(node, _TELLING)]


_TELLING = (ast.Subscript, ast.Compare, ast.Attribute, ast.Call, ast.For, ast.comprehension, ast.Assign, ast.BinOp)


class Shape:
    """Keys and attributes that a function asks a parameter, or the items of it, for."""

    def __init__(self, function, name):
        self.keys, self.item_keys, self.attributes, self.item_attributes = set(), set(), set(), set()
        self.constants = {}
        own = {name}
        items = self._names_of_items(function, name)
        for node in nodes_of(function):
            self._look_at(node, own, self.keys, self.attributes)
            self._look_at(node, items, self.item_keys, self.item_attributes)
        for node in nodes_of(function):
            if isinstance(node, ast.Compare):
                self._learn_constants(node)
        followed = self._followed(function, own)
        for node in nodes_of(function):
            self._look_at(node, followed, self.keys, self.attributes)

    @staticmethod
    def _names_of_items(function, name):
        """Loop variables over the parameter."""
        found = set()
        for node in nodes_of(function):
            if isinstance(node, (ast.For, ast.comprehension)):
                over = node.iter.args[0] if isinstance(node.iter, ast.Call) and node.iter.args else node.iter
                if isinstance(over, ast.Name) and over.id == name:
                    found |= {each.id for each in ast.walk(node.target) if isinstance(each, ast.Name)}
        for node in nodes_of(function):
            if isinstance(node, ast.Call) and any(isinstance(one, ast.Name) and one.id == name for one in node.args):
                found |= {each.args.args[0].arg for each in ast.walk(node) if isinstance(each, ast.Lambda) and each.args.args}
        return found

    @staticmethod
    def _followed(function, own):
        """Variables that hold the parameter or one of its attributes, as in `node = node.next`."""
        found = set()
        for node in nodes_of(function):
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                value = node.value.value if isinstance(node.value, ast.Attribute) else node.value
                if isinstance(value, ast.Name) and value.id in own:
                    found.add(node.targets[0].id)
        return found

    def _look_at(self, node, names, keys, attributes):
        if isinstance(node, ast.Subscript) and _is_one(node.value, names) and isinstance(node.slice, ast.Constant) and type(node.slice.value) is str:
            keys.add(node.slice.value)
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)) and _is_one(node.comparators[0], names):
            if isinstance(node.left, ast.Constant) and type(node.left.value) is str and len(node.left.value) > 1:
                keys.add(node.left.value)
        elif isinstance(node, ast.Attribute) and _is_one(node.value, names):
            if node.attr not in _METHODS and not node.attr.startswith("_"):
                attributes.add(node.attr)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop", "setdefault") and _is_one(node.func.value, names):
            if node.args and isinstance(node.args[0], ast.Constant) and type(node.args[0].value) is str:
                keys.add(node.args[0].value)

    def _learn_constants(self, node):
        """What a field is compared with, it may hold."""
        fields = [side.slice.value if isinstance(side, ast.Subscript) else side.attr for side in (node.left, *node.comparators) if _field_of(side)]
        for side in (node.left, *node.comparators):
            for item in side.elts if isinstance(side, (ast.Tuple, ast.List, ast.Set)) else [side]:
                if isinstance(item, ast.Constant) and item.value is not None:
                    for name in fields:
                        self.constants.setdefault(name, []).append(repr(item.value))

    def is_known(self):
        return bool(self.keys or self.item_keys or self.attributes or self.item_attributes)

    def write(self, values):
        """Source of a value that looks so."""
        if self.attributes:
            return self._object(self.attributes, values, 0)
        if self.item_attributes:
            return self._list(lambda: self._object(self.item_attributes, values, 1), values)
        if self.keys:
            return self._record(self.keys, values)
        return self._list(lambda: self._record(self.item_keys, values), values)

    def _list(self, write, values):
        return "[" + ", ".join(write() for _ in range(values.random.choice((0, 1, 2, 2, 3, 4)))) + "]"

    def _record(self, keys, values):
        chosen = [key for key in sorted(keys) if values.random.random() < 0.9]
        return "{" + ", ".join(f"{key!r}: {self._held(key, values)}" for key in chosen) + "}"

    def _held(self, key, values):
        """The same name holds the same kind, mostly."""
        if key in self.constants and values.random.random() < 0.7:
            return values.random.choice(self.constants[key])
        kinds = ("number", "int", "str", "list_int", "bool", "none", "list_str")
        usual = values.usual.get(key)
        if usual is None or values.random.random() < 0.15:
            usual = values.usual[key] = values.random.choice(kinds_by_name(key) or ("number", "str", "int"))
        return values.write(usual if values.random.random() < 0.85 else values.random.choice(kinds))

    def _object(self, attributes, values, depth):
        parts = []
        for name in sorted(attributes):
            roll = values.random.random()
            if depth < 3 and roll < 0.3:
                held = self._object(attributes, values, depth + 1)
            elif roll < 0.6 and len(attributes) > 1:
                held = "None"
            else:
                held = self._held(name, values)
            parts.append(f"{name}={held}")
        return f"types.SimpleNamespace({', '.join(parts)})"


def _field_of(node):
    return isinstance(node, ast.Attribute) or (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and type(node.slice.value) is str)


def _is_one(node, names):
    return isinstance(node, ast.Name) and node.id in names
