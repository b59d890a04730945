"""Small changes of literals.

| what           | becomes                                                                         |
|----------------|---------------------------------------------------------------------------------|
| number         | one more, one less, 0, 1, 2, 10, negated, another of the source                  |
| text, boolean  | another of the source, shorter, in the other case; the opposite                  |
| list           | without one of its items, another empty value; two items exchanged               |
"""

from collections.abc import Iterator

from worker.languages.javascript_repair_stock import Stock
from worker.languages.javascript_repair_tree import Change, Place
from worker.languages.javascript_syntax import text_of

_MOST_ITEMS = 12


def literal_changes(place: Place, stock: Stock) -> Iterator[Change]:
    """Yield the changes of a literal."""
    visit = _VISITS.get(place.node.type)
    if visit is not None:
        yield from visit(place, stock)


def _number(place: Place, stock: Stock) -> Iterator[Change]:
    text = text_of(place.node)
    if place.is_field("key"):
        return
    told: dict[str, float] = {}
    for near, cost in _near_numbers(text):
        told.setdefault(near, cost)
    for at, other in enumerate(stock.numbers):
        told.setdefault(other, 2.2 + 0.05 * at)
    is_step = place.parent_type == "augmented_assignment_expression"
    for other, cost in told.items():
        if other.startswith("-") and is_step:
            continue  # the other assignment says the same
        if other != text:
            yield place.replaced(place.fitted(other, is_loose=other.startswith("-")), "constant", cost)


def _near_numbers(text: str) -> Iterator[tuple[str, float]]:
    if text.isdecimal() and (text == "0" or text[0] != "0"):
        value = int(text)
        yield str(value + 1), 1.4
        yield str(value - 1), 1.4
    else:
        yield from _near_fractions(text)
        return
    yield "0", 1.6
    yield "1", 1.6
    yield "2", 1.9
    yield "10", 2.5
    if value:
        yield f"-{value}", 2.0
        yield str(value * 2), 2.6
        yield str(value * 10), 2.6
        yield f"{value}.5", 2.9
    yield str(value + 2), 2.4
    yield str(value - 2), 2.6


def _near_fractions(text: str) -> Iterator[tuple[str, float]]:
    """Of 0.5: 2, 1.5, -0.5, 1, 0; what is no plain decimal is left alone."""
    whole, dot, part = text.partition(".")
    if not dot or not whole.isdecimal() or not part.isdecimal() or len(text) > 8:
        return
    value = float(text)
    for near, cost in (
        (value + 1, 2.0),
        (value - 1, 2.2),
        (value * 2, 2.2),
        (value / 2, 2.2),
        (1 / value if value else 0, 2.0),
    ):
        yield f"{near:g}", cost
    yield "0", 2.2
    yield "1", 2.2


def _sequence(place: Place, _: Stock) -> Iterator[Change]:
    items = [text_of(one) for one in place.node.named_children if one.type != "comment"]
    if len(items) == 2:
        yield place.replaced(f"{items[1]}, {items[0]}", "operand-swap", 1.8)


def _boolean(place: Place, _: Stock) -> Iterator[Change]:
    yield place.replaced("false" if place.node.type == "true" else "true", "boolean-flip", 1.0)


def _string(place: Place, stock: Stock) -> Iterator[Change]:
    if place.parent_type in {
        "expression_statement",
        "import_statement",
        "export_statement",
    } or place.is_field("key"):
        return
    text = text_of(place.node)
    quote, inside = text[:1], text[1:-1]
    if len(inside) > 24 or "\\" in inside:
        return
    for at, other in enumerate(stock.strings):
        if other != text:
            yield place.replaced(other, "constant", 2.0 + 0.03 * at)
    others = {
        "": 2.2,
        " ": 2.3,
        inside.lower(): 2.2,
        inside.upper(): 2.2,
        inside.strip(): 2.2,
        f"{inside} ": 2.6,
    }
    if len(inside) > 1:
        others |= {inside[1:]: 2.4, inside[:-1]: 2.4, inside[::-1]: 2.8}
    for other, cost in others.items():
        if other != inside:
            yield place.replaced(f"{quote}{other}{quote}", "constant", cost)


def _nothing(place: Place, _: Stock) -> Iterator[Change]:
    for other, cost in (
        ("null", 2.0),
        ("undefined", 2.0),
        ("0", 2.4),
        ("''", 2.4),
        ("[]", 2.4),
        ("false", 2.2),
        ("-1", 2.6),
    ):
        if other != place.node.type:
            yield place.replaced(other, "constant", cost)


def _array(place: Place, _: Stock) -> Iterator[Change]:
    if place.node.named_child_count == 0:
        for other in ("{}", "''", "[[]]", "[0]", "0", "null"):
            yield place.replaced(other, "constant", 2.8)
        return
    items = [text_of(one) for one in place.node.named_children if one.type != "comment"]
    if 2 < len(items) <= _MOST_ITEMS:
        for at in range(len(items)):
            yield place.replaced(f"[{', '.join([*items[:at], *items[at + 1 :]])}]", "operand-drop", 2.6)
    first, last = place.node.named_children[0], place.node.named_children[-1]
    if place.node.named_child_count == 2:
        yield place.replaced(f"[{text_of(last)}, {text_of(first)}]", "operand-swap", 2.4)


_VISITS = {
    "number": _number, "true": _boolean, "false": _boolean, "string": _string, "null": _nothing, "undefined": _nothing, "array": _array,
    "sequence_expression": _sequence,
}  # fmt: skip
