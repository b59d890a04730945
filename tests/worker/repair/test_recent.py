"""The history of the code among the evidence: what was changed last is suspected first."""

import pytest

from worker.adapters.system_clock import SystemClock
from worker.domain.changed_lines import new_lines
from worker.domain.diagnosis import Diagnosis, FaultClass, Location
from worker.domain.job import Job, JobKind, SourceFile
from worker.languages.python_repair import PythonRepair
from worker.repair.pipeline import RepairPipeline
from worker.repair.recent import recent_first
from worker.sandboxes.process import ProcessSandbox


def diagnosis(**suspicions: float) -> Diagnosis:
    places = tuple(
        Location(line=int(name[1:]), suspicion=value, why="run") for name, value in suspicions.items()
    )
    return Diagnosis(fault=FaultClass.ASSERTION, summary="", failing=("test_a",), locations=places)


def suspected(found: Diagnosis) -> list[tuple[int, float]]:
    return [(place.line, place.suspicion) for place in found.locations]


def test_changed_lines_come_first_and_the_others_are_half_as_suspicious_as_they_were():
    found = recent_first(diagnosis(l1=0.8, l2=0.5, l3=0.2), [3, 9])
    assert suspected(found) == [(3, 0.8), (1, 0.4), (2, 0.25)]
    assert found.locations[0].why == "run; changed last"


@pytest.mark.parametrize("changed", [(), (9,), (1, 2)])
def test_a_history_that_tells_nothing_changes_nothing(changed):
    known = diagnosis(l1=0.8, l2=0.5)
    assert recent_first(known, changed) is known


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("a\nb\nc\n", "a\nB\nc\n", (2,)),
        ("a\nc\n", "a\nb\nc\n", (2,)),
        ("a\nb\nc\n", "a\nc\n", (1, 2)),
        ("a\nb\n", "a\n", (1,)),
        ("b\na\n", "a\n", (1,)),
        ("a\n", "a\n", ()),
        ("", "a\nb\n", (1, 2)),
        ("a\n", "", ()),
    ],
)
def test_the_lines_that_a_change_made_are_told_by_their_numbers_afterwards(before, after, lines):
    assert new_lines(before, after) == lines


@pytest.mark.slow
@pytest.mark.parametrize(("changed", "mended"), [((3,), 3), ((4,), 4)])
async def test_of_two_lines_that_could_be_at_fault_the_one_that_was_changed_is_mended(changed, mended):
    code = "def price(pieces):\n    each = 4\n    fee = pieces * each + 2\n    return fee - 1\n"
    tests = "from shop import price\n\n\ndef test_price():\n    assert price(1) == 6\n"
    sandbox = ProcessSandbox()
    try:
        pipeline = RepairPipeline(languages=[PythonRepair()], sandbox=sandbox, clock=SystemClock())
        job = Job(
            job_id="fix-1",
            kind=JobKind.FIX,
            language="python",
            code=code,
            path="shop.py",
            tests=(SourceFile(path="test_shop.py", text=tests),),
            changed_lines=changed,
        )
        outcome = await pipeline.run(job, budget_seconds=30)
    finally:
        sandbox.close()
    assert outcome.repair is not None
    accepted = [one.patch for one in outcome.repair.verdicts if "did not" not in one.detail]
    assert accepted[0].line == mended
