"""What a fix job works on and comes to."""

from dataclasses import dataclass

from worker.domain.diagnosis import Diagnosis
from worker.domain.exchange import Subject
from worker.domain.job import SourceFile
from worker.domain.patch import Disagreement, Patch, PatchVerdict, Trial


@dataclass(frozen=True, kw_only=True)
class Broken:
    """Code that something is wrong with, and what tells so."""

    subject: Subject
    """The code; the only file that a patch may change."""
    tests: tuple[SourceFile, ...] = ()
    """Files with tests; may be empty where there is only a log."""
    log: str = ""
    """What a failing command printed, where somebody sent it; redacted."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the built-in search came to."""

    trials: tuple[Trial, ...] = ()
    """Patches that pass every test, cheapest first, a bounded number of them."""
    nearer: tuple[Trial, ...] = ()
    """Where none passes every test: patches with which some of the failing tests pass and none that passed fails, the best first."""
    tried: int = 0
    """Patches that were run."""
    is_exhausted: bool = True
    """False where time ran out before all that were wanted were tried: every one, or those worth a look beside enough that pass."""
    notes: tuple[str, ...] = ()
    """For the transcript: how the search went."""


@dataclass(frozen=True, kw_only=True)
class RepairProof:
    """The last word on one patch: plain runner, repeated, and tools that must not say more than before."""

    is_passed: bool
    """Every run of every test passed, and no tool found more than before."""
    command: tuple[str, ...]
    """As a developer would type it."""
    repeats: int = 0
    """Runs that passed."""
    tests: int = 0
    """Tests in each run."""
    detail: str = ""
    """Why not."""
    is_flaky: bool = False
    """Some runs passed and some did not."""
    is_lint_worse: bool = False
    """A linter or compiler says more than before."""


@dataclass(frozen=True, kw_only=True)
class RepairReport:
    """What a fix job's result tells besides the patch."""

    diagnosis: Diagnosis
    """What was wrong."""
    diff: str = ""
    """The offered patch as a unified diff; empty where none is offered."""
    patched: str = ""
    """The whole patched text, where one is offered."""
    operator: str = ""
    """What kind of change it is."""
    description: str = ""
    """For a person."""
    origin: str = ""
    """fixer, builtin or engine."""
    command: tuple[str, ...] = ()
    """How the tests were run."""
    verdicts: tuple[PatchVerdict, ...] = ()
    """Of the offered patch and its rivals, the offered one first; a bounded number."""
    disagreements: tuple[Disagreement, ...] = ()
    """Inputs on which patches that pass differ; the answers are in the order of `rivals`."""
    nearer: tuple[Patch, ...] = ()
    """Where nothing passes every test: patches with which some of the failing tests pass, the best first. Nothing proves them."""
    rivals: tuple[str, ...] = ()
    """Descriptions of the patches that the answers belong to, in order."""
    confidence: float = 0.0
    """0 to 1: how much of the evidence stands behind the offered patch; below the bar nothing is offered."""
    tried: int = 0
    """Patches that were run."""
    is_exhausted: bool = True
    """Every small change was tried; False where the time was over before."""
    children: tuple[str, ...] = ()
    """The jobs that its search was split into."""
    transcript: tuple[str, ...] = ()
    """What was done, step by step."""
