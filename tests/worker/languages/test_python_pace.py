"""How long calls may take, and what of them is traced."""

import sys
from pathlib import Path
from types import ModuleType

from worker.languages.harness.python.pace import Pace
from worker.languages.harness.python.subject import Tracer, branching_lines, load

USUAL = 0.1

LONG_LOOP = """\
def last_of(count):
    for number in range(count):
        if number < 0:
            return None
    return number
"""


def test_after_the_first_call_that_was_too_slow_one_gets_more_time():
    pace = Pace()
    limits = []
    for _ in range(4):
        limits.append(pace.limit(USUAL, has_all=False))
        pace.cut(limits[-1])
    assert limits[0] == limits[2] == limits[3] == USUAL < limits[1]
    assert pace.lost == sum(limits)


def test_what_is_slow_and_ends_keeps_its_time():
    pace = Pace()
    pace.ended(2 * USUAL, USUAL)
    assert pace.limit(USUAL, has_all=False) > 2 * USUAL


def test_where_every_line_has_run_a_slow_call_gets_less_time_than_before():
    pace = Pace()
    pace.ended(USUAL / 1000, USUAL)
    assert pace.limit(USUAL, has_all=True) < USUAL


def test_where_even_the_quickest_call_is_slow_each_has_time_to_end():
    pace = Pace()
    pace.ended(0.9 * USUAL, USUAL)
    assert pace.limit(USUAL, has_all=True) == USUAL
    pace.ended(1.1 * USUAL, USUAL)
    assert pace.limit(USUAL, has_all=True) > 1.1 * USUAL


def traced(tmp_path: Path, count: int) -> Tracer:
    path = tmp_path / "loops.py"
    path.write_text(LONG_LOOP, encoding="utf-8")
    module: ModuleType = load({"name": "loops_of_a_test", "file": str(path), "without": []})
    before = sys.gettrace()
    tracer = Tracer(str(path), branching_lines(LONG_LOOP))
    try:
        with tracer:
            module.last_of(count)
    finally:
        sys.settrace(before)
        del sys.modules["loops_of_a_test"]
    return tracer


def test_a_long_loop_is_traced_for_its_first_turns_and_still_shows_where_it_ends(tmp_path: Path):
    few, many = traced(tmp_path, 3), traced(tmp_path, 20_000)
    assert many.lines == few.lines == {2, 3, 5}
    assert few.branches() == ["2>3", "2>5", "3>2"]
    assert many.branches() == ["2>3", "3>2"]
