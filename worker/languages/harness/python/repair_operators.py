"""Small changes of expressions, each with a cost: the likelier such a fault is to be made, the smaller."""

import ast

from .repair_text import Change

_COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not"}
_NEAR = {"<": "<= > >=", "<=": "< >= >", ">": ">= < <=", ">=": "> <= <", "==": "!=", "!=": "==", "in": "not_in", "not in": "in", "is": "is_not", "is not": "is"}
_ORDERED = ("<", "<=", ">", ">=", "==", "!=")
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>"}
_NEAR_ARITHMETIC = {"+": "- *", "-": "+", "*": "** + / //", "/": "// * %", "//": "/ % *", "%": "// /", "**": "*", "&": "| ^", "|": "& ^", "^": "& | **", "<<": ">>", ">>": "<<"}
SIBLINGS = tuple(
    group.split()
    for group in (
        "lower upper swapcase title capitalize casefold",
        "startswith endswith",
        "strip lstrip rstrip",
        "append extend insert remove add discard",
        "isupper islower isalpha isdigit isalnum isspace isnumeric",
        "find rfind index rindex count",
        "split rsplit splitlines",
        "keys values items",
        "floor ceil trunc sqrt",
        "union intersection difference symmetric_difference",
        "min max sum len",
        "any all",
        "ljust rjust center",
        "append appendleft",
        "pop popleft popitem",
        "ceil floor round int abs",
        "sorted reversed list set tuple",
        "int float round str bool",
        "ord chr",
        "bin oct hex",
        "sin cos tan",
        "heappush heappop heapify",
        "union update intersection_update",
    )
)


class Offers:
    """Collects changes of one unit."""

    def __init__(self, code, unit):
        self.code, self.unit = code, unit
        self.found = []
        holders = [one for node in code.tree.body if isinstance(node, ast.ClassDef) for one in ast.walk(node) if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name)]
        self.attributes = {one.attr for one in holders if one.value.id == "self" and unit.owner is not None}
        self.integers = sorted({one.value for one in unit.nodes if isinstance(one, ast.Constant) and type(one.value) is int and abs(one.value) < 10**6})
        self.texts = list(dict.fromkeys(one.value for one in unit.nodes if isinstance(one, ast.Constant) and type(one.value) is str and len(one.value) <= 40))

    def put(self, node, text, operator, cost, *, is_atom=False):
        """Put an expression in the place of a node."""
        old = self.code.text(node)
        if text != old:
            self.edit([self.code.replaced(node, text, is_atom=is_atom)], operator, cost, node.lineno, f"{old[:60]} becomes {text[:60]}")

    def wants_shift(self, node):
        """Whether one more or one less is likely there: in a place, a bound, a result."""
        parent = self.code.parents.get(node)
        if isinstance(parent, ast.Call):
            return node in parent.args and isinstance(parent.func, ast.Name) and parent.func.id in ("range", "min", "max", "len", "enumerate", "pow")
        return isinstance(parent, (ast.Subscript, ast.Slice, ast.Return, ast.Assign, ast.BinOp)) and node is not getattr(parent, "value", None) or isinstance(parent, (ast.Return, ast.Assign))

    def edit(self, edits, operator, cost, line, description):
        self.found.append(Change(edits, operator, cost, line, f"line {line}: {' '.join(description.split())}"))


def offer_for_expression(offers, node):
    """All changes of one expression."""
    kind = type(node).__name__
    handler = _HANDLERS.get(kind)
    if handler is not None:
        handler(offers, node)


def _compare(offers, node):
    code = offers.code
    if len(node.ops) > 1:
        return _chain(offers, node)
    sign = _COMPARISONS[type(node.ops[0])]
    left, right = code.text(node.left), code.text(node.comparators[0])
    near = _NEAR[sign].split()
    for other in near:
        offers.put(node, f"{left} {other.replace('_', ' ')} {right}", "compare-swap", 1.0)
    if sign in _ORDERED:
        for other in _ORDERED:
            if other != sign and other not in near:
                offers.put(node, f"{left} {other} {right}", "compare-swap", 1.3)
    if sign in ("in", "not in", "is", "is not"):
        offers.put(node, f"{left} {'==' if sign in ('in', 'is') else '!='} {right}", "compare-swap", 2.0)
    if sign in ("in", "not in"):
        offers.put(node, f"{code.operand(node.comparators[0])} {sign} {code.operand(node.left)}", "operand-swap", 1.5)
    for operand in (node.left, node.comparators[0]):
        if isinstance(operand, (ast.Name, ast.Call, ast.Subscript, ast.BinOp, ast.Attribute)) and sign in _ORDERED:
            _shifted(offers, operand, 2.0)
    return None


def _chain(offers, node):
    code = offers.code
    operands = [node.left, *node.comparators]
    for place, operator in enumerate(node.ops):
        sign = _COMPARISONS[type(operator)]
        start, end = code.span(operands[place])[1], code.span(operands[place + 1])[0]
        if code.source[start:end].strip() == sign:
            for other in _NEAR[sign].split():
                offers.edit([(start, end, f" {other.replace('_', ' ')} ")], "compare-swap", 1.0, node.lineno, f"{sign} becomes {other} in {code.text(node)[:50]}")


def _binary(offers, node):
    code = offers.code
    sign = _ARITHMETIC.get(type(node.op))
    if sign is None:
        return
    left, right = code.text(node.left), code.text(node.right)
    between = code.span(node.left)[1], code.span(node.right)[0]
    near = _NEAR_ARITHMETIC[sign].split()
    is_text = any(isinstance(one, ast.Constant) and type(one.value) is str or isinstance(one, ast.JoinedStr) for one in (node.left, node.right))
    if code.source[between[0] : between[1]].strip() == sign and not is_text:
        others = [*near, *(other for other in ("+", "-", "*", "/", "//", "%", "**") if other not in near and other != sign)]
        for other in others:
            cost = 1.0 if other in near[:2] else 1.6
            offers.edit([(*between, f" {other} ")], "arithmetic-swap", cost, node.lineno, f"{sign} becomes {other} in {code.text(node)[:50]}")
    if sign not in ("*", "&", "|", "^"):
        offers.put(node, f"{code.operand(node.right)} {sign} {code.operand(node.left)}", "operand-swap", 2.0)
    offers.put(node, left, "operand-drop", 1.7, is_atom=not isinstance(node.left, ast.BinOp))
    offers.put(node, right, "operand-drop", 1.9, is_atom=not isinstance(node.right, ast.BinOp))
    for inner, is_left in ((node.right, False), (node.left, True)):
        if isinstance(inner, ast.BinOp) and type(inner.op) in _ARITHMETIC:
            inner_sign = _ARITHMETIC[type(inner.op)]
            a, b, c = (inner.left, inner.right, node.right) if is_left else (node.left, inner.left, inner.right)
            first, second = (inner_sign, sign) if is_left else (sign, inner_sign)
            a, b, c = code.operand(a), code.operand(b), code.operand(c)
            offers.put(node, f"{a} {first} ({b} {second} {c})" if is_left else f"({a} {first} {b}) {second} {c}", "regroup", 2.4)
            if is_left and not is_text:
                offers.put(node, f"{a} {first} {c}", "operand-drop", 2.0)
            if not is_left:
                offers.put(node, f"({a} {first} {c}) {second} {b}", "regroup", 3.4)
                offers.put(node, f"{a} {second} {b} {first} {c}", "regroup", 3.0)


def _boolean(offers, node):
    code = offers.code
    sign, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    texts = [code.text(one) for one in node.values]
    whole = [text if not isinstance(one, (ast.BoolOp, ast.IfExp, ast.Lambda)) else f"({text})" for one, text in zip(node.values, texts)]
    offers.put(node, f" {other} ".join(whole), "and-or", 1.0)
    for place in range(len(whole)):
        rest = whole[:place] + whole[place + 1 :]
        offers.put(node, f" {sign} ".join(rest), "operand-drop", 1.7)
        if len(whole) > 2:
            offers.put(node, f" {sign} ".join(whole[:place]) + f" {other} " + f" {sign} ".join(whole[place:]) if place else whole[0], "and-or", 1.8)


def _unary(offers, node):
    inner = offers.code.text(node.operand)
    offers.put(node, inner, "negation-drop", 1.3, is_atom=not isinstance(node.operand, (ast.BinOp, ast.BoolOp, ast.Compare)))


def _constant(offers, node):
    value = node.value
    if type(value) is bool:
        offers.put(node, str(not value), "constant", 1.0, is_atom=True)
    elif type(value) is int:
        _integer(offers, node, value)
    elif type(value) is float:
        values = (value + 1, value - 1, -value, 0.0, 1.0, 2.0, value * 2, value / 2, *((1 / value,) if value else ()), value * 10, value / 10, float(round(value)))
        for other in dict.fromkeys(values):
            offers.put(node, repr(other), "constant", 1.6, is_atom=other >= 0)
    elif type(value) is str:
        _text(offers, node, value)
    elif value is None:
        for text in ("0", "True", "False", "[]", "''", "-1"):
            offers.put(node, text, "constant", 2.4, is_atom=True)


def _integer(offers, node, value):
    near = [(value + 1, 1.0), (value - 1, 1.0), (-value, 1.6), (value + 2, 2.0), (value - 2, 2.0), (value * 2, 2.2), (value // 2, 2.2), (value * 10, 2.8), (value // 10, 2.8)]
    usual = [(0, 1.2), (1, 1.2), (2, 1.4), (-1, 1.6), (3, 2.2), (10, 2.8)]
    known = [pair for other in offers.integers for pair in ((other, 2.0), (other - 1, 2.9), (other + 1, 2.9))]
    costs = {}
    for other, cost in sorted([*near, *usual, *known], key=lambda pair: pair[1]):
        costs.setdefault(other, cost)
    for other, cost in costs.items():
        if other != value:
            offers.put(node, repr(other), "constant", cost, is_atom=other >= 0)
    for name in offers.unit.visible(node):
        offers.put(node, name, "constant-to-variable", 3.0, is_atom=True)
    for text in ("float('inf')", "-float('inf')", "None"):
        offers.put(node, text, "constant", 3.4, is_atom=True)


def _text(offers, node, value):
    parent = offers.code.parents.get(node)
    if isinstance(parent, (ast.Expr, ast.JoinedStr)) or len(value) > 200:
        return  # a docstring is no code
    costs = {}
    for other in offers.texts:
        costs.setdefault(other, 1.9)
    for other in (value.swapcase(), value.lower(), value.upper(), value.capitalize(), value.title(), value[::-1], value.strip()):
        costs.setdefault(other, 2.2)
    if value:
        costs.setdefault(value[:-1], 2.4)
        costs.setdefault(value[1:], 2.4)
    for other in ("", " ", ",", ".", "-", "_", "\n", ":", ", ", "0", "1") if len(value) <= 2 else ("",):
        costs.setdefault(other, 2.4)
    for other in (value + value.upper(), value + value.lower(), value + " ", " " + value, value * 2, value + value[:1], value[-1:] + value):
        costs.setdefault(other, 3.2)
    for place in range(len(value)) if 2 < len(value) <= 40 else ():
        costs.setdefault(value[:place] + value[place + 1 :], 3.0)
    for other in offers.texts:
        if 0 < len(other) <= 3:
            costs.setdefault(value + other, 3.4)
            costs.setdefault(other + value, 3.4)
    for other, cost in costs.items():
        if other != value:
            offers.put(node, _quoted(offers.code.text(node), other), "text-constant", cost, is_atom=True)


def _quoted(old, value):
    """As the text around it quotes."""
    text = repr(value)
    return '"' + text[1:-1] + '"' if old.startswith('"') and text.startswith("'") and '"' not in text else text


def _name(offers, node):
    if not isinstance(node.ctx, ast.Load):
        return
    names = offers.unit.visible(node)
    if node.id in names:
        for other in names:
            offers.put(node, other, "variable-swap", 1.5, is_atom=True)
        for place in offers.unit.places:
            offers.put(node, place, "place-for-variable", 2.9, is_atom=True)
    else:
        _siblings(offers, node, node.id, lambda other: other)
        parent = offers.code.parents.get(node)
        if isinstance(parent, ast.Call) and parent.func is node:
            for other in offers.unit.inner_functions:
                offers.put(node, other, "function-swap", 2.2, is_atom=True)
    if node.id in names and offers.wants_shift(node):
        _shifted(offers, node, 1.8)


def _siblings(offers, node, name, write):
    for group in SIBLINGS:
        if name in group:
            for other in group:
                offers.put(node, write(other), "function-swap", 1.6, is_atom=True)


def _attribute(offers, node):
    if isinstance(node.ctx, ast.Load):
        holder = offers.code.text(node.value)
        _siblings(offers, node, node.attr, lambda other: f"{holder}.{other}")
        if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            held = {one.attr for one in offers.unit.nodes if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == node.value.id}
            for other in sorted(held | offers.attributes):
                offers.put(node, f"{holder}.{other}", "attribute-swap", 1.8, is_atom=True)


def _shifted(offers, node, cost):
    text = offers.code.operand(node) if not isinstance(node, ast.BinOp) else offers.code.text(node)
    offers.put(node, f"{text} + 1", "off-by-one", cost)
    offers.put(node, f"{text} - 1", "off-by-one", cost)


def _if_expression(offers, node):
    body, test, other = (offers.code.text(one) for one in (node.body, node.test, node.orelse))
    offers.put(node, f"{other} if {test} else {body}", "branch-swap", 1.6)
    offers.put(node, body, "branch-drop", 2.4)
    offers.put(node, other, "branch-drop", 2.4)


_HANDLERS = {
    "Compare": _compare,
    "BinOp": _binary,
    "BoolOp": _boolean,
    "UnaryOp": _unary,
    "Constant": _constant,
    "Name": _name,
    "Attribute": _attribute,
    "IfExp": _if_expression,
}
