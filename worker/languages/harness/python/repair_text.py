"""The source that is to be mended: where each node of its tree stands in the text, and what the function around it has to offer."""

import ast
import functools

_ATOMS = (ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript, ast.List, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp, ast.JoinedStr)
_BINDING = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.Attribute, ast.Subscript, ast.Call, ast.IfExp, ast.Await, ast.Starred)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Change:
    """A candidate: edits of the text, each (start, end, text)."""

    __slots__ = ("cost", "costs", "description", "edits", "line", "operator", "share")

    def __init__(self, edits, operator, cost, line, description):
        self.edits, self.operator, self.cost, self.line, self.description = edits, operator, cost, line, description
        self.costs = ()  # of each of several changes
        self.share = 0.0  # of the worst line's suspicion, where its own line can have none

    def applied(self, source):
        for start, end, text in sorted(self.edits, reverse=True):
            source = source[:start] + text + source[end:]
        return source


class Code:
    """A parsed source."""

    def __init__(self, source):
        self.source = source
        self.tree = ast.parse(source)
        self.starts = [0]
        for line in source.split("\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.lines = source.split("\n")
        self.parents = {}
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node

    def at(self, line, column):
        """Offset of a place that the parser names: its columns count bytes."""
        text = self.lines[line - 1]
        if not text.isascii():
            column = len(text.encode()[:column].decode(errors="ignore"))
        return self.starts[line - 1] + column

    def span(self, node):
        return self.at(node.lineno, node.col_offset), self.at(node.end_lineno, node.end_col_offset)

    def text(self, node):
        start, end = self.span(node)
        return self.source[start:end]

    def indent(self, statement):
        return self.lines[statement.lineno - 1][: statement.col_offset]

    def block(self, statement):
        """From the start of the statement's first line to the end of its last; None where another stands on these lines."""
        first = min([statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", ()))])
        start, end = self.starts[first - 1], self.at(statement.end_lineno, statement.end_col_offset)
        before = self.source[start : self.at(first, statement.col_offset)]
        rest = self.source[end : self.starts[statement.end_lineno] - 1].strip()
        if before.strip() or (rest and not rest.startswith("#")):
            return None
        return start, min(self.starts[statement.end_lineno], len(self.source))

    def replaced(self, node, text, *, is_atom=False):
        """The edit that puts an expression in the place of another, in brackets where it would else fall apart."""
        start, end = self.span(node)
        parent = self.parents.get(node)
        if not is_atom and isinstance(parent, _BINDING) and not self._is_argument(node, parent) and not self._is_bracketed(start, end):
            text = f"({text})"
        return start, end, text

    def _is_argument(self, node, parent):
        if isinstance(parent, ast.Call):
            return node is not parent.func
        return isinstance(parent, ast.Subscript) and node is not parent.value

    def _is_bracketed(self, start, end):
        return self.source[start - 1 : start] == "(" and self.source[end : end + 1] == ")"

    def operand(self, node):
        """Text of an expression, to be put beside an operator."""
        text = self.text(node)
        return text if isinstance(node, _ATOMS) else f"({text})"


class Unit:
    """A function, or a method of a class, with what is known in it."""

    def __init__(self, code, node, owner):
        self.code, self.node, self.owner = code, node, owner
        self.qualname = f"{owner.name}.{node.name}" if owner else node.name
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *filter(None, (arguments.vararg, arguments.kwarg))]
        self.parameters = [one.arg for one in every if one.arg not in ("self", "cls")]
        self.defaults = [one for one in (*arguments.defaults, *arguments.kw_defaults) if one is not None]
        self.nodes = [one for statement in node.body for one in ast.walk(statement)]
        stored = [one.id for one in self.nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
        inner = [argument.arg for one in self.nodes if isinstance(one, (*FUNCTIONS, ast.Lambda)) for argument in one.args.args]
        self.inner_functions = [one.name for one in self.nodes if isinstance(one, FUNCTIONS)]
        self.names = list(dict.fromkeys([*self.parameters, *stored, *inner]))
        self.first, self.last = node.lineno, node.end_lineno

    def visible(self, node):
        """Variables that may have a value where the node stands: those bound in a comprehension only within it."""
        inside, place = set(), node
        while place is not self.node and place is not None:
            inside.add(place)
            place = self.code.parents.get(place)
        return [name for name in self.names if self._homes[name] is None or self._homes[name] & inside]

    @functools.cached_property
    def _homes(self):
        """Comprehensions and lambdas that bind a name; None where the function itself does."""
        homes = {name: set() for name in self.names}
        for one in self.nodes:
            if isinstance(one, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
                for generator in one.generators:
                    for name in _stored_in(generator.target):
                        homes[name].add(one)
            elif isinstance(one, (ast.Lambda, *FUNCTIONS)):
                for argument in one.args.args:
                    homes[argument.arg].add(one)
        bound_in_comprehensions = {id(name) for one in self.nodes if isinstance(one, ast.comprehension) for name in ast.walk(one.target)}
        free = {one.id for one in self.nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store) and id(one) not in bound_in_comprehensions}
        return {name: None if name in free or name in self.parameters or not home else home for name, home in homes.items()}

    @functools.cached_property
    def predicates(self):
        """Texts of the conditions in it."""
        kinds = (ast.Compare, ast.BoolOp)
        found = [one for one in self.nodes if isinstance(one, kinds)]
        found += [one.test for one in self.nodes if isinstance(one, (ast.If, ast.While, ast.IfExp))]
        found += [test for one in self.nodes if isinstance(one, ast.comprehension) for test in one.ifs]
        return list(dict.fromkeys(self.code.text(one) for one in found))

    @functools.cached_property
    def places(self):
        """Items of sequences at the places that loops go through: `items[i]`."""
        held = {one.value.id for one in self.nodes if isinstance(one, ast.Subscript) and isinstance(one.value, ast.Name)}
        indices = {one.id for node in self.nodes if isinstance(node, ast.Subscript) for one in ast.walk(node.slice) if isinstance(one, ast.Name)}
        return [f"{name}[{index}]" for name in sorted(held & set(self.names)) for index in sorted((indices - held) & set(self.names))][:12]

    @functools.cached_property
    def expressions(self):
        """Texts of what else might stand in another place: calls, parts, sums."""
        kinds = (ast.Call, ast.Subscript, ast.BinOp, ast.Attribute)
        found = [one for one in self.nodes if isinstance(one, kinds) and isinstance(getattr(one, "ctx", ast.Load()), ast.Load)]
        texts = [self.code.text(one) for one in found if not self._is_called(one)]
        return sorted(dict.fromkeys(text for text in texts if len(text) <= 40 and "\n" not in text), key=len)[:24]

    def _is_called(self, node):
        parent = self.code.parents.get(node)
        return isinstance(parent, ast.Call) and parent.func is node


class Values(Unit):
    """What the module and its classes bind by assignments; it is no function, and none of its lines runs for a test."""

    def __init__(self, code, statements):
        self.code, self.node, self.owner, self.qualname = code, code.tree, None, ""
        self.parameters, self.inner_functions = [], []
        self.nodes = [one for statement in statements for one in ast.walk(statement)]
        self.names = list(dict.fromkeys(one.id for one in self.nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)))
        self.first, self.last = 0, 0

    def visible(self, node):
        return []


def values_of(code):
    """Assignments outside of functions; None where there are none."""
    places = [code.tree, *(node for node in code.tree.body if isinstance(node, ast.ClassDef))]
    found = [one for place in places for one in place.body if isinstance(one, (ast.Assign, ast.AnnAssign))]
    return Values(code, found) if found else None


def _stored_in(target):
    return [one.id for one in ast.walk(target) if isinstance(one, ast.Name)]


def units_of(code):
    """Functions of the module and methods of its classes."""
    found = []
    for node in code.tree.body:
        if isinstance(node, FUNCTIONS):
            found.append(Unit(code, node, None))
        elif isinstance(node, ast.ClassDef):
            found += [Unit(code, inner, node) for inner in node.body if isinstance(inner, FUNCTIONS)]
    return found
