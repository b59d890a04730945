"""All changes of a source, cheapest and most suspicious first."""

import ast

from . import repair_calls, repair_operators, repair_statements
from .repair_text import Change, units_of, values_of

_SUSPICION_WEIGHT = 2.5
"""What a line that nothing speaks against costs more than the most suspicious one."""
_SHARE_OF_VALUES = 0.5
_ALIKE = frozenset({"compare-swap", "arithmetic-swap", "constant", "text-constant", "variable-swap", "function-swap", "off-by-one", "place", "operand-swap", "attribute-swap"})
"""Changes that are made in all equal places at once, too: who errs by habit does so twice."""
_STATEMENTS_LESS = 60


class UnitOffers(repair_operators.Offers):
    """The changes of one unit, and the material that they are made of."""

    def __init__(self, code, unit, others):
        super().__init__(code, unit)
        self.functions = [other.node.name for other in others if other.owner is None and len(other.parameters) == 1][:6] + unit.inner_functions[:4]
        self._predicates, self._small = {}, {}

    def predicates_for(self, node):
        """Conditions that the function knows already, and common ones about what is visible."""
        names = tuple(self.unit.visible(node))
        if names not in self._predicates:
            found = [*self.unit.predicates]
            for name in names:
                found += [f"{function}({name})" for function in self.functions]
                found += [f"{name} > 0", f"{name} < 0", f"{name} == 0", f"{name} != 0", f"{name} % 2 == 0", f"{name} % 2 != 0", f"{name} > 1", f"{name} == 1", f"{name} < 2", f"not {name}", name, f"len({name}) > 1", f"len({name}) == 0", f"len({name}) == 1", f"{name} is None"]
            found += [f"{first} {sign} {second}" for first in names for second in names if first != second for sign in ("==", "<", "!=", "<=", "in", "not in")]
            found += [f"isinstance({name}, {kind})" for name in names for kind in ("int", "str", "float", "list")]
            self._predicates[names] = list(dict.fromkeys(found))[:180]
        return self._predicates[names]

    def small_statements(self, node):
        """Statements that might be missing: those of the function again, also about another variable, and short common ones."""
        names = tuple(self.unit.visible(node))
        if names not in self._small:
            self._small[names] = list(dict.fromkeys(self._statements(names)))[:_STATEMENTS_LESS]
        return self._small[names]

    def _statements(self, names):
        simple = [one for one in self.unit.nodes if isinstance(one, (ast.Assign, ast.AugAssign, ast.Expr)) and one.lineno == one.end_lineno and not repair_statements._is_docstring(one)]
        known = [self.code.text(one) for one in simple]
        yield from known
        in_loop = [self.code.text(one) for one in self.unit.nodes if isinstance(one, (ast.Break, ast.Continue))]
        yield from in_loop
        for statement, text in zip(simple, known):
            target = getattr(statement, "target", None) or (statement.targets[0] if isinstance(statement, ast.Assign) else getattr(getattr(statement.value, "func", None), "value", None))
            if isinstance(target, ast.Name) and text.startswith(target.id):
                yield from (name + text[len(target.id) :] for name in names if name != target.id)
            yield from self._again(statement, text)
        for one in self.unit.nodes:
            if isinstance(one, ast.Subscript) and isinstance(one.slice, ast.Slice) and isinstance(one.value, ast.Name):
                text = self.code.text(one)
                yield from (f"{text} = sorted({text})", f"{text} = {text}[::-1]")
        for name in names:
            yield from (f"{name} = sorted({name})", f"{name} += 1", f"{name} -= 1", f"{name} = abs({name})", f"{name} = {name}[::-1]")

    def _again(self, statement, text):
        """What is appended in a loop, once more behind it: the last item, the rest."""
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and len(call.args) == 1:
            holder = self.code.text(call.func)
            for name in self.unit.names:
                yield f"{holder}({name})"
                yield f"{holder}({name}[-1])"
        del text

    def guards(self, node):
        """Early results, and turns that are passed over."""
        results = [self.code.text(one) for one in self.unit.nodes if isinstance(one, ast.Return)]
        is_start = node in self.unit.node.body[:2]
        values = list(dict.fromkeys([*results, *(f"return {value}" for value in ("0", "1", "-1", "None", "True", "False", "[]", "''"))])) if is_start else results
        place = self.code.parents.get(node)
        while place is not None and place is not self.unit.node and not isinstance(place, (ast.For, ast.While)):
            place = self.code.parents.get(place)
        turns = ["continue", "break"] if isinstance(place, (ast.For, ast.While)) else []
        predicates = self.predicates_for(node)[:40]
        return [(predicate, result) for predicate in predicates for result in (*turns, *values[:10])]


def changes_of(code, suspicion):
    """Every change of the source, in the order in which they are tried; `suspicion` is by line, and without any every line is alike."""
    found = []
    units = units_of(code)
    for unit in units:
        if any(unit.first <= line <= unit.last for line in suspicion) or not suspicion:
            found += _changes_of_unit(code, unit, units, suspicion)
    found += _changes_of_values(code, suspicion)
    unique = {}
    most = max(suspicion.values(), default=0.0)
    for change in found:
        doubt = suspicion.get(change.line, most * change.share) / most if most else 1.0
        change.cost += _SUSPICION_WEIGHT * (1.0 - doubt)
        key = tuple(sorted(change.edits))
        if key not in unique or unique[key].cost > change.cost:
            unique[key] = change
    return sorted(unique.values(), key=lambda change: (change.cost, change.line, len(change.edits[0][2])))


def _changes_of_values(code, suspicion):
    """Changes of what stands outside of functions: half as suspicious as the worst line, for nothing tells who uses it."""
    values = values_of(code)
    if values is None:
        return []
    offers = UnitOffers(code, values, [])
    for node in values.nodes:
        if isinstance(node, ast.expr):
            repair_operators.offer_for_expression(offers, node)
            if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
                repair_calls.offer_for_display(offers, node)
    for change in offers.found:
        change.share = _SHARE_OF_VALUES
    return offers.found


def _offer_for_defaults(offers, unit):
    """Of a function that runs; its head does not."""
    known = len(offers.found)
    for default in unit.defaults:
        for node in ast.walk(default):
            if isinstance(node, ast.expr):
                repair_operators.offer_for_expression(offers, node)
    for change in offers.found[known:]:
        change.share = _SHARE_OF_VALUES


def _changes_of_unit(code, unit, units, suspicion):
    offers = UnitOffers(code, unit, units)

    def is_meant(node):
        return not suspicion or any(suspicion.get(line, 0.0) > 0 for line in range(node.lineno, (node.end_lineno or node.lineno) + 1))

    for node in unit.nodes:
        if isinstance(node, ast.expr) and is_meant(node):
            repair_operators.offer_for_expression(offers, node)
            repair_calls.offer_around(offers, node)
            if isinstance(node, ast.Call):
                repair_calls.offer_for_call(offers, node)
            elif isinstance(node, ast.Subscript):
                repair_calls.offer_for_subscript(offers, node)
            elif isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)):
                repair_calls.offer_for_filter(offers, node)
                repair_calls.offer_without_filter(offers, node)
            elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
                repair_calls.offer_for_display(offers, node)
            _donors(offers, node)
    for node in repair_calls.conditions_in(code, unit):
        if is_meant(node):
            repair_calls.offer_for_condition(offers, node)
    for node in (unit.node, *unit.nodes):
        if isinstance(node, ast.stmt) and node is not unit.node and is_meant(node):
            repair_statements.offer_for_statement(offers, node)
        for name in ("body", "orelse", "finalbody"):
            statements = getattr(node, name, None)
            if isinstance(statements, list) and statements and isinstance(statements[0], ast.stmt):
                if not suspicion or any(is_meant(statement) for statement in statements):
                    repair_statements.offer_for_body(offers, node, statements)
    repair_statements.offer_swaps_of_results(offers, unit)
    _offer_for_defaults(offers, unit)
    return [*offers.found, *_everywhere(offers.found, code)]


def _donors(offers, node):
    """Another expression of the function in its place."""
    if isinstance(node, (ast.Name, ast.Call, ast.Subscript, ast.BinOp, ast.Attribute)) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        parent = offers.code.parents.get(node)
        if isinstance(parent, (ast.Attribute,)) or (isinstance(parent, ast.Call) and parent.func is node):
            return
        for text in offers.unit.expressions:
            offers.put(node, text, "donor", 3.0)


def _everywhere(changes, code):
    """The same replacement in all equal places of the unit."""
    groups = {}
    for change in changes:
        if change.operator in _ALIKE and len(change.edits) == 1:
            start, end, text = change.edits[0]
            groups.setdefault((code.source[start:end], text, change.operator), []).append(change)
    for (_, _, operator), group in groups.items():
        if 1 < len(group) <= 12:
            edits = sorted(edit for change in group for edit in change.edits)
            if all(first[1] <= second[0] for first, second in zip(edits, edits[1:])):
                first = min(group, key=lambda change: change.cost)
                yield Change(edits, operator, first.cost + 0.7, first.line, f"{first.description} (in {len(edits)} places)")
