"""Putting a fault into a loaded module by exchanging the code of the function that has it: quicker than loading the module anew."""

import ast
import copy
import gc
import types

from . import forks


class Patcher:
    """Makes patches, [(holder, attribute, faulty value)], of faults in a tree, for the module that was loaded from it."""

    def __init__(self, tree, module, path):
        self.tree, self.module, self.path = tree, module, path
        self.functions = _functions_of(path)

    def faulty(self, mutant):
        """Patches for a mutant that is swapped in; empty where it can't be done so; raises what compiling and evaluating raises."""
        for statement, owner in _statements(self.tree, self.module):
            if not _first_line(statement) <= mutant.line <= statement.end_lineno:
                continue
            if mutant.function is None:
                return _rebound(statement, owner, self.module)
            if statement is not mutant.function:
                continue
            return self._other_code(statement, owner) if mutant.reach else self._other_defaults(statement, owner)
        return []

    def of_tree(self, tree, functions=None):
        """Codes made from a tree, for functions that are there."""
        codes = dict(_codes_in(compile(tree, self.path, "exec", dont_inherit=True)))
        found = []
        for key, held in (self.functions if functions is None else functions).items():
            code = codes.get(key)
            found += [(one, "__code__", code) for one in held if code is not None and code.co_freevars == one.__code__.co_freevars]
        return found

    def _other_code(self, function, owner):
        """Of a method the class around it stays, without its other members: it gives names and what `super` needs."""
        root = function
        if owner is not None:
            root = next(node for node in self.tree.body if isinstance(node, ast.ClassDef) and function in node.body)
            root = ast.copy_location(ast.ClassDef(root.name, [], [], [function], []), root)
        first = _first_line(function)
        return self.of_tree(ast.Module([root], []), {key: held for key, held in self.functions.items() if key[1] == first})

    def _other_defaults(self, function, owner):
        bare = copy.copy(function)
        bare.decorator_list = []
        space = {**self.module.__dict__, **(vars(owner) if owner else {})}
        exec(compile(ast.Module([bare], []), self.path, "exec"), space)
        made = space[function.name]
        own = [one for (_, line), held in self.functions.items() if line == _first_line(function) for one in held]
        return [(one, name, getattr(made, name)) for one in own for name in ("__defaults__", "__kwdefaults__")]


class patched:
    """Puts patches in, and takes them out whatever happens: a time limit may end the taking out, which then begins anew."""

    def __init__(self, patches):
        self.patches = patches
        self.held = [(holder, name, getattr(holder, name)) for holder, name, _ in patches]

    def __enter__(self):
        for holder, name, value in self.patches:
            setattr(holder, name, value)

    def __exit__(self, *_):
        while True:
            try:
                for holder, name, value in self.held:
                    setattr(holder, name, value)
                return
            except forks.CallTimeout:
                continue


def _first_line(function):
    return min([function.lineno, *(decorator.lineno for decorator in getattr(function, "decorator_list", ()))])


def _functions_of(path):
    """Functions that live, by name and first line; of a function within another only the outer one."""
    found = {}
    for one in gc.get_objects():
        if type(one) is types.FunctionType and one.__code__.co_filename == path and "<locals>" not in one.__code__.co_qualname:
            found.setdefault((one.__code__.co_qualname, one.__code__.co_firstlineno), []).append(one)
    return found


def _codes_in(code):
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield (constant.co_qualname, constant.co_firstlineno), constant
            yield from _codes_in(constant)


def _statements(tree, module):
    """Statements of the module and of its classes, each with the class."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                yield inner, getattr(module, node.name, None)
        else:
            yield node, None


def _rebound(statement, owner, module):
    """What an assignment of the module or of a class binds, were it another."""
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return []
    space = {**module.__dict__, **(vars(owner) if owner else {})}
    exec(compile(ast.Module([statement], []), "<fault>", "exec"), space)
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    holder = owner or module
    return [(holder, target.id, space[target.id]) for target in targets if isinstance(target, ast.Name) and hasattr(holder, target.id)]
