"""Result: what the requester sees, stored once at `test-results/{job_id}.json`."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from worker.domain.attempt import EndReason
from worker.domain.candidate import Coverage
from worker.domain.job import JobStatus
from worker.domain.origin import Origin
from worker.domain.repair import RepairReport
from worker.domain.repository_report import RepositoryReport
from worker.domain.usage import Usage

SCHEMA_VERSION = 1
"""Raised when a field changes its meaning; new fields don't raise it."""


@dataclass(frozen=True, kw_only=True)
class KeptTest:
    """A test that was proved, with its evidence."""

    name: str
    """Test name."""
    target: str
    """What it is about."""
    oracle: str
    """Where the expected values come from."""
    repeats: int
    """Runs that it passed."""
    lines_added: int
    """Lines that only it and later tests run."""
    branches_added: int
    """Branches that only it and later tests take."""
    mutants_killed: int
    """Mutants that it kills."""


@dataclass(frozen=True, kw_only=True)
class EngineIdentity:
    """Which engine worked."""

    name: str
    """Engine name: ollama or builtin."""
    kind: str
    """deterministic or llm."""
    model: str
    """Model name, `builtin-chargen:2` for the built-in engine."""


@dataclass(frozen=True, kw_only=True)
class Fallback:
    """Another engine did the work than the one that was wanted."""

    wanted: str
    """Engine and model that the worker is set to."""
    used: str
    """Engine and model that did it."""
    reason: str
    """Why."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One engine's turn at a job."""

    engine: str
    """Engine name."""
    kind: str
    """deterministic or llm."""
    model: str
    """Model name."""
    end: str
    """proved, nothing_kept, missing (no such model), refused (the prompt) or unavailable."""
    asked: int
    """How often it was asked: a model sees what failed and what no test runs, and is asked again."""
    proposed: int
    """Candidates proposed."""
    kept: int
    """Tests kept."""
    seconds: float
    """Wall time of the turn."""


@dataclass(frozen=True, kw_only=True)
class TestFile:
    """A generated test file."""

    __test__ = False

    path: str
    """File name, such as test_colorsys.py."""
    subject_path: str
    """File name of the code under test beside it."""
    content: str
    """Its text."""
    command: tuple[str, ...]
    """How to run it with the plain runner, from its folder."""
    subject_content: str
    """The code under test, so that the two files together are enough to run."""


@dataclass(frozen=True, kw_only=True)
class JobResult:
    """The stored result of one job."""

    job_id: str
    """The job."""
    kind: str
    """What was asked for."""
    status: JobStatus
    """succeeded, failed or cancelled."""
    end_reason: EndReason
    """Why the attempt ended."""
    language: str
    """As asked for."""
    path: str | None
    """As asked for."""
    explanation: str
    """One paragraph for a person: what was proved, or why not and what to do."""
    worker_id: str
    """Who did it."""
    attempt: int
    """Which try it was, from 1."""
    started_at: str
    """ISO 8601, UTC."""
    finished_at: str
    """ISO 8601, UTC."""
    seconds: float
    """Wall time of the attempt."""
    seed: int = 1
    """Seed used."""
    batch_id: str | None = None
    """The submission."""
    source_sha256: str = ""
    """Digest of the code under test."""
    engine: EngineIdentity | None = None
    """Which engine proposed; None where it was never asked."""
    tests: tuple[KeptTest, ...] = ()
    """The tests kept."""
    test_file: TestFile | None = None
    """The proved test file."""
    proposed: int = 0
    """Candidates proposed."""
    rejected: dict[str, int] | None = None
    """RejectionReason -> count."""
    coverage: Coverage | None = None
    """Of the kept tests."""
    mutants_killed: int = 0
    """Mutants killed by the kept tests."""
    mutants_total: int = 0
    """Mutants tried."""
    survivors: tuple[str, ...] = ()
    """What some surviving mutants changed."""
    sandbox_layers: tuple[str, ...] = ()
    """The layers that held the code."""
    budget_seconds: float = 0.0
    """Time that the search was given."""
    oracles: dict[str, int] | None = None
    """Where the expected values of the kept tests come from: oracle -> tests."""
    fallback: Fallback | None = None
    """Where another engine did the work than the one that was wanted."""
    skipped: tuple[tuple[str, str], ...] = ()
    """Units that were left alone: name and reason."""
    turns: tuple[Turn, ...] = ()
    """The engines asked, in order, with what came of it."""
    prompt_version: str = ""
    """Digest of the prompts that a language model was asked with; empty where none was asked."""
    is_remembered: bool = False
    """The fleet had the answer already: same code, engines, prompts and options. It was proved then."""
    origin: Origin | None = None
    """Where on a forge the job came from, and its answer goes to."""
    repair: RepairReport | None = None
    """Of a fix job: the diagnosis, the patch and what was said of it and of others."""
    repository_report: RepositoryReport | None = None
    """Of a job on a repository: its modules, and what became of the publication."""
    usage: Usage = field(default_factory=Usage)
    """What it consumed."""

    @property
    def mutation_score(self) -> float | None:
        """Share of mutants killed, 0 to 1; None where none was tried."""
        return self.mutants_killed / self.mutants_total if self.mutants_total else None

    def to_json(self) -> bytes:
        """Write the result as UTF-8 JSON, keys in a fixed order."""
        fields: dict[str, Any] = {"schema": SCHEMA_VERSION, **asdict(self)}
        fields["mutation_score"] = self.mutation_score
        if self.coverage is not None:
            fields["coverage"]["line_ratio"] = self.coverage.line_ratio
            fields["coverage"]["branch_ratio"] = self.coverage.branch_ratio
        return json.dumps(fields, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")
