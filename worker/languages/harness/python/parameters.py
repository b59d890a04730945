"""What a parameter probably wants, from its annotation, default, name and use; corrected by what its calls do."""

import ast
import inspect
import re
import sys

from . import kinds
from .annotations import Annotation
from .names import kinds_by_name
from .shapes import Shape, nodes_of

_BY_METHOD = {
    "str": "strip split lower upper startswith endswith replace isdigit isalpha splitlines encode expandtabs translate join find title format lstrip rstrip",
    "list_int": "append insert extend sort pop remove reverse index",
    "dict": "items keys values get setdefault update",
    "set": "add discard union intersection issubset",
    "stream": "read readline write readlines",
    "bytes": "decode hex",
}
_METHOD_KIND = {method: kind for kind, methods in _BY_METHOD.items() for method in methods.split()}
_BY_ANNOTATION = (
    (r"list\[str\]|sequence\[str\]|iterable\[str\]|list\[list\[str", "list_str"),
    (r"list\[list|sequence\[sequence|list\[tuple", "list_list"),
    (r"list\[float\]|sequence\[float\]|iterable\[float\]", "list_float"),
    (r"list|sequence|iterable|collection|iterator", "list_int"),
    (r"dict|mapping", "dict"),
    (r"callable", "call"),
    (r"tuple", "tuple"),
    (r"\bset\b|set\[", "set"),
    (r"textio|stringio|\bio\b", "stream"),
    (r"bytes|bytearray", "bytes"),
    (r"\bbool\b", "bool"),
    (r"\bstr\b", "str"),
    (r"\bint\b", "int"),
    (r"float|number|real|decimal", "number"),
    (r"none|optional", "none"),
)


class Parameter:
    """A parameter and the weight of each kind of value for it."""

    def __init__(self, name, known_classes, *, default=inspect.Parameter.empty, annotation="", style="positional"):
        self.name = name
        self.style = style  # positional, keyword, many
        self.has_default = default is not inspect.Parameter.empty
        self.hints = []
        self.samples = []  # sources that the documentation shows for it
        self.shape = None
        self.weights = dict.fromkeys((*kinds.ALL, "number"), 0.4)
        self.weights.update({f"object:{name}": 0.4 for name in known_classes})
        self.weights["none"] = self.weights["number_like"] = self.weights["stream"] = 0.1
        self._learn_from_annotation(annotation, known_classes)
        self.typed = Annotation.make(annotation, known_classes) if annotation else None
        if self.typed:
            self.weights["typed"] = 10.0
        if self.has_default:
            self._learn_from_default(default)
        if not annotation:
            for kind in kinds_by_name(name):
                self.favour(kind, 6)

    def favour(self, kind, factor):
        self.weights[kind] = min(max(self.weights.get(kind, 0.4) * factor, 0.02), 40)

    def _learn_from_annotation(self, annotation, known_classes):
        text = annotation.lower()
        if not text or text in ("any", "object", "typing.any"):
            return
        fits = [kind for pattern, kind in _BY_ANNOTATION if re.search(pattern, text)]
        fits = [kind for kind in fits if kind != "list_int"] if any(kind in ("list_str", "list_list", "list_float") for kind in fits) else fits
        if any(kind.startswith("list") or kind in ("dict", "tuple", "call", "set") for kind in fits):
            fits = [kind for kind in fits if kind not in ("str", "int", "number", "bool") or "|" in text]
        fits += [f"object:{name}" for name in known_classes if re.search(rf"\b{name}\b", annotation)]
        literal = re.search(r"Literal\[(.*?)\]", annotation)
        if literal:
            self.hints += [item.strip() for item in literal[1].split(",")]
        if fits:
            self.weights = {kind: 0.02 for kind in self.weights}
            self.weights.update(dict.fromkeys(fits, 6.0))

    def _learn_from_default(self, default):
        kind = {bool: "bool", int: "int", float: "number", str: "str", tuple: "tuple", list: "list_int", dict: "dict", bytes: "bytes"}
        if type(default) in kind:
            self.favour(kind[type(default)], 12)
        elif default is None:
            self.favour("none", 6)

    def learn_from_use(self, function, space, known_classes):
        """Look at what the body of the function does with the parameter."""
        self.space = space
        shape = Shape(function, self.name)
        fitting = [name for name, cls in known_classes.items() if shape.attributes and shape.attributes <= _attributes_of(cls)]
        if fitting and not self.typed:
            self.weights.update({f"object:{name}": 30.0 for name in fitting})
        elif shape.is_known() and not (self.typed and shape.attributes):
            self.shape = shape
            self.weights["shape"] = 12.0
        for node in nodes_of(function):
            if isinstance(node, ast.Attribute) and self._is_me(node.value):
                self.favour(_METHOD_KIND.get(node.attr, "none"), 4 if node.attr in _METHOD_KIND else 1)
            elif isinstance(node, ast.Call):
                self._learn_from_call(node)
            elif isinstance(node, ast.Compare):
                self._learn_from_comparison([node.left, *node.comparators])
                if isinstance(node.ops[0], (ast.In, ast.NotIn)) and self._is_me(node.left):
                    self._learn_from_collection(node.comparators[0])
            elif isinstance(node, ast.BinOp) and (self._is_me(node.left) or self._is_me(node.right)):
                self.favour("number", 1.5)
                self.favour("int", 1.5)
            elif isinstance(node, (ast.For, ast.comprehension)) and self._is_me(node.iter):
                for kind in ("list_int", "list_str", "str"):
                    self.favour(kind, 2)
            elif isinstance(node, ast.Subscript) and self._is_me(node.slice):
                self._learn_from_collection(node.value)
            elif isinstance(node, ast.Subscript) and self._is_me(node.value):
                for kind in ("list_int", "str", "list_list", "dict"):
                    self.favour(kind, 1.6)

    def _is_me(self, node):
        if isinstance(node, ast.Attribute):  # what an object is made with, it keeps by the same name
            return node.attr == self.name and isinstance(node.value, ast.Name) and node.value.id == "self"
        return isinstance(node, ast.Name) and node.id == self.name

    def _learn_from_collection(self, node):
        """One of what a collection of the module holds."""
        held = self.space.get(node.id) if isinstance(node, ast.Name) else None
        if isinstance(held, (dict, set, frozenset, list, tuple)):
            items = [item for item in list(held)[:30] if type(item) in (str, int)]
            self.hints += [repr(item) for item in items]
            for kind in {"str" if type(item) is str else "int" for item in items}:
                self.favour(kind, 10)

    def _learn_from_call(self, node):
        if self._is_me(node.func):
            self.favour("call", 10)
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if not any(self._is_me(argument) for argument in node.args[:1]):
            return
        wanted = {"len": ("list_int", "list_str", "str"), "range": ("int",), "int": ("number", "str"), "float": ("number", "str"), "sorted": ("list_int",), "sum": ("list_int",), "abs": ("number",), "ord": ("str",), "sqrt": ("number",), "iter": ("list_int", "str"), "dedent": ("str",)}
        for kind in wanted.get(name, ()):
            self.favour(kind, 2.5)
        if name == "isinstance" and len(node.args) == 2:
            for found in re.findall(r"\w+", ast.unparse(node.args[1])):
                kind = {"str": "str", "int": "int", "float": "float", "list": "list_int", "tuple": "tuple", "dict": "dict", "bytes": "bytes", "Decimal": "number_like", "complex": "number_like"}.get(found, f"object:{found}")
                if kind in self.weights:
                    self.favour(kind, 4)

    def _learn_from_comparison(self, sides):
        if not any(self._is_me(side) for side in sides):
            return
        for side in sides:
            items = side.elts if isinstance(side, (ast.Tuple, ast.List, ast.Set)) else [side]
            for item in items:
                if isinstance(item, ast.Constant) and type(item.value) in (str, int, float):
                    self.hints.append(repr(item.value))
                    self.favour({str: "str", int: "int", float: "number"}[type(item.value)], 3)

    def choose_kind(self, random):
        return random.choices(list(self.weights), weights=list(self.weights.values()))[0]

    def write(self, kind, values):
        """Source of a value of a kind; some kinds only this parameter knows."""
        if kind == "typed":
            return self.typed.write(values)
        if kind == "shape":
            return self.shape.write(values)
        return values.write(kind, self.hints if kind in ("int", "str", "number") else ())


def _attributes_of(cls):
    """Names that its objects have, as far as the class shows."""
    names = set(dir(cls)) | set(getattr(cls, "__annotations__", ())) | set(getattr(cls, "__slots__", ()))
    return names | set(getattr(getattr(cls.__init__, "__code__", None), "co_names", ()))


def parameters_of(function, node, known_classes, *, skip_first=False):
    """Parameters of a callable, or none where it tells nothing."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return []
    found = []
    for parameter in list(signature.parameters.values())[1 if skip_first else 0 :]:
        if parameter.kind is parameter.VAR_KEYWORD or (parameter.kind is parameter.KEYWORD_ONLY and parameter.name.startswith("_")):
            continue
        styles = {parameter.KEYWORD_ONLY: "keyword", parameter.VAR_POSITIONAL: "many"}
        annotation = "" if parameter.annotation is parameter.empty else inspect.formatannotation(parameter.annotation).strip("'\"")
        made = Parameter(parameter.name, known_classes, default=parameter.default, annotation=annotation, style=styles.get(parameter.kind, "positional"))
        if node is not None:
            made.learn_from_use(node, getattr(inspect.unwrap(function), "__globals__", None) or vars(sys.modules.get(function.__module__, ast)), known_classes)
        found.append(made)
    return found
