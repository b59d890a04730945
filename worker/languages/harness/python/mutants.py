"""Small faults to put into the subject: one changed node each."""

import ast
import copy
import random

_COMPARISONS = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
_ARITHMETIC = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip


class Mutant:
    """A change of one field of one node."""

    def __init__(self, owner, field, index, replacement, line, text, reach):
        self.owner, self.field, self.index, self.replacement = owner, field, index, replacement
        self.line, self.text = line, text
        self.reach = reach  # lines of its statement; empty where it acts while the module is loaded
        self.id = ""

    def swap(self):
        """Put the replacement in and keep what was there; a second call undoes it."""
        if self.index is None:
            held = getattr(self.owner, self.field)
            setattr(self.owner, self.field, self.replacement)
        else:
            held = getattr(self.owner, self.field)[self.index]
            getattr(self.owner, self.field)[self.index] = self.replacement
        self.replacement = held


def find_mutants(tree, *, limit, seed):
    """List mutants of a tree, spread over it where there are more than the limit."""
    found = []
    _walk(tree, found, frozenset())
    for number, mutant in enumerate(found):
        mutant.id = f"m{number}:{mutant.line}"
    if len(found) > limit:
        found = random.Random(seed).sample(found, limit)
        found.sort(key=lambda mutant: int(mutant.id[1:].split(":")[0]))
    return found


def _walk(node, found, reach):
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_comment", "type_params", "bases", "format_spec"):
            continue
        if isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, ast.AST) and not _is_left_alone(item):
                    _visit(node, field, index, item, found, reach)
        elif isinstance(value, ast.AST):
            _visit(node, field, None, value, found, reach)


def _reach_of(node, reach, owner):
    """Lines that run when the statement does; of one with a body its head alone."""
    if isinstance(owner, (ast.Module, ast.ClassDef)) and not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return frozenset()
    if isinstance(node, ast.arguments) or not isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case)):
        return frozenset() if isinstance(node, ast.arguments) else reach
    if isinstance(node, ast.match_case):
        return frozenset({node.pattern.lineno})
    heads = [getattr(node, name, None) for name in ("test", "iter", "subject", "type")]
    ends = [head.end_lineno for head in heads if head is not None] or [node.lineno if hasattr(node, "body") else node.end_lineno]
    return frozenset(range(node.lineno, max(ends) + 1))


def _is_left_alone(node):
    """Documentation, lists of names, and what runs only as a script."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id.startswith("__") for target in node.targets):
        return True
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def _visit(owner, field, index, node, found, reach):
    reach = _reach_of(node, reach, owner)
    for replacement, text in _replacements(node):
        line = getattr(node, "lineno", getattr(owner, "lineno", 0))
        ast.copy_location(replacement, node)
        ast.fix_missing_locations(replacement)
        found.append(Mutant(owner, field, index, replacement, line, f"line {line}: {text}", reach))
    if not isinstance(node, ast.JoinedStr):
        _walk(node, found, reach)


def _replacements(node):
    kind = type(node)
    if kind is ast.Compare and len(node.ops) == 1:
        for other in _COMPARISONS.get(type(node.ops[0]), ()):
            yield _described(node, ast.Compare(left=node.left, ops=[other()], comparators=node.comparators))
    elif kind is ast.BinOp and type(node.op) in _ARITHMETIC:
        yield _described(node, ast.BinOp(left=node.left, op=_ARITHMETIC[type(node.op)](), right=node.right))
    elif kind is ast.AugAssign and type(node.op) in _ARITHMETIC:
        yield _described(node, ast.AugAssign(target=node.target, op=_ARITHMETIC[type(node.op)](), value=node.value))
    elif kind is ast.BoolOp:
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield _described(node, ast.BoolOp(op=other, values=node.values))
    elif kind is ast.UnaryOp and isinstance(node.op, (ast.Not, ast.USub)):
        yield _described(node, node.operand)
    elif kind is ast.Constant:
        for value in _other_constants(node.value):
            yield _described(node, ast.Constant(value=value))
    elif kind is ast.If and not isinstance(node.test, (ast.Compare, ast.BoolOp, ast.UnaryOp)):
        changed = ast.If(test=ast.UnaryOp(op=ast.Not(), operand=node.test), body=node.body, orelse=node.orelse)
        yield changed, f"if {_short(node.test)} → if not {_short(node.test)}"
    elif kind is ast.Return and node.value is not None and not _is_none(node.value):
        yield ast.Return(value=ast.Constant(value=None)), f"{_short(node)} → return None"
    elif kind is ast.Expr and isinstance(node.value, ast.Call):
        yield ast.Pass(), f"{_short(node)} → left out"


def _described(old, new):
    new = copy.copy(new)
    return new, f"{_short(old)} → {_short(ast.fix_missing_locations(ast.copy_location(new, old)))}"


def _other_constants(value):
    if type(value) is bool:
        return (not value,)
    if type(value) is int:
        return (value + 1,)
    if type(value) is float:
        return (value + 1.0,)
    if type(value) is str:
        return (value + "XX" if value else "XX",)
    return ()


def _is_none(node):
    return isinstance(node, ast.Constant) and node.value is None


def _short(node):
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else text[:57] + "…"
