"""A share of the lines, as the searches of the languages take it: its lines first, at the costs that they have in the whole."""

from collections.abc import Iterable

from worker.domain.diagnosis import Diagnosis, FaultClass, Location
from worker.languages.harness.python.repair_offers import changes_of
from worker.languages.harness.python.repair_text import Code
from worker.languages.javascript_repair_candidates import Suspicion, patches_of
from worker.languages.javascript_syntax import parse
from worker.repair.propose import within

PYTHON = """\
def clamp(value, low, high):
    if value < low:
        return low
    if value > high:
        return low
    return value
"""
SCRIPT = """\
function clamp(value, low, high) {
  if (value < low) {
    return low;
  }
  if (value > high) {
    return low;
  }
  return value;
}
"""


def diagnosed(suspicions: dict[int, float]) -> Diagnosis:
    places = (Location(line=line, suspicion=suspicion) for line, suspicion in suspicions.items())
    return Diagnosis(fault=FaultClass.ASSERTION, summary="", locations=tuple(places))


PYTHON_LINES = diagnosed({2: 1.0, 4: 0.8, 5: 0.6, 6: 0.2})
SCRIPT_LINES = diagnosed({2: 1.0, 5: 0.8, 6: 0.6, 8: 0.2})


def python_changes(diagnosis: Diagnosis) -> dict[tuple[object, ...], tuple[float, int]]:
    suspicion = {place.line: place.suspicion for place in diagnosis.locations}
    changes = changes_of(Code(PYTHON), suspicion)
    return {tuple(sorted(change.edits)): (change.cost, change.line) for change in changes}


def test_the_changes_of_a_shares_lines_cost_in_python_what_they_cost_in_the_whole() -> None:
    whole, share = python_changes(PYTHON_LINES), python_changes(within(PYTHON_LINES, [5]))
    own = {edits: cost for edits, (cost, line) in share.items() if line == 5}
    assert len(own) > 5
    assert own == {edits: cost for edits, (cost, line) in whole.items() if line == 5 and edits in own}


def test_the_changes_of_a_shares_lines_come_first_in_python_and_others_are_fewer() -> None:
    whole, share = python_changes(PYTHON_LINES), python_changes(within(PYTHON_LINES, [5]))
    assert len(share) < len(whole)
    assert sum(places_of(5, share.values())) < sum(places_of(5, whole.values())) / 2


def places_of(line: int, changes: Iterable[tuple[float, int]]) -> list[int]:
    """Return the turns at which changes of a line are tried."""
    return [turn for turn, (_, at) in enumerate(sorted(changes)) if at == line]


def script_patches(diagnosis: Diagnosis) -> list[tuple[float, int, str]]:
    suspicion = Suspicion(diagnosis.locations, range(2, 9))
    found = patches_of(SCRIPT, parse(SCRIPT), suspicion)
    return [(patch.cost, patch.line, patch.applied_to(SCRIPT)) for patch in found]


def test_javascript_tries_the_changes_of_a_shares_lines_sooner_at_the_same_costs() -> None:
    whole, share = script_patches(SCRIPT_LINES), script_patches(within(SCRIPT_LINES, [6]))
    own, before = ([patch for patch in patches if patch[1] == 6] for patches in (share, whole))
    assert own == before
    assert sum(map(share.index, own)) < sum(map(whole.index, own)) * 0.8


def test_a_share_that_holds_no_line_of_the_diagnosis_has_none() -> None:
    assert [place.line for place in within(PYTHON_LINES, [99]).locations if place.line < 99] == []
