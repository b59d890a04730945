"""Points: the lines and branches of a source, and a copy of the source that reports them while it runs.

A branch is an arm: of `if` (the missing `else` too), `?:`, `&&`/`||`/`??` (the right side), a `case`, a loop's body, a `catch`.
The instrumented copy calls `__ddf.s(id)` at each point, which also counts steps, so that an endless loop ends by a count that is the
same on every machine; comparisons pass their two sides through `__ddf.l` and `__ddf.r`, which tells exploration what is compared with what.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from tree_sitter import Node

from worker.languages.javascript_syntax import parse, text_of, walk

_LOOPS = frozenset({"for_statement", "for_in_statement", "while_statement", "do_statement"})
_LOGICAL = frozenset({"&&", "||", "??"})
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "===", "!=", "!=="})
_COMPARED = frozenset(
    {"identifier", "member_expression", "call_expression", "binary_expression", "subscript_expression"}
)
_CONTAINERS = frozenset({"program", "statement_block", "switch_case", "switch_default", "class_static_block"})
_UNCOUNTED = frozenset(
    {
        "empty_statement",
        "statement_block",
        "function_declaration",
        "generator_function_declaration",
        "import_statement",
    }
)
_STATEMENTS = ("_statement", "lexical_declaration", "variable_declaration", "class_declaration")


@dataclass(frozen=True, kw_only=True)
class Point:
    """A place that execution passes or not."""

    line: int
    """1-based."""
    branch: str
    """Key of a branch, stable between runs; empty for a line."""
    offset: int
    """Byte offset where execution is counted."""
    outer: int = -1
    """For a missing `else`: byte offset of its `if`; the arm was taken where that ran more often than `offset`."""

    @property
    def origin(self) -> int:
        """Line where the decision of a branch stands; its own for a line."""
        return int(self.branch.partition(":")[0]) if self.branch else self.line


@dataclass(frozen=True, kw_only=True)
class Points:
    """All points of a source, and the source that reports them."""

    points: tuple[Point, ...]
    """The id of a point is its position."""
    instrumented: str
    """The reporting source, on the same lines."""
    throws: tuple[int, ...]
    """Ids of the lines that throw on purpose."""
    shifts: tuple[tuple[int, int], ...] = ()
    """Byte offsets in the source where something is inserted, and how many bytes lie before what follows."""

    def edited(self, start: int, end: int, replacement: str) -> str | None:
        """Return the reporting source of an edited source without parsing it; None where something is inserted within the edit."""
        at = bisect_right(self.shifts, (start, 1 << 62))
        if at < len(self.shifts) and self.shifts[at][0] < end:
            return None
        shift = self.shifts[at - 1][1] if at else 0
        text = self.instrumented.encode()
        return (text[: start + shift] + replacement.encode() + text[end + shift :]).decode()

    @property
    def lines(self) -> frozenset[int]:
        """Executable lines."""
        return frozenset(point.line for point in self.points if not point.branch)

    @property
    def branches(self) -> frozenset[str]:
        """Keys of all branches."""
        return frozenset(point.branch for point in self.points if point.branch)

    def lines_in(self, ids: Sequence[int]) -> frozenset[int]:
        """Lines among the points passed."""
        return frozenset(self.points[one].line for one in ids if not self.points[one].branch)

    def branches_in(self, ids: Sequence[int]) -> frozenset[str]:
        """Branches among the points passed."""
        return frozenset(self.points[one].branch for one in ids if self.points[one].branch)


@dataclass
class _Collector:
    """Points and insertions, gathered in one walk."""

    points: list[Point] = field(default_factory=list)
    """Found so far."""
    throws: list[int] = field(default_factory=list)
    """Ids of `throw` statements."""
    comparisons: int = 0
    """Seen so far."""
    insertions: list[tuple[int, int, int, str]] = field(default_factory=list)
    """(offset, 0 closes or 1 opens, order, text): closes come first, inner before outer; opens outer before inner."""

    def line(self, node: Node) -> str:
        """Note a line; return the call that reports it."""
        self.points.append(Point(line=node.start_point.row + 1, branch="", offset=node.start_byte))
        if node.type == "throw_statement":
            self.throws.append(len(self.points) - 1)
        return f"__ddf.s({len(self.points) - 1})"

    def branch(self, node: Node, arm: str, *, owner: Node, outer: int = -1) -> str:
        """Note a branch; return the call that reports it."""
        where = owner.start_point
        key = f"{where.row + 1}:{where.column}:{arm}"
        if owner.type == "binary_expression":
            end = owner.end_point
            key = f"{where.row + 1}:{where.column}-{end.row + 1}:{end.column}:{arm}"
        line = node.start_point.row + 1
        self.points.append(Point(line=line, branch=key, offset=node.start_byte, outer=outer))
        return f"__ddf.s({len(self.points) - 1})"

    def open(self, offset: int, text: str) -> None:
        """Insert before what starts here."""
        self.insertions.append((offset, 1, len(self.insertions), text))

    def close(self, offset: int, text: str) -> None:
        """Insert after what ends here."""
        self.insertions.append((offset, 0, -len(self.insertions), text))

    def wrap(self, node: Node, before: str, after: str) -> None:
        """Insert around a node."""
        self.open(node.start_byte, before)
        self.close(node.end_byte, after)

    def arm(self, body: Node, call: str) -> None:
        """Report at the start of a body, be it a block or a bare statement."""
        if body.type == "statement_block":
            self.open(body.start_byte + 1, f"{call};")
        else:
            self.wrap(body, f"{{{call};", "}")
            if _is_counted(body):
                self.open(body.start_byte, f"{self.line(body)};")


def find_points(source: str) -> Points:
    """Find the points and write the reporting source."""
    found = _Collector()
    for node in walk(parse(source)):
        _visit(node, found)
    pieces, last, text = [], 0, source.encode()
    shifts, shift = [], 0
    for offset, _, _, insertion in sorted(found.insertions):
        pieces += [text[last:offset], insertion.encode()]
        last = offset
        shift += len(insertion.encode())
        shifts.append((offset, shift))
    return Points(
        points=tuple(found.points),
        instrumented=b"".join([*pieces, text[last:]]).decode(),
        throws=tuple(found.throws),
        shifts=tuple(shifts),
    )


def _visit(node: Node, found: _Collector) -> None:
    parent = node.parent
    if (
        parent is not None
        and parent.type in _CONTAINERS
        and _is_counted(node)
        and not _is_label_of(node, parent)
    ):
        call = found.line(node)
        found.open(node.start_byte, f"{call};")
    visit = {
        "if_statement": _visit_if,
        "ternary_expression": _visit_ternary,
        "binary_expression": _visit_binary,
        "switch_case": _visit_case,
        "switch_default": _visit_case,
        "switch_statement": _visit_switch,
        "catch_clause": _visit_catch,
        "arrow_function": _visit_arrow,
    }.get(node.type, _visit_loop if node.type in _LOOPS else None)
    if visit is not None and node.is_named and not node.has_error:
        visit(node, found)


def _is_label_of(node: Node, parent: Node) -> bool:
    """Tell whether a node is what a `case` compares with rather than a statement of it."""
    return parent.type == "switch_case" and node == parent.child_by_field_name("value")


def _is_counted(node: Node) -> bool:
    if node.type in _UNCOUNTED or not node.is_named or node.type == "else_clause":
        return False
    if node.type == "export_statement":
        declaration = node.child_by_field_name("declaration")
        return declaration is not None and declaration.type in {"lexical_declaration", "class_declaration"}
    is_directive = (
        node.type == "expression_statement"
        and node.named_child_count == 1
        and node.named_children[0].type == "string"
    )
    return node.type.endswith(_STATEMENTS) and not is_directive


def _visit_if(node: Node, found: _Collector) -> None:
    consequence = node.child_by_field_name("consequence")
    alternative = node.child_by_field_name("alternative")
    if consequence is None:
        return
    if alternative is None:
        call = found.branch(consequence, "else", owner=node, outer=node.start_byte)
        found.close(node.end_byte, f" else {{{call}}}")
    else:
        found.arm(
            alternative.named_children[-1], found.branch(alternative.named_children[-1], "else", owner=node)
        )
    found.arm(consequence, found.branch(consequence, "then", owner=node))


def _visit_ternary(node: Node, found: _Collector) -> None:
    for field_name in ("consequence", "alternative"):
        arm = node.child_by_field_name(field_name)
        if arm is not None:
            end = node.end_point
            call = found.branch(arm, f"{field_name}-{end.row + 1}:{end.column}", owner=node)
            found.wrap(arm, f"({call},", ")")


def _visit_binary(node: Node, found: _Collector) -> None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = text_of(node.child_by_field_name("operator"))
    if left is None or right is None:
        return
    if operator in _LOGICAL:
        found.wrap(right, f"({found.branch(right, operator, owner=node)},", ")")
    elif operator in _COMPARISONS and _is_telling(left, right):
        found.comparisons += 1
        found.wrap(left, "__ddf.l(", ")")
        found.wrap(right, "__ddf.r(", f",{found.comparisons})")


def _is_telling(left: Node, right: Node) -> bool:
    """Tell whether a comparison is about values, rather than about a type or between two literals."""
    if any(text_of(side).startswith("typeof") for side in (left, right)):
        return False
    return left.type in _COMPARED or right.type in _COMPARED


def _visit_case(node: Node, found: _Collector) -> None:
    colon = next((child for child in node.children if child.type == ":"), None)
    if colon is None:
        return
    label = node.child_by_field_name("value")
    if label is not None:
        found.comparisons += 1
        found.wrap(label, "__ddf.r(", f",{found.comparisons})")
    following = colon.next_named_sibling
    where = following if following is not None and following.type != "comment" else colon
    call = found.branch(where, "case", owner=node)
    found.open(colon.end_byte, f"{call};")


def _visit_switch(node: Node, found: _Collector) -> None:
    value = node.child_by_field_name("value")
    inner = value.named_children[0] if value is not None and value.named_children else None
    if inner is not None and inner.type in _COMPARED:
        found.wrap(inner, "__ddf.l(", ")")


def _visit_catch(node: Node, found: _Collector) -> None:
    body = node.child_by_field_name("body")
    if body is not None:
        found.arm(body, found.branch(body, "catch", owner=node))


def _visit_arrow(node: Node, found: _Collector) -> None:
    body = node.child_by_field_name("body")
    if body is not None and body.type != "statement_block":
        found.wrap(body, f"({found.line(body)},", ")")


def _visit_loop(node: Node, found: _Collector) -> None:
    body = node.child_by_field_name("body")
    if body is not None:
        found.arm(body, found.branch(body, "loop", owner=node))
