"""How a suite is judged, whoever made it: branches, mutants that no product saw, a seeded bug, repeats.

A suite is made from the correct program. It is run on it once, and what fails there is dropped; what is left is run on the mutants, on the
buggy twin and again and again on the correct program. It notices a fault when its plain run fails or takes HANG_SECONDS more than it should.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bench.quality.subjects import Subject

HANG_SECONDS = 2.0
"""Of processor time, so that a busy machine hangs nobody."""
ZONES = ("UTC", "Asia/Kolkata")
STARTS = 5
"""Starts of the interpreter that the repeats share, each with a hash seed of its own; the time zones take turns."""


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A test file and the name of the file that it tests beside it."""

    path: str
    subject_path: str
    content: str


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a maker of suites gave back."""

    suite: Suite | None
    seconds: float
    note: str = ""
    """Why there is no suite, or what went wrong on the way."""
    is_timed_out: bool = False
    """The maker had to be ended."""
    own_account: Mapping[str, int] | None = None
    """What the maker says of its suite itself: for comparison, never counted."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A suite after its first run, on the correct program."""

    suite: Suite | None
    """Without the tests that failed; None where nothing is left."""
    tests: int = 0
    xfail: int = 0
    """Tests of these that are expected to fail."""
    dropped: int = 0
    branches_taken: int = 0
    cpu_seconds: float = 0.0


class Maker(Protocol):
    """Makes suites."""

    name: str

    async def make(self, subject: Subject) -> Made:
        """Make one."""


class Field(Protocol):
    """A language, and how its programs and suites are handled."""

    def mutants_of(self, subject: Subject) -> Sequence[str]:
        """Make the faulty programs."""

    async def branches_of(self, subject: Subject) -> int:
        """Count the branches of the correct program."""

    async def check(self, suite: Suite, program: str) -> Checked:
        """Run the suite on the correct program and drop what fails."""

    async def failures(
        self, suite: Suite, programs: Mapping[str, str], *, surroundings: Mapping[str, str], seconds: float
    ) -> dict[str, bool]:
        """Say for each program, by its name, whether the suite failed on it."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """How one maker's suite for one subject did."""

    set: str
    maker: str
    subject: str
    seconds: float
    note: str
    is_made: bool
    """There is a suite."""
    is_valid: bool
    """Something of it passes on the correct program, each time that it is tried before the mutants."""
    is_timed_out: bool
    tests: int
    xfail: int
    dropped: int
    branches_taken: int
    branches: int
    killed: int
    mutants: int
    is_bug_noticed: bool | None
    """None where there is no buggy twin."""
    repeats: int
    failed_repeats: int
    load: float
    own_account: Mapping[str, int] | None


async def judge(field: Field, subject: Subject, made: Made, repeats: int) -> dict[str, object]:
    """Return the judged fields of a row."""
    checked = await field.check(made.suite, subject.correct) if made.suite else Checked(suite=None)
    mutants = field.mutants_of(subject)
    failed: dict[str, bool] = {}
    if checked.suite is not None:
        seconds = HANG_SECONDS + checked.cpu_seconds
        programs = {f"m{number:03}": text for number, text in enumerate(mutants)}
        programs |= {"correct": subject.correct}
        programs |= {"buggy": subject.buggy} if subject.buggy is not None else {}
        failed = await field.failures(checked.suite, programs, surroundings=_surroundings(0), seconds=seconds)
        failed |= await _repeats(field, checked.suite, subject, repeats, seconds)
    is_valid = failed.get("correct") is False
    return {
        "is_made": made.suite is not None,
        "is_valid": is_valid,
        "tests": checked.tests,
        "xfail": checked.xfail,
        "dropped": checked.dropped,
        "branches_taken": checked.branches_taken if is_valid else 0,
        "branches": await field.branches_of(subject),
        "killed": sum(failed[name] for name in failed if name.startswith("m")) if is_valid else 0,
        "mutants": len(mutants),
        "is_bug_noticed": None if subject.buggy is None else is_valid and failed["buggy"],
        "repeats": repeats if checked.suite else 0,
        "failed_repeats": sum(failed[name] for name in failed if name.startswith("r")),
    }


async def _repeats(
    field: Field, suite: Suite, subject: Subject, repeats: int, seconds: float
) -> dict[str, bool]:
    failed: dict[str, bool] = {}
    for number in range(min(STARTS, repeats)):
        again = {f"r{each:03}": subject.correct for each in range(number, repeats, STARTS)}
        failed |= await field.failures(suite, again, surroundings=_surroundings(number), seconds=seconds)
    return failed


def _surroundings(number: int) -> dict[str, str]:
    return {"TZ": ZONES[number % len(ZONES)], "PYTHONHASHSEED": str(number + 1)}
