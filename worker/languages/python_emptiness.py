"""Python assertions that hold whatever the code does: `assert True`, `assert x == x`, `assert isinstance(x, object)`."""

import ast
import copy
from itertools import islice

Function = ast.FunctionDef | ast.AsyncFunctionDef

_EQUALITIES = frozenset(
    {"assertEqual", "assertEquals", "assertCountEqual", "assertListEqual", "assertDictEqual"}
)
_DEPTH = 3
"""How often names are replaced by what they stand for."""
_LARGEST = 200
"""Nodes of an expression that is looked into."""


def always_holds(test: ast.expr, function: Function) -> bool:
    """Say whether an asserted expression is true by its form."""
    return not _is_large(test) and _is_true(_resolved(test, function))


def says_nothing(call: ast.Call, function: Function) -> bool:
    """Say so of an assertion that is a call, such as `self.assertEqual(x, x)`."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if _is_large(call):
        return False
    arguments = [_resolved(each, function) for each in call.args]
    if name in _EQUALITIES and len(arguments) >= 2:
        return _is_same(*arguments[:2])
    if name == "assertTrue" and arguments:
        return _is_true(arguments[0])
    if name == "assertFalse" and arguments:
        return _is_false(arguments[0])
    return name == "assertIsInstance" and len(arguments) >= 2 and _names_object(arguments[1])


def _is_true(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return bool(node.elts)
    if isinstance(node, ast.BoolOp):
        held = [_is_true(each) for each in node.values]
        return any(held) if isinstance(node.op, ast.Or) else all(held)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _is_false(node.operand)
    if isinstance(node, ast.Compare):
        return _compares_nothing(node)
    return isinstance(node, ast.Lambda) or _is_true_call(node)


def _is_false(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _is_true(node.operand)
    return isinstance(node, ast.Constant) and not node.value


def _is_true_call(node: ast.expr) -> bool:
    """Tell `isinstance(x, object)`, `isinstance(x, type(x))`, `type(x)`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    if node.func.id == "isinstance" and len(node.args) == 2:
        return _names_object(node.args[1]) or _is_type_of(node.args[1], node.args[0])
    return node.func.id in ("type", "id", "repr") and len(node.args) == 1


def _is_type_of(node: ast.expr, value: ast.expr) -> bool:
    is_type = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "type"
    return is_type and isinstance(node, ast.Call) and bool(node.args) and _is_same(node.args[0], value)


def _names_object(node: ast.expr) -> bool:
    each = node.elts if isinstance(node, ast.Tuple) else [node]
    return any(isinstance(one, ast.Name) and one.id == "object" for one in each)


def _compares_nothing(node: ast.Compare) -> bool:
    """Tell `x == x`, `x is x`, `x in [x]`, `len(x) >= 0`."""
    sides = [node.left, *node.comparators]
    return all(
        _holds(left, operator, right)
        for left, operator, right in zip(sides, node.ops, sides[1:], strict=False)
    )


def _holds(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> bool:
    if isinstance(operator, ast.Eq | ast.LtE | ast.GtE):
        is_count = isinstance(operator, ast.GtE) and _is_length(left) and _is_number(right, 0)
        return is_count or _is_same(left, right)
    if isinstance(operator, ast.Gt):
        return _is_length(left) and _is_number(right, -1)
    if isinstance(operator, ast.Is):  # two calls may well give the same object: that says something
        return _is_same(left, right) and not any(isinstance(each, ast.Call) for each in ast.walk(left))
    if isinstance(operator, ast.In) and isinstance(right, ast.Tuple | ast.List | ast.Set):
        return any(_is_same(left, each) for each in right.elts)
    return False


def _is_length(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"


def _is_number(node: ast.expr, number: int) -> bool:
    try:
        return bool(ast.literal_eval(node) == number)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False


def _is_large(node: ast.AST) -> bool:
    """Tell what is not looked into: no person reads it, and the recursion through it would go deep."""
    return sum(1 for _ in islice(ast.walk(node), _LARGEST + 1)) > _LARGEST


def _is_same(left: ast.expr, right: ast.expr) -> bool:
    return ast.dump(left) == ast.dump(right)


def _resolved(node: ast.expr, function: Function) -> ast.expr:
    """Put what they stand for in the place of names: `expected = f(1)` makes nothing of `assert f(1) == expected`.

    Only of names that are bound once, and to what reads no other name of the test: a second call on an object may answer otherwise.
    """
    known = _bound_once(function)
    found = copy.deepcopy(node)
    for _ in range(_DEPTH):
        if _is_large(found):
            break
        found = _Replacing(known).visit(found)
    return found


class _Replacing(ast.NodeTransformer):
    def __init__(self, known: dict[str, ast.expr]) -> None:
        self._known = known

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return copy.deepcopy(self._known[node.id]) if node.id in self._known else node


def _bound_once(function: Function) -> dict[str, ast.expr]:
    stored = [
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    ]
    own = {*stored, *(node.arg for node in ast.walk(function) if isinstance(node, ast.arg))}
    found: dict[str, ast.expr] = {}
    for statement in function.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            [target] = statement.targets
            read = {each.id for each in ast.walk(statement.value) if isinstance(each, ast.Name)}
            is_plain = not read & own and not _is_large(statement.value)
            if isinstance(target, ast.Name) and stored.count(target.id) == 1 and is_plain:
                found[target.id] = statement.value
    return found
