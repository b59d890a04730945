"""Small faults in Python programs, made without a line of the product: what judges it must not be what it trained on.

Comparison, arithmetic, boolean operator, constant, negated condition, `return None`; at most so many a program, spread evenly.
"""

import ast
from collections.abc import Iterator

MOST = 30
_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
}


def mutants_of(source: str, most: int = MOST) -> list[str]:
    """Return the faulty programs."""
    sites = [
        (at, number)
        for at, node in enumerate(ast.walk(ast.parse(source)))
        for number, _ in enumerate(_changes(node))
    ]
    step = max(len(sites) / most, 1.0)
    chosen = [sites[int(number * step)] for number in range(min(most, len(sites)))]
    return list(dict.fromkeys(_mutant(source, at, number) for at, number in chosen))


def _mutant(source: str, at: int, number: int) -> str:
    tree = ast.parse(source)
    node = list(ast.walk(tree))[at]
    list(_changes(node))[number](node)
    return ast.unparse(ast.fix_missing_locations(tree))


def _changes(node: ast.AST) -> Iterator:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS:
        yield lambda one: one.ops.__setitem__(0, _COMPARISONS[type(one.ops[0])]())
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        yield lambda one: setattr(one, "op", _OPERATORS[type(one.op)]())
    if isinstance(node, ast.BoolOp):
        yield lambda one: setattr(one, "op", ast.Or() if isinstance(one.op, ast.And) else ast.And())
    if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
        yield lambda one: setattr(one, "value", one.value + 1)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield lambda one: setattr(one, "value", not one.value)
    if isinstance(node, ast.If | ast.While):
        yield lambda one: setattr(one, "test", ast.UnaryOp(op=ast.Not(), operand=one.test))
    if isinstance(node, ast.Return) and node.value is not None:
        yield lambda one: setattr(one, "value", ast.Constant(value=None))
