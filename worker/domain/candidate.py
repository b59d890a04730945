"""Candidate: a test that nothing has proved yet; verdict: what the sandbox said of it."""

from dataclasses import dataclass, field
from enum import StrEnum


class RejectionReason(StrEnum):
    """Why a candidate was not kept, from the cheapest check to the dearest."""

    UNPARSABLE = "unparsable"
    ASSERTS_NOTHING = "asserts_nothing"
    TAUTOLOGY = "tautology"
    """No assertion could fail because of the code."""
    ACCIDENTAL = "accidental"
    """It asserts what is no behaviour: an address, how long something took, how large it is in memory."""
    DUPLICATE = "duplicate"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    FLAKY = "flaky"
    ADDS_NOTHING = "adds_nothing"
    NO_TIME = "no_time"
    """Nothing speaks against it: the job's time was over before it was proved."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One self-contained test of the subject."""

    name: str
    """Name of the test function (Python) or the text of the test (JavaScript), unique within a job."""
    code: str
    """Source of the one test; it reaches the subject by the module name that the language gives it."""
    imports: tuple[str, ...] = ()
    """Import statements that the test needs besides the subject, one each."""
    oracle: str = "characterization"
    """Where the expected values come from: characterization (observed), docstring, or engine (an LLM wrote them)."""
    target: str = ""
    """The function or method that it is about, as far as known."""
    roots: tuple[str, ...] = ()
    """Names by which it reaches the subject, where its own text does not tell them."""


@dataclass(frozen=True, kw_only=True)
class TestOutcome:
    """What one run of one candidate showed."""

    __test__ = False

    name: str
    """The candidate's name."""
    is_passed: bool
    """It ran to its end and every assertion held."""
    detail: str = ""
    """Why not, in the runner's words, at most 500 characters."""
    is_timed_out: bool = False
    """It was stopped by a limit."""
    is_run: bool = True
    """False where the time was over before its turn; it then says nothing about the candidate."""
    lines: frozenset[int] = frozenset()
    """Lines of the subject that it ran (1-based)."""
    branches: frozenset[str] = frozenset()
    """Branches of the subject that it took, as keys that are stable between runs."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Accepted, or rejected with a reason."""

    candidate: Candidate
    """The candidate judged."""
    rejection: RejectionReason | None
    """None where it is accepted."""
    detail: str = ""
    """Evidence for a person: the failing assertion, or what it adds."""
    repeats: int = 0
    """How many times it ran and passed."""
    lines_added: int = 0
    """Lines that no test kept before it ran."""
    branches_added: int = 0
    """Branches that no test kept before it took."""
    mutants_killed: tuple[str, ...] = ()
    """Ids of the mutants that it kills."""

    @property
    def is_accepted(self) -> bool:
        """Nothing spoke against it."""
        return self.rejection is None


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How much of the subject the kept tests run."""

    lines_covered: int = 0
    """Executable lines run."""
    lines_total: int = 0
    """Executable lines."""
    branches_covered: int = 0
    """Branches taken."""
    branches_total: int = 0
    """Branches."""
    covered_lines: tuple[int, ...] = ()
    """The lines run, 1-based, in order."""
    missed_lines: tuple[int, ...] = ()
    """The executable lines not run, 1-based, in order."""
    branch_lines: tuple[tuple[int, int, int], ...] = ()
    """Lines that branch: line, branches taken, branches there are."""

    @property
    def line_ratio(self) -> float | None:
        """Share of lines run, 0 to 1; None where there are none."""
        return self.lines_covered / self.lines_total if self.lines_total else None

    @property
    def branch_ratio(self) -> float | None:
        """Share of branches taken, 0 to 1; None where there are none."""
        return self.branches_covered / self.branches_total if self.branches_total else None


@dataclass(frozen=True, kw_only=True)
class MutationReport:
    """Which small faults, put into the subject on purpose, the tests notice."""

    total: int = 0
    """Mutants tried."""
    killed_by: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Mutant id -> names of the candidates that fail on it; only killed mutants."""
    survivors: tuple[str, ...] = ()
    """What some survivors changed, for a person, at most 20."""
    is_complete: bool = True
    """False where the time for mutation ran out before every mutant was tried."""

    @property
    def score(self) -> float | None:
        """Share of mutants killed, 0 to 1; None where none was tried."""
        return len(self.killed_by) / self.total if self.total else None


@dataclass(frozen=True, kw_only=True)
class Proof:
    """The final run of the whole test file by the language's plain runner."""

    is_passed: bool
    """Every test passed."""
    command: tuple[str, ...]
    """The command as a developer would type it."""
    coverage: Coverage
    """Measured in that run."""
    detail: str = ""
    """The end of the runner's output where it did not pass."""
    is_timed_out: bool = False
    """The time was over before the runner came to its end: fewer tests may do."""
