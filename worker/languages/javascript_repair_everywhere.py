"""Changes of several places that are one slip of thought: a literal wrong everywhere, a chain joined by the wrong word, two values exchanged."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from tree_sitter import Node

from worker.languages.javascript_repair_stock import Stock
from worker.languages.javascript_repair_tree import Change, Place, is_function
from worker.languages.javascript_syntax import text_of, walk

_LITERALS = frozenset({"string", "number", "true", "false", "regex"})
_LONGEST = 1_500
_MOST_PAIRS = 120
_NEAR_NUMBERS = (1, -1)


def everywhere_changes(place: Place, stock: Stock, source: bytes) -> Iterator[Change]:
    """Yield the changes of a function, of a chain of conditions or of a sum of three."""
    node = place.node
    if is_function(node) and not any(is_function(one) for one in place.above):
        body = node.child_by_field_name("body")
        if body is not None and body.end_byte - body.start_byte <= _LONGEST:
            literals = [one for one in walk(body) if one.type in _LITERALS]
            yield from _exchanged(literals, source)
            yield from _repeated(literals, stock, source)
    elif node.type == "binary_expression":
        yield from _chain(place)
        yield from _turned(place)


def _exchanged(literals: Sequence[Node], source: bytes) -> Iterator[Change]:
    """Put two literals of a kind in each other's place."""
    pairs = [
        (one, two)
        for one, two in combinations(literals, 2)
        if text_of(one) != text_of(two)
        and (one.type == two.type or {one.type, two.type} == {"true", "false"})
    ]
    for one, two in pairs[:_MOST_PAIRS]:
        yield _rewritten(
            source,
            {one.start_byte: (one, text_of(two)), two.start_byte: (two, text_of(one))},
            "exchange",
            2.9,
        )


def _repeated(literals: Sequence[Node], stock: Stock, source: bytes) -> Iterator[Change]:
    """Put another literal wherever one stands that is there more than once."""
    by_text: dict[str, list[Node]] = {}
    for one in literals:
        by_text.setdefault(text_of(one), []).append(one)
    for text, places in by_text.items():
        if len(places) < 2:
            continue
        for other in _others(text, places[0].type, stock):
            changed = {one.start_byte: (one, other) for one in places}
            yield _rewritten(source, changed, "constant-everywhere", 2.7)


def _others(text: str, kind: str, stock: Stock) -> Sequence[str]:
    if kind == "number" and text.isdecimal():
        return [str(int(text) + step) for step in _NEAR_NUMBERS]
    if kind == "string":
        known = [one for one in stock.strings if one != text][:6]
        return [*known, *(one for one in ("''", "' '") if one != text)]
    return []


def _rewritten(source: bytes, changed: dict[int, tuple[Node, str]], operator: str, cost: float) -> Change:
    """Write the stretch from the first change to the last."""
    ordered = [changed[at] for at in sorted(changed)]
    start, end = ordered[0][0].start_byte, ordered[-1][0].end_byte
    pieces, last = [], start
    for node, text in ordered:
        pieces += [source[last : node.start_byte].decode(), text]
        last = node.end_byte
    return Change(start, end, "".join(pieces), operator, cost)


def _chain(place: Place) -> Iterator[Change]:
    """Join a whole chain of conditions by the other word."""
    sign = text_of(place.node.child_by_field_name("operator"))
    if sign not in {"&&", "||"} or place.parent_type == "binary_expression":
        return
    operators = []
    waiting = [place.node]
    while waiting:
        node = waiting.pop()
        operator = node.child_by_field_name("operator")
        if node.type == "binary_expression" and operator is not None and text_of(operator) == sign:
            operators.append(operator)
            waiting += [one for one in node.named_children if one.type != "comment"]
    if len(operators) > 1:
        other = "||" if sign == "&&" else "&&"
        data = place.node.text or b""
        first = place.node.start_byte
        for operator in sorted(operators, key=lambda one: -one.start_byte):
            at = operator.start_byte - first
            data = data[:at] + other.encode() + data[at + len(sign) :]
        yield place.replaced(data.decode(), "logic-swap", 1.8)


def _turned(place: Place) -> Iterator[Change]:
    """Of `a - b / c` make `a / c - b`."""
    left, right = place.node.child_by_field_name("left"), place.node.child_by_field_name("right")
    first = text_of(place.node.child_by_field_name("operator"))
    if left is None or right is None or right.type != "binary_expression" or first not in {"+", "-"}:
        return
    second = text_of(right.child_by_field_name("operator"))
    one, two = right.child_by_field_name("left"), right.child_by_field_name("right")
    if second in {"*", "/", "%"}:
        yield place.replaced(
            f"{text_of(left)} {second} {text_of(two)} {first} {text_of(one)}", "regroup", 3.0
        )
