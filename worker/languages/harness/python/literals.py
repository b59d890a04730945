"""Writing an observed value as assertions that any later run can repeat, or refusing to."""

import ast
import math
import re

MAXIMUM_CHARACTERS = 600
"""Of one written value: a test is read by people."""
MAXIMUM_ITEMS = 24
"""Of an iterator that is walked."""

ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}|<.* at ")
_SHORT_FLOAT = 6
_TOLERANCE = "rel=1e-12"
"""Enough for the last digits of another C library; not enough for a clock to pass as a constant."""


class Unwritable(Exception):
    """There is no assertion for this value that would hold in another process."""


def write(value, depth=0):
    """Source of an expression equal to the value."""
    if depth > 5:
        raise Unwritable
    kind = type(value)
    if value is None or value is Ellipsis or kind is bool:
        return repr(value)
    if kind is int:
        return _bounded(_write_integer(value))
    if kind in (str, bytes):
        if len(value) > MAXIMUM_CHARACTERS:
            raise Unwritable
        if kind is str and any("\ud800" <= letter <= "\udfff" for letter in value):
            return ascii(value)
        return repr(value)
    if kind is float:
        return _write_float(value)
    if kind is complex and math.isfinite(value.real) and math.isfinite(value.imag):
        return repr(value)
    if kind is range:
        return repr(value)
    return _bounded(_write_container(value, kind, depth))


def _write_integer(value):
    if abs(value) >= 1 << 2000:  # decimal text of huge numbers is refused by Python itself
        raise Unwritable
    return repr(value)


def _write_float(value):
    if math.isnan(value):
        raise Unwritable  # equals nothing
    return repr(value) if math.isfinite(value) else f'float("{value}")'


def _write_container(value, kind, depth):
    def items(values):
        return ", ".join(write(item, depth + 1) for item in values)

    if kind is list:
        return f"[{items(value)}]"
    if kind is tuple:
        return f"({items(value)},)" if len(value) == 1 else f"({items(value)})"
    if kind is dict:
        return "{" + ", ".join(f"{write(k, depth + 1)}: {write(v, depth + 1)}" for k, v in value.items()) + "}"
    if kind is set:
        return "{" + ", ".join(sorted(write(item, depth + 1) for item in value)) + "}" if value else "set()"
    if kind is frozenset:
        return "frozenset({" + ", ".join(sorted(write(item, depth + 1) for item in value)) + "})" if value else "frozenset()"
    if kind is bytearray:
        return f"bytearray({bytes(value)!r})"
    raise Unwritable


def _bounded(text):
    if len(text) > MAXIMUM_CHARACTERS:
        raise Unwritable
    return text


def assertions(value, expression, module):
    """Assertions about the value of an expression, as `(lines, imports)`; raises Unwritable."""
    if value is None or type(value) is bool:
        return [f"assert {expression} is {value!r}"], []
    if type(value) is float:
        return _about_float(value, expression)
    if _is_flat_with_long_float(value):
        return [f"assert {expression} == pytest.approx({write(value)}, {_TOLERANCE})"], ["import pytest"]
    try:
        return [f"assert {expression} == {write(value)}"], []
    except Unwritable:
        return _about_object(value, expression, module)


def _about_float(value, expression):
    if math.isnan(value):
        return [f"assert math.isnan({expression})"], ["import math"]
    text = write(value)
    if not math.isfinite(value) or len(text) <= _SHORT_FLOAT:
        return [f"assert {expression} == {text}"], []
    return [f"assert {expression} == pytest.approx({text}, {_TOLERANCE})"], ["import pytest"]


def _is_flat_with_long_float(value):
    if type(value) not in (list, tuple) or not all(type(item) in (int, float) for item in value):
        return False
    floats = [item for item in value if type(item) is float]
    return all(math.isfinite(item) for item in floats) and any(len(repr(item)) > _SHORT_FLOAT for item in floats)


def _about_object(value, expression, module):
    if isinstance(value, type):
        if getattr(module, value.__name__, None) is value:
            return [f"assert {expression} is {module.__name__}.{value.__name__}"], []
        raise Unwritable
    if _has_own_repr(value):
        text = repr(value)
        if is_lasting(text):
            return [f"assert repr({expression}) == {_bounded(repr(text))}"], []
        raise Unwritable
    return _about_attributes(value, expression)


_FLEETING = re.compile(r"\bnan\b|\{[^{}:]*,[^{}:]*\}")
"""What equals nothing, and the items of a set."""


def is_lasting(text):
    """Whether another process would show the same text: no address, no order of a set."""
    return not ADDRESS.search(text) and not _FLEETING.search(text)


def _has_own_repr(value):
    return type(value).__repr__ is not object.__repr__


def _about_attributes(value, expression):
    lines = [f'assert type({expression}).__name__ == "{type(value).__name__}"']
    imports = []
    for name, held in sorted(getattr(value, "__dict__", {}).items()):
        if name.startswith("_") or not name.isidentifier():
            continue
        try:
            text = write(held)
        except Unwritable:
            continue
        lines.append(f"assert {expression}.{name} {'is' if held is None or type(held) is bool else '=='} {text}")
    return lines[:8], imports


def fingerprint(value):
    """Text that changes when a mutable value does; None where the value can't be watched or can't change."""
    if value is None or type(value) in (int, str, float, bool, bytes):
        return None
    try:
        return write(value)
    except (Unwritable, RecursionError):
        held = getattr(value, "__dict__", None)
        if held is None:
            return None
        return repr(sorted((name, _shallow(item)) for name, item in held.items() if not name.startswith("_")))


def _shallow(value):
    try:
        return write(value)
    except (Unwritable, RecursionError):
        return type(value).__name__


def qualify(source, names, module_name):
    """Write module members of a snippet with their module: `Fraction(1)` becomes `fractions.Fraction(1)`."""
    tree = ast.parse(source)

    class Qualify(ast.NodeTransformer):
        def visit_Name(self, node):
            if isinstance(node.ctx, ast.Load) and node.id in names:
                return ast.Attribute(value=ast.Name(id=module_name, ctx=ast.Load()), attr=node.id, ctx=ast.Load())
            return node

    return ast.unparse(Qualify().visit(tree))
