"""Small changes of values: variables, calls, properties, and expressions borrowed from elsewhere in the source.

| what               | becomes                                                                              |
|--------------------|--------------------------------------------------------------------------------------|
| a variable         | another one in reach, one more, one less, a copy of a list                            |
| a call             | its sibling (`push`/`unshift`, `floor`/`ceil`), its argument or object alone, arguments exchanged, dropped, added |
| a value            | within `Math.abs`, `Number`…; with `.sort()`, `.reverse()`… behind it                 |
| an expression      | one more, one less; another expression of the source                                 |
| a condition        | its opposite, always or never, with another condition of the source before or behind |
| a property         | another one; with `?.` before it                                                     |
"""

from collections.abc import Iterator

from worker.languages.javascript_repair_calls import call_changes
from worker.languages.javascript_repair_stock import Stock
from worker.languages.javascript_repair_tree import (
    EXPRESSIONS,
    SHORT,
    Change,
    Place,
    is_condition,
    is_function,
)
from worker.languages.javascript_syntax import text_of

_FAMILIES = (
    ("push", "unshift"), ("pop", "shift"), ("startsWith", "endsWith", "includes"), ("some", "every"), ("min", "max"),
    ("floor", "ceil", "round", "trunc"), ("indexOf", "lastIndexOf"), ("toUpperCase", "toLowerCase"), ("padStart", "padEnd"),
    ("keys", "values", "entries"), ("trimStart", "trimEnd", "trim"), ("slice", "splice", "substring"), ("map", "filter", "forEach", "flatMap"),
    ("add", "delete", "has"), ("get", "has"), ("set", "get"), ("find", "filter", "findLast"), ("findIndex", "findLastIndex", "find"),
    ("replace", "replaceAll"), ("charAt", "charCodeAt"), ("reduce", "reduceRight"), ("concat", "push"), ("isInteger", "isFinite", "isNaN"),
    ("sqrt", "cbrt", "abs"), ("pow", "sqrt"), ("toString", "toFixed"), ("match", "test"), ("sort", "reverse"), ("all", "allSettled", "race"),
    ("then", "catch", "finally"), ("parseInt", "parseFloat", "Number"), ("getDate", "getDay"), ("resolve", "reject"),
)  # fmt: skip
_WRAPPERS = (
    ("Math.abs", 3.0),
    ("Math.floor", 3.0),
    ("Math.ceil", 3.1),
    ("Math.round", 3.1),
    ("Number", 3.2),
    ("String", 3.2),
    ("Math.sqrt", 3.6),
)
_CHAINS = (
    (".sort((a, b) => a - b)", 3.2), (".sort()", 3.2), (".reverse()", 3.2), (".trim()", 3.3), (".toLowerCase()", 3.3), (".toUpperCase()", 3.4),
    (".length", 3.3), (".toString()", 3.5), (".slice()", 3.3), (".slice(1)", 3.4), (".slice(0, -1)", 3.6), (".flat()", 3.6), (".join('')", 3.5), (".split('')", 3.6),
    (".map(Number)", 3.6), (".filter(Boolean)", 3.6),
)  # fmt: skip
_WRAPPED = frozenset(
    {"binary_expression", "call_expression", "identifier", "subscript_expression", "member_expression"}
)
_LISTED = frozenset({"call_expression", "identifier", "member_expression", "array"})
_WRITTEN = frozenset(
    {
        "rest_pattern",
        "array_pattern",
        "object_pattern",
        "formal_parameters",
        "import_specifier",
        "export_specifier",
        "namespace_import",
        "import_clause",
    }
)
_NAMED = frozenset(
    {
        "variable_declarator",
        "function_declaration",
        "class_declaration",
        "generator_function_declaration",
        "function_expression",
        "method_definition",
    }
)


def value_changes(place: Place, stock: Stock) -> Iterator[Change]:
    """Yield the changes of a value."""
    node = place.node
    if node.type == "identifier" and _is_value(place):
        yield from _variable(place, stock)
    elif node.type == "call_expression":
        yield from call_changes(place, stock)
    elif node.type == "member_expression":
        yield from _member(place, stock)
    elif node.type == "ternary_expression":
        yield from _ternary(place)
    elif node.type == "subscript_expression":
        yield from _beside(place, 2.6)
    elif node.type == "binary_expression" and not is_condition(node):
        yield from _beside(place, 1.9 if _is_bound(place) else 2.5)
    if node.type in EXPRESSIONS and _is_borrowable(place):
        yield from _wrapped(place)
        yield from _borrowed(place, stock)


def _is_value(place: Place) -> bool:
    """Tell a name that is read or written from one that is declared."""
    if place.parent_type in _WRITTEN or (place.parent_type in _NAMED and place.is_field("name")):
        return False
    is_parameter = place.parent is not None and is_function(place.parent) and not place.is_field("body")
    return not is_parameter and not (place.parent_type == "assignment_pattern" and place.is_field("left"))


def _is_written(place: Place) -> bool:
    is_left = place.is_field("left") and place.parent_type in {
        "assignment_expression",
        "augmented_assignment_expression",
        "for_in_statement",
    }
    return is_left or place.parent_type == "update_expression"


def _variable(place: Place, stock: Stock) -> Iterator[Change]:
    name = text_of(place.node)
    if place.is_field("function"):
        yield from _called(place, name, stock)
        return
    is_written = _is_written(place)
    for at, other in enumerate(stock.names_at(place)):
        if other != name:
            yield place.replaced(other, "variable-swap", (2.4 if is_written else 1.9) + 0.04 * at)
    if not is_written:
        yield from _read(place, name, stock)


def _read(place: Place, name: str, stock: Stock) -> Iterator[Change]:
    if not place.is_field("object"):
        yield from _beside(place, 1.8 if _is_bound(place) else 2.6)
        for constant, cost in (("0", 3.0), ("1", 3.0), (f"-{name}", 2.6), (f"!{name}", 2.4)):
            yield place.replaced(place.fitted(constant, is_loose=constant[0] in "-!"), "constant", cost)
    for owner in stock.indexed:
        for index in stock.indices:
            if index != name:
                yield place.replaced(f"{owner}[{index}]", "index", 3.0)
    if name in stock.names_at(place):
        yield place.replaced(f"[...{name}]", "copy", 3.0)


def _called(place: Place, name: str, stock: Stock) -> Iterator[Change]:
    for at, other in enumerate(stock.functions):
        if other != name:
            yield place.replaced(other, "variable-swap", 2.4 + 0.04 * at)
    for family in _FAMILIES:
        if name in family:
            yield from (place.replaced(one, "function-swap", 1.8) for one in family if one != name)


def _is_bound(place: Place) -> bool:
    """Tell whether one more or one less is a likely slip here: an index, a limit, a start, a length."""
    if place.parent_type in {"subscript_expression", "arguments", "variable_declarator", "return_statement"}:
        return True
    return (
        place.parent is not None and place.parent.type == "binary_expression" and is_condition(place.parent)
    )


def _beside(place: Place, cost: float) -> Iterator[Change]:
    if _is_written(place) or place.parent_type in {"update_expression", "expression_statement"}:
        return
    text = text_of(place.node)
    if len(text) <= SHORT:
        is_tight = place.parent_type == "binary_expression" and not is_condition(place.parent or place.node)
        for sign in "+-":
            changed = f"{text} {sign} 1"
            yield place.replaced(
                f"({changed})" if is_tight or place.is_field("object") else changed, "off-by-one", cost
            )


def _member(place: Place, stock: Stock) -> Iterator[Change]:
    name = place.node.child_by_field_name("property")
    owner = place.node.child_by_field_name("object")
    if name is None or owner is None:
        return
    text, start, end = text_of(name), name.start_byte, name.end_byte
    for family in _FAMILIES:
        others = [one for one in family if one != text] if text in family else []
        for at, other in enumerate(others):
            yield Change(start, end, other, "method-swap", 1.3 + 0.2 * at)
    if place.is_field("function"):
        return
    yield from _beside(place, 1.7 if _is_bound(place) else 2.5)
    for at, other in enumerate(stock.properties):
        yield Change(start, end, other, "property-swap", 2.6 + 0.1 * at)
    if not _is_written(place):
        yield place.replaced(place.fitted(owner), "call-unwrap", 3.0)
        if place.node.child_by_field_name("optional_chain") is None:
            yield place.replaced(f"{text_of(owner)}?.{text}", "guard", 3.0)


def _ternary(place: Place) -> Iterator[Change]:
    one, two = place.node.child_by_field_name("consequence"), place.node.child_by_field_name("alternative")
    condition = place.node.child_by_field_name("condition")
    if one is not None and two is not None:
        yield place.replaced(place.fitted(one), "operand-drop", 2.2)
        yield place.replaced(place.fitted(two), "operand-drop", 2.2)
        changed = f"{text_of(condition)} ? {text_of(two)} : {text_of(one)}"
        yield place.replaced(place.fitted(changed, is_loose=True), "operand-swap", 1.6)


def _is_borrowable(place: Place) -> bool:
    """Tell an expression that stands for a value: none that is written to, named, called or an element of a pattern."""
    if place.node.type == "identifier" and not _is_value(place):
        return False
    outside = {
        "expression_statement",
        "import_statement",
        "export_statement",
        "array_pattern",
        "update_expression",
        "object_pattern",
    }
    is_named = (
        place.is_field("function")
        or place.is_field("key")
        or place.is_field("property")
        or place.is_field("constructor")
    )
    is_short = place.node.end_byte - place.node.start_byte <= SHORT
    return is_short and place.parent_type not in outside and not is_named and not _is_written(place)


def _wrapped(place: Place) -> Iterator[Change]:
    text, kind = text_of(place.node), place.node.type
    if kind in _WRAPPED and not is_condition(place.node):
        rarely = 0.8 if kind == "identifier" else 0.0
        for name, cost in _WRAPPERS:
            yield place.replaced(f"{name}({text})", "wrap", cost + rarely)
    if kind in _LISTED and not place.is_field("object"):
        for chain, cost in _CHAINS:
            yield place.replaced(f"{text}{chain}", "chain", cost)
    if kind == "call_expression" and any(
        text_of(one.children[0]) == "async" for one in place.above if is_function(one) and one.children
    ):
        yield place.replaced(place.fitted(f"await {text}", is_loose=True), "await", 2.0)


def _borrowed(place: Place, stock: Stock) -> Iterator[Change]:
    text, kind = text_of(place.node), place.node.type
    if kind == "parenthesized_expression" or place.is_field("object"):
        return
    for donor in stock.expressions:
        other = text_of(donor)
        if other == text or is_condition(donor) != is_condition(place.node):
            continue
        is_within = text in other or other in text
        cost = 3.4 if donor.type == kind else 4.0
        yield place.replaced(place.fitted(donor), "donor", cost - (0.3 if is_within else 0.0))
    if kind in {
        "number",
        "string",
        "subscript_expression",
        "call_expression",
        "member_expression",
        "binary_expression",
    } and not is_condition(place.node):
        for at, name in enumerate(stock.names_at(place)):
            yield place.replaced(name, "donor", (2.6 if kind == "number" else 3.0) + 0.05 * at)
