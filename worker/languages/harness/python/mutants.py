"""Mutants: the subject's tree with one small fault each."""

import ast
import copy
import random

from .faults import faults_at

_LEFT_ALONE = frozenset({"annotation", "returns", "decorator_list", "type_comment", "type_params", "bases", "format_spec", "ctx", "op", "ops"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Mutant:
    """A change of one field of one node."""

    def __init__(self, owner, field, index, replacement, node, reach, function):
        self.owner, self.field, self.index, self.replacement = owner, field, index, replacement
        self.before, self.after = node, replacement
        self.line = getattr(node, "lineno", getattr(owner, "lineno", 0))
        self.reach = reach  # lines of its statement; empty where it acts while the module is loaded
        self.function = function  # the outermost function around it, or None
        self.id = ""
        self.is_placed = False

    def _place(self):
        """Give the replacement its place in the source, once; most mutants are never looked at."""
        if not self.is_placed:
            self.is_placed = True
            self.after = self.replacement = ast.fix_missing_locations(ast.copy_location(copy.copy(self.replacement), self.before))

    @property
    def text(self):
        """What becomes of what."""
        self._place()
        after = "left out" if isinstance(self.after, ast.Pass) else _short(self.after)
        return f"line {self.line}: {_short(self.before)} → {after}"

    def swap(self):
        """Put the replacement in and keep what was there; a second call undoes it."""
        self._place()
        if self.index is None:
            held = getattr(self.owner, self.field)
            setattr(self.owner, self.field, self.replacement)
        else:
            held = getattr(self.owner, self.field)[self.index]
            getattr(self.owner, self.field)[self.index] = self.replacement
        self.replacement = held


def find_mutants(tree, *, limit, seed):
    """List mutants of a tree, spread over it where there are more than the limit; a lower limit takes some of a higher one's."""
    walk = _Walk()
    walk.through(tree, frozenset(), None, ())
    for number, mutant in enumerate(walk.found):
        mutant.id = f"m{number}:{mutant.line}"
    found = walk.found
    if len(found) > limit:
        random.Random(seed).shuffle(found)
        found = sorted(found[:limit], key=lambda mutant: int(mutant.id[1:].split(":")[0]))
    return found


class _Walk:
    """Goes through a tree and collects the mutants."""

    def __init__(self):
        self.found = []

    def through(self, node, reach, function, names):
        for field, value in ast.iter_fields(node):
            if field in _LEFT_ALONE:
                continue
            if isinstance(value, list):
                for index, item in enumerate(value):
                    if isinstance(item, ast.AST) and not _is_left_alone(item):
                        self._visit((node, field, index), item, reach, function, names)
            elif isinstance(value, ast.AST):
                self._visit((node, field, None), value, reach, function, names)

    def _visit(self, place, node, reach, function, names):
        owner = place[0]
        reach = _reach_of(node, reach, owner)
        if isinstance(node, _FUNCTIONS):
            function, names = function or node, _names_in(node)
        if not isinstance(owner, ast.JoinedStr):
            for replacement in faults_at(node, names, owner):
                self.found.append(Mutant(*place, replacement, node, reach, function))
        self.through(node, reach, function, names)


def _names_in(function):
    """Variables of a function, in the order in which they appear; notes which of its assignments are not a variable's first."""
    arguments = function.args
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs) if one.arg not in ("self", "cls")]
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            node.is_repeated = node.targets[0].id in names
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id not in names:
            names.append(node.id)
    return tuple(names)


def _reach_of(node, reach, owner):
    """Lines that run when the statement does; of one with a body its head alone."""
    if isinstance(owner, (ast.Module, ast.ClassDef)) and not isinstance(node, _FUNCTIONS):
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


def _short(node):
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else text[:57] + "…"
