"""Code that counts its steps, so that a call without end is known by them and not by a clock; and sets that are walked the other way round."""

import ast

TICK, SET = "__ddf_tick__", "__ddf_set__"


class OutOfSteps(BaseException):
    """A call took too many steps. No Exception, so that the code under test does not catch it in passing."""


class Steps:
    """Counts loops' turns and functions' starts."""

    def __init__(self):
        self.count, self.limit = 0, 0

    def tick(self):
        self.count += 1
        if self.count > self.limit:
            raise OutOfSteps


def count_steps(tree, mutants=()):
    """Have loops and functions of a tree count; mutants of their statements learn their new places. Changes the tree."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.While, ast.For, ast.AsyncFor, ast.FunctionDef, ast.AsyncFunctionDef)):
            tick = ast.Expr(ast.Call(ast.Name(TICK, ast.Load()), [], []))
            node.body.insert(0, ast.fix_missing_locations(ast.copy_location(tick, node.body[0])))
    for mutant in mutants:
        if mutant.field == "body" and isinstance(mutant.owner, (ast.While, ast.For, ast.AsyncFor, ast.FunctionDef, ast.AsyncFunctionDef)):
            mutant.index += 1


class _OwnSets(ast.NodeTransformer):
    """Writes every making of a set as a call of ours."""

    def __init__(self):
        self.found = 0

    def _made(self, node, argument):
        self.found += 1
        call = ast.Call(ast.Name(SET, ast.Load()), argument, [])
        return ast.fix_missing_locations(ast.copy_location(call, node))

    def visit_Set(self, node):
        self.generic_visit(node)
        return self._made(node, [ast.List(node.elts, ast.Load())])

    def visit_SetComp(self, node):
        self.generic_visit(node)
        return self._made(node, [ast.ListComp(node.elt, node.generators)])

    def visit_Name(self, node):
        if node.id not in ("set", "frozenset") or not isinstance(node.ctx, ast.Load):
            return node
        self.found += 1
        return ast.copy_location(ast.Name(SET, ast.Load()), node)


def with_own_sets(tree):
    """The tree with its sets made by us, or None where it makes none. Changes the tree."""
    transformer = _OwnSets()
    changed = transformer.visit(tree)
    return changed if transformer.found else None


class _AnySet(type):
    def __instancecheck__(cls, value):
        return isinstance(value, (set, frozenset))

    def __subclasscheck__(cls, other):
        return issubclass(other, (set, frozenset))


class BackwardSet(set, metaclass=_AnySet):
    """A set that is walked the other way round: what depends on its order shows another result."""

    def __iter__(self):
        return iter(list(set.__iter__(self))[::-1])

    def pop(self):
        for item in self:
            self.discard(item)
            return item
        raise KeyError("pop from an empty set")

    def __hash__(self):
        return hash(frozenset(self))

    def _again(name):
        def method(self, *others):
            made = getattr(set, name)(self, *others)
            return made if made is NotImplemented else BackwardSet(made)

        return method

    for _name in ("__or__", "__and__", "__sub__", "__xor__", "union", "intersection", "difference", "symmetric_difference", "copy"):
        locals()[_name] = _again(_name)
    del _name, _again
