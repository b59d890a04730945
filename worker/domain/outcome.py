"""PipelineOutcome: what a pipeline found out about one job; the runtime makes the stored result of it."""

from dataclasses import dataclass, field

from worker.domain.attempt import EndReason
from worker.domain.candidate import Coverage
from worker.domain.repair import RepairReport
from worker.domain.repository_report import RepositoryReport
from worker.domain.result import EngineIdentity, Fallback, KeptTest, TestFile, Turn
from worker.domain.usage import Usage


@dataclass(frozen=True, kw_only=True)
class PipelineOutcome:
    """The end of a pipeline with its evidence; field meanings as in worker.domain.result.JobResult."""

    end_reason: EndReason
    """PROVED, ANSWERED, NOTHING_KEPT or SOURCE_REJECTED; other ends are exceptions."""
    explanation: str
    """One paragraph for a person."""
    source_sha256: str = ""
    """Digest of the code under test."""
    engine: EngineIdentity | None = None
    """Which engine proposed."""
    tests: tuple[KeptTest, ...] = ()
    """The tests kept."""
    test_file: TestFile | None = None
    """The proved test file."""
    proposed: int = 0
    """Candidates proposed."""
    rejected: dict[str, int] = field(default_factory=dict)
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
    oracles: dict[str, int] = field(default_factory=dict)
    """Oracle -> tests kept."""
    fallback: Fallback | None = None
    """Where another engine did the work than the one that was wanted."""
    skipped: tuple[tuple[str, str], ...] = ()
    """Units that were left alone: name and reason."""
    turns: tuple[Turn, ...] = ()
    """The engines asked, in order."""
    prompt_version: str = ""
    """Digest of the prompts; empty where no language model was asked."""
    is_remembered: bool = False
    """The fleet had the answer already."""
    repair: RepairReport | None = None
    """What a fix job found out."""
    repository_report: RepositoryReport | None = None
    """What a job on a repository came to, module by module."""
    retry_after_seconds: float = 0.0
    """Of an end that is waited for: no sooner than this, as the other side asked; it stands in no result."""
    usage: Usage = field(default_factory=Usage)
    """What it consumed."""
