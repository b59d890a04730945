"""What to call: public functions, methods, properties and operators of the subject, and how to what calls of each look like."""

import ast
import inspect
import re

from .calls import FunctionMember, Sequence, Target
from .parameters import Parameter, parameters_of

_BINARY = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@",
    "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=",
}  # fmt: skip
_TEMPLATES = {
    **{f"__{name}__": f"{{0}} {sign} {{1}}" for name, sign in _BINARY.items()},
    **{f"__r{name}__": f"{{1}} {sign} {{0}}" for name, sign in list(_BINARY.items())[:13]},
    "__getitem__": "{0}[{1}]",
    "__contains__": "{1} in {0}",
    "__divmod__": "divmod({0}, {1})",
    "__rdivmod__": "divmod({1}, {0})",
    "__format__": "format({0}, {1})",
    "__neg__": "-{0}",
    "__pos__": "+{0}",
    "__invert__": "~{0}",
    "__abs__": "abs({0})",
    "__len__": "len({0})",
    "__bool__": "bool({0})",
    "__str__": "str({0})",
    "__repr__": "repr({0})",
    "__int__": "int({0})",
    "__index__": "range(9)[{0}]",
    "__float__": "float({0})",
    "__complex__": "complex({0})",
    "__hash__": "hash({0})",
    "__iter__": "list(itertools.islice({0}, 24))",
    "__next__": "next({0})",
    "__reversed__": "list(reversed({0}))",
    "__trunc__": "math.trunc({0})",
    "__floor__": "math.floor({0})",
    "__ceil__": "math.ceil({0})",
    "__round__": "round({0}, {1})",
    "__copy__": "copy.copy({0})",
    "__deepcopy__": "copy.deepcopy({0})",
    "__reduce__": "pickle.loads(pickle.dumps({0}))",
}


def find_targets(module, source, values):
    """List what the subject offers; fills `values.constructors`."""
    nodes = _definitions(ast.parse(source))
    own = [(name, value) for name, value in vars(module).items() if _is_own(value, module)]
    public = [(name, value) for name, value in own if not name.startswith("_")] or own
    classes = {
        name: value
        for name, value in public
        if isinstance(value, type) and not issubclass(value, BaseException) and not inspect.isabstract(value)
    }
    targets = []
    for name, value in public:
        if isinstance(value, type):
            if name in classes:
                targets += _class_targets(name, value, module, nodes, values, classes)
        elif callable(value):
            parameters = parameters_of(value, nodes.get(name), classes) + _forwarded(value, nodes.get(name), module, classes)
            target = Target(name, parameters, call=f"{module.__name__}.{name}")
            target.is_coroutine = inspect.iscoroutinefunction(value)
            targets.append(target)
    _share_members(targets)
    for target in targets:
        node = nodes.get(target.name) or nodes.get(target.owner)
        target.lines = frozenset(range(node.lineno, node.end_lineno + 1)) if node else frozenset()
    return targets


def _share_members(targets):
    """A function that takes an object of a class is one more thing to do with such an object."""
    sequences = {target.owner: target for target in targets if isinstance(target, Sequence)}
    for target in targets:
        for place, parameter in enumerate(target.parameters):
            for name, sequence in sequences.items():
                if target.call and not target.owner and target.name not in sequences and parameter.weights.get(f"object:{name}", 0) > 5:
                    sequence.members.append(FunctionMember(target, place))


def _is_own(value, module):
    made_here = getattr(value, "__module__", None) == module.__name__
    return made_here and (isinstance(value, type) or inspect.isroutine(value) or (callable(value) and hasattr(value, "__wrapped__")))


def _definitions(tree):
    found = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found[node.name] = node
        elif isinstance(node, ast.ClassDef):
            found[node.name] = node
            for inner in node.body:
                if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    found[f"{node.name}.{inner.name}"] = inner
    return found


def _forwarded(function, node, module, classes):
    """Parameters of what gets our `**kwargs`."""
    if node is None or node.args.kwarg is None:
        return []
    for call in ast.walk(node):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        if any(word.arg is None and isinstance(word.value, ast.Name) and word.value.id == node.args.kwarg.arg for word in call.keywords):
            given = {word.arg for word in call.keywords}
            taken = given | {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
            other = getattr(module, call.func.id, None)
            found = [parameter for parameter in parameters_of(other, None, classes) if parameter.name not in taken]
            for parameter in found:
                parameter.style, parameter.has_default = "keyword", True
            return found
    return []


def _class_targets(name, cls, module, nodes, values, classes):
    node = nodes.get(name)
    maker = Target(name, parameters_of(cls, node, classes), call=f"{module.__name__}.{name}")
    maker.omits = 0.3 if len(maker.parameters) < 4 else 0.6

    def construct():
        step = maker.step(values)
        simple = [operand for operand in step.operands if not (operand.kind or "").startswith("object:")]
        if len(simple) == len(step.operands):
            return step.render(lambda operand: operand.source)
        return f"{module.__name__}.{name}({', '.join(values.write('int') for p in maker.parameters if not p.has_default)})"

    def construct_known():
        """Mostly the way that is known to work."""
        if maker.corpus and values.random.random() < 0.6:
            return values.random.choice(maker.corpus).steps[-1].render(lambda operand: operand.source)
        return construct()

    values.constructors[name] = construct_known
    members = []
    for base in reversed([base for base in cls.__mro__ if base.__module__ == module.__name__]):
        for member, value in list(vars(base).items()):
            made = _member_target(name, base.__name__, member, value, cls, module, nodes, classes)
            if made:
                members = [known for known in members if known.name != made.name] + [made]
    methods = [member for member in members if member.owner and "__" not in member.name or member.name.endswith("__next__")]
    return [maker, *members, *([Sequence(name, methods)] if methods else [])]


def _member_target(name, base, member, value, cls, module, nodes, classes):
    dotted = f"{name}.{member}"
    node = nodes.get(f"{base}.{member}")
    if isinstance(value, (staticmethod, classmethod)):
        if member.startswith("_"):
            return None
        return Target(dotted, parameters_of(getattr(cls, member), node, classes), call=f"{module.__name__}.{dotted}")
    if isinstance(value, property):
        return None if member.startswith("_") else Target(dotted, [], template=f"{{0}}.{member}", owner=name)
    if not inspect.isfunction(value):
        return None
    parameters = parameters_of(value, node, classes, skip_first=True)
    if member in _TEMPLATES:
        return _operator_target(dotted, member, name, parameters, classes)
    if member.startswith("_"):
        return None
    target = Target(dotted, parameters, call="{0}." + member, owner=name)
    target.is_coroutine = inspect.iscoroutinefunction(value)
    return target


def _operator_target(dotted, member, owner, parameters, classes):
    template = _TEMPLATES[member]
    wanted = len(set(re.findall(r"\{(\d)\}", template))) - 1
    while len(parameters) < wanted:
        parameters.append(Parameter("other", classes))
    for parameter in parameters[:wanted]:
        if member not in ("__getitem__", "__contains__", "__format__", "__round__"):
            for kind, factor in ((f"object:{owner}", 40), ("int", 8), ("number", 8), ("number_like", 8)):
                parameter.favour(kind, factor)
    return Target(dotted, parameters[:wanted], template=template, owner=owner)
