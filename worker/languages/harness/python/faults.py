"""The small faults that are put into a tree, node by node: those that programmers make.

| what                | becomes                                                                       |
|---------------------|-------------------------------------------------------------------------------|
| a comparison        | its neighbours                                                                |
| an operation        | others of its kind; for some either side alone                                |
| a condition         | its opposite; of an `if` always and never                                     |
| a number            | one more, one less                                                            |
| a text, a boolean   | another                                                                       |
| what is returned    | `None`                                                                        |
| a bound, an index   | one more, one less; of a slice left out                                       |
| a call              | without it its argument or object; its sibling; arguments swapped or left out |
| a collection        | an item less, an item more                                                    |
| a variable          | another one of the same function                                              |
| a statement         | nothing                                                                       |
"""

import ast

_COMPARISONS = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
_ARITHMETIC = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Add, ast.FloorDiv), ast.Div: (ast.Mult, ast.FloorDiv), ast.FloorDiv: (ast.Mult, ast.Div),
    ast.Mod: (ast.FloorDiv, ast.Mult), ast.Pow: (ast.Mult,), ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd,), ast.BitXor: (ast.BitAnd,),
    ast.LShift: (ast.RShift,), ast.RShift: (ast.LShift,),
}  # fmt: skip
_ALONE = (ast.Add, ast.Sub, ast.Mult, ast.Mod, ast.FloorDiv)
"""Operators of which one side alone is a likely slip."""
_PAIRS = "min max any all startswith endswith find rfind index rindex floor ceil upper lower lstrip rstrip ljust rjust keys values add discard isupper islower"
_NAMES = _PAIRS.split()
_SIBLINGS = {name: _NAMES[place ^ 1] for place, name in enumerate(_NAMES)} | {"append": "extend", "index": "find", "isalnum": "isalpha", "isdigit": "isalnum"}
_UNWRAPPED = frozenset("abs int str float round sorted list set tuple reversed bool dict sum floor ceil sqrt".split())
_UNWRAPPED_METHODS = frozenset("strip lstrip rstrip lower upper title capitalize swapcase replace copy keys format removeprefix removesuffix zfill".split())

_SYMMETRIC = frozenset({"min", "max", "gcd", "lcm", "isclose", "hypot"})


def faults_at(node, names=(), parent=None):
    """Yield what could stand in place of a node; `names` are the variables of its function."""
    visit = _VISITS.get(type(node))
    if visit is not None:
        yield from visit(node)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names and not _is_called(node, parent):
        yield from (_name(name) for name in _next_names(node.id, names))
    if isinstance(parent, (ast.If, ast.IfExp, ast.While, ast.comprehension)) and _is_condition(node, parent):
        yield from _condition(node, parent)


def _is_called(node, parent):
    return isinstance(parent, ast.Call) and parent.func is node


def _is_condition(node, parent):
    return node in parent.ifs if isinstance(parent, ast.comprehension) else node is parent.test


def _condition(node, parent):
    if not (isinstance(node, ast.Compare) and len(node.ops) == 1) and not isinstance(node, ast.UnaryOp):  # their own opposite is a fault already
        yield ast.UnaryOp(op=ast.Not(), operand=node)
    if isinstance(parent, (ast.If, ast.comprehension)):
        yield ast.Constant(value=True)
    if isinstance(parent, ast.If):
        yield ast.Constant(value=False)


def _name(name):
    return ast.Name(id=name, ctx=ast.Load())


def _next_names(name, names):
    """The next one, in a ring."""
    if len(names) > 1:
        yield names[(names.index(name) + 1) % len(names)]


def _compare(node):
    for place, operator in enumerate(node.ops):
        for other in _COMPARISONS.get(type(operator), ()):
            yield ast.Compare(left=node.left, ops=[*node.ops[:place], other(), *node.ops[place + 1 :]], comparators=node.comparators)


def _operation(node):
    is_text = any(isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str)) for side in (node.left, node.right))
    if not is_text:
        yield from (ast.BinOp(left=node.left, op=other(), right=node.right) for other in _ARITHMETIC.get(type(node.op), ()))
    if isinstance(node.op, _ALONE):
        yield node.left
        if not isinstance(node.right, ast.Constant) or is_text:
            yield node.right


def _assigned_operation(node):
    for other in _ARITHMETIC.get(type(node.op), ()):
        yield ast.AugAssign(target=node.target, op=other(), value=node.value)
    yield ast.Pass()
    yield ast.Assign(targets=[node.target], value=node.value)


def _boolean_operation(node):
    yield ast.BoolOp(op=ast.Or() if isinstance(node.op, ast.And) else ast.And(), values=node.values)
    for place in range(len(node.values)):
        rest = [*node.values[:place], *node.values[place + 1 :]]
        yield rest[0] if len(rest) == 1 else ast.BoolOp(op=node.op, values=rest)


def _unary(node):
    if isinstance(node.op, (ast.Not, ast.USub, ast.Invert)):
        yield node.operand


def _constant(node):
    value = node.value
    if type(value) is bool:
        yield ast.Constant(value=not value)
    elif type(value) in (int, float):
        yield ast.Constant(value=value + 1)
        yield ast.Constant(value=value - 1)
    elif type(value) is str:
        yield ast.Constant(value=value + "XX" if value else "XX")
        if len(value) > 1:
            yield ast.Constant(value=value[1:] if len(value) > 2 else "")


def _collection(node):
    """Without its first or last item, and with one more after the last."""
    items = node.elts
    if len(items) < 2 or not all(isinstance(item, ast.Constant) for item in items) or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return
    more = ast.Constant(value=_successor(items[-1].value))
    for other in (items[1:], items[:-1], [*items, more]):
        yield ast.Set(elts=other) if isinstance(node, ast.Set) else type(node)(elts=other, ctx=ast.Load())


def _successor(value):
    if type(value) is str and value:
        return value[:-1] + chr(ord(value[-1]) + 1)
    return value + 1 if type(value) in (int, float) else "XX"


def _dictionary(node):
    if len(node.keys) > 1:
        yield ast.Dict(keys=node.keys[1:], values=node.values[1:])
        yield ast.Dict(keys=node.keys[:-1], values=node.values[:-1])


def _return(node):
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield ast.Return(value=ast.Constant(value=None))


def _expression(node):
    if isinstance(node.value, (ast.Call, ast.Await)):
        yield ast.Pass()


def _assignment(node):
    """One that gives a new value to what has one already; of others any test sees that they are missing."""
    if any(isinstance(target, (ast.Subscript, ast.Attribute)) for target in node.targets) or getattr(node, "is_repeated", False):
        yield ast.Pass()


def _nothing(_node):
    yield ast.Pass()


def _break(_node):
    yield ast.Continue()


def _near(node):
    yield ast.BinOp(left=node, op=ast.Add(), right=ast.Constant(value=1))
    yield ast.BinOp(left=node, op=ast.Sub(), right=ast.Constant(value=1))


def _subscript(node):
    if not isinstance(node.ctx, ast.Load):
        return
    place = node.slice
    if isinstance(place, ast.Slice):
        yield from (ast.Subscript(value=node.value, slice=other, ctx=node.ctx) for other in _slices(place))
    elif isinstance(place, (ast.Name, ast.BinOp)):
        yield from (ast.Subscript(value=node.value, slice=other, ctx=node.ctx) for other in _near(place))


def _slices(place):
    bounds = {"lower": place.lower, "upper": place.upper, "step": place.step}
    for name, bound in bounds.items():
        if bound is not None:
            yield ast.Slice(**{**bounds, name: None})
        if bound is not None and name != "step" and not isinstance(bound, ast.Constant):
            yield from (ast.Slice(**{**bounds, name: other}) for other in _near(bound))


def _call(node):
    arguments, plain = node.args, not any(isinstance(one, ast.Starred) for one in node.args)
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if plain and len(arguments) == 1 and name in _UNWRAPPED:
        yield arguments[0]
    if isinstance(node.func, ast.Attribute) and name in _UNWRAPPED_METHODS:
        yield node.func.value
    if name in _SIBLINGS:
        other = ast.Name(id=_SIBLINGS[name], ctx=ast.Load()) if isinstance(node.func, ast.Name) else None
        yield _with(node, func=other or ast.Attribute(value=node.func.value, attr=_SIBLINGS[name], ctx=ast.Load()))
    if plain and len(arguments) == 2 and name not in _SYMMETRIC and not isinstance(arguments[0], ast.Lambda):
        yield _with(node, args=[arguments[1], arguments[0]])
    if plain and 2 <= len(arguments) <= 3:
        yield _with(node, args=arguments[:-1])
        yield _with(node, args=arguments[1:])
    if name == "range" and arguments:
        place = min(len(arguments) - 1, 1)
        yield from (_with(node, args=[*arguments[:place], other, *arguments[place + 1 :]]) for other in _near(arguments[place]))
    for word in node.keywords:
        yield _with(node, keywords=[other for other in node.keywords if other is not word])


def _with(node, **changes):
    return ast.Call(**{"func": node.func, "args": node.args, "keywords": node.keywords, **changes})


def _choice(node):
    yield node.body
    yield node.orelse


_VISITS = {
    ast.Compare: _compare, ast.BinOp: _operation, ast.AugAssign: _assigned_operation, ast.BoolOp: _boolean_operation, ast.UnaryOp: _unary,
    ast.Constant: _constant, ast.Return: _return, ast.Expr: _expression, ast.Assign: _assignment, ast.Break: _break, ast.Continue: _nothing,
    ast.Raise: _nothing, ast.Delete: _nothing, ast.Subscript: _subscript, ast.Call: _call, ast.IfExp: _choice,
    ast.List: _collection, ast.Tuple: _collection, ast.Set: _collection, ast.Dict: _dictionary,
}  # fmt: skip
