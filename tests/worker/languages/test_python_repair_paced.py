"""Edits of a text that counts its steps come to the tree that counting in the tree itself comes to."""

import ast

import pytest

from worker.languages.harness.python import repair_search
from worker.languages.harness.python.instrument import count_steps
from worker.languages.harness.python.repair_offers import changes_of
from worker.languages.harness.python.repair_paced import Unit, units_in
from worker.languages.harness.python.repair_text import Code

SOURCE = '''\
import functools


def largest(numbers, least=0):
    """Größte Zahl."""
    best = least
    for number in numbers: best = max(best, number)
    while best < 0:
        if best == -1:
            break
        best += 1
    else:
        best = -best
    def twice(value): return value * 2
    return twice(best) // 2


class Basket:
    size = 3

    @functools.cache
    def total(self, prices):
        for price in prices:
            @functools.cache
            def doubled():
                return price * 2
            self.size += doubled()
        try:
            return sum(price for price in prices if price > 0) + self.size
        except TypeError:
            while True: return 0
'''


def counted_in_tree(unit: Unit, edits: list[tuple[int, int, str]]) -> str:
    tree = ast.parse(unit.edited_plainly(edits))
    count_steps(tree)
    return ast.dump(tree)


def dumped(text: str) -> str:
    return ast.dump(ast.parse(text))


@pytest.mark.parametrize("unit", list(units_in(SOURCE)), ids=lambda unit: unit.name)
def test_a_text_that_counts_its_steps_is_what_a_counting_tree_is(unit: Unit) -> None:
    text = unit.edited([])
    assert text is not None
    assert text.count("__ddf_tick__()") == 4
    assert dumped(text) == counted_in_tree(unit, [])


def test_every_small_change_comes_to_the_same_in_the_text_and_in_the_tree() -> None:
    units = list(units_in(SOURCE))
    quick, slow = 0, 0
    for change in changes_of(Code(SOURCE), {}):
        unit = next((one for one in units if all(one.holds(edit) for edit in change.edits)), None)
        text = unit and unit.edited(change.edits)
        if not unit or text is None:
            slow += 1
            continue
        quick += 1
        try:
            wanted = counted_in_tree(unit, change.edits)
        except SyntaxError:
            with pytest.raises(SyntaxError):
                ast.parse(text)
        else:
            assert dumped(text) == wanted, change.edits
    assert quick > 10 * slow > 0


@pytest.mark.parametrize(
    ("at", "length", "put"),
    [
        ("    best = least\n", 0, "        best = 1\n"),
        ("        if best == -1:\n", len("        if best == -1:\n"), ""),
        ("best = max(best, number)", len("best"), "worst"),
        ("best = -best", len("best"), "for best in ()"),
        ("while best < 0:\n        if best", len("while best < 0:\n        if best"), "if best"),
    ],
)
def test_an_edit_that_may_change_what_belongs_to_a_counting_call_is_left_to_the_tree(
    at: str, length: int, put: str
) -> None:
    unit = next(iter(units_in(SOURCE.replace('    """Größte Zahl."""\n', ""))))
    place = SOURCE.replace('    """Größte Zahl."""\n', "").index(at)
    assert unit.edited([(place, place + length, put)]) is None


def test_what_is_put_behind_the_last_line_of_a_function_belongs_to_it_if_it_is_indented() -> None:
    unit = next(iter(units_in(SOURCE)))
    assert unit.holds((unit.last, unit.last, "    return 1\n"))
    assert not unit.holds((unit.last, unit.last, "best = 1\n"))
    assert not unit.holds((unit.first, unit.first + 3, "DEF"))


@pytest.mark.parametrize(("checks", "is_enough"), [(3, False), (20, True)])
def test_where_many_checks_pass_the_search_ends_sooner_after_the_first_patch(
    checks: int, is_enough: bool
) -> None:
    search = repair_search._Search({"seconds": 1.0, "checks": checks, "most": 12})
    assert not search._hear({"at": 500, "cost": 9.0})
    search.first = 1.0, 10
    assert not search._hear({"at": 20, "cost": 1.5})
    assert search._hear({"at": 20, "cost": 2.2}) is is_enough
    assert search._hear({"at": 700, "cost": 1.5}) is is_enough
    assert search._hear({"at": 20, "cost": 3.0})


def test_the_place_of_the_change_that_is_tried_is_known_to_who_takes_over_without_a_message() -> None:
    told: list[object] = []
    shared = bytearray(8)
    worker = repair_search._Worker({}, 0, {}, told.append, shared)
    for place in (1, 2, 3):
        worker.place = place
        worker._tell(1.0)
    assert int.from_bytes(shared, "little") == 3
    assert told[0] == {"at": 1, "cost": 1.0}
