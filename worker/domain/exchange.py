"""The values that cross the ports: envelopes, requests and answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from worker.domain.job import JobStatus, Lane
from worker.domain.usage import Usage


@dataclass(frozen=True, kw_only=True)
class Message:
    """An SQS envelope; carries one job."""

    message_id: str
    """Stable over redeliveries."""
    receipt: str
    """Handle of this delivery."""
    body: str
    """The job, see worker.domain.job."""
    receives: int
    """How often it was received, this time included."""
    lane: Lane
    """The queue that it came from."""


@dataclass(frozen=True, kw_only=True)
class OpenedAttempt:
    """The ledger's answer to a try."""

    number: int
    """This attempt, counted from 1."""
    status: JobStatus
    """The job's status before it; terminal means that there is nothing left to do."""
    failures: int = 0
    """Earlier attempts that ended by a failure of their own; `maximum_attempts` counts these, not drains or lost leases."""
    is_cancel_requested: bool = False
    """Somebody wants it called off."""


@dataclass(frozen=True, kw_only=True)
class WorkerReport:
    """What a worker tells of itself, every now and then."""

    worker_id: str
    """Its name."""
    task_arn: str
    """Its ECS task; empty where it is none."""
    engine: str
    """Its engine and model."""
    started_at: datetime
    """Since when."""
    running: int
    """Jobs under way."""
    concurrency: int
    """Jobs that it can have under way."""
    is_draining: bool
    """It takes no more."""
    closed_for: int | None = None
    """Number of the controller's ask that it answers: it has no job and takes none; None: it works."""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Something that the fleet knows already, found by the digest of what it follows from."""

    key: str
    """Hex digest."""
    artifact_key: str
    """S3 key of the content; empty while its owner still works on it."""
    is_mine: bool
    """The caller owns the work: nobody else has it or works on it."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How one way of doing a class of jobs has fared."""

    arm: str
    """The way, such as builtin or ollama/deepseek-coder:1.3b."""
    tried: int
    """Jobs that it was used for."""
    kept: int
    """Those of which something was kept."""
    seconds: float
    """Time that it took in all."""


@dataclass(frozen=True, kw_only=True)
class EngineHealth:
    """What the fleet knows of an engine."""

    failures: int = 0
    """Failures in a row."""
    open_until: float = 0.0
    """Epoch seconds until which nobody should ask it; 0 where it is well."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The code under test."""

    source: str
    """One module."""
    module_name: str
    """Its name in tests: a valid identifier."""
    path: str
    """Its file name, such as colorsys.py."""
    targets: tuple[str, ...] = ()
    """Units that were asked for, dotted; all where there are none."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Bounds of one step."""

    seconds: float
    """Wall time, in seconds."""
    seed: int = 1
    """Seed of random choices."""


@dataclass(frozen=True, kw_only=True)
class EngineRequest:
    """What an engine is asked."""

    prompt: str
    """For engines that read text."""
    subject: Subject
    """For engines that read code."""
    language: str
    """Language of the subject."""
    budget: Budget
    """Time and seed."""
    model: str | None = None
    """Another model than the engine's own."""


@dataclass(frozen=True, kw_only=True)
class Completion:
    """What an engine answered: text that may hold tests. Nothing in it is believed before it is proved."""

    text: str
    """The answer."""
    usage: Usage
    """What it took."""
    done_reason: str = "stop"
    """Why it ended: stop or length."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a sandboxed process may take."""

    wall_seconds: float = 10.0
    """Wall time; then the whole process group is killed."""
    cpu_seconds: int = 10
    """CPU time."""
    memory_bytes: int = 1 << 30
    """Address space of each process; 0 leaves it open (Node reserves far more than it uses)."""
    total_memory_bytes: int = 1 << 30
    """Memory that all processes of the run hold together; 0 leaves it open."""
    file_bytes: int = 16 << 20
    """Size of a written file."""
    disk_bytes: int = 128 << 20
    """What the run may leave in its work folder at any time."""
    processes: int = 64
    """Processes and threads."""
    output_bytes: int = 4 << 20
    """Kept of stdout and of stderr each; more is drained and dropped."""


class SandboxEnd(StrEnum):
    """How a sandboxed run ended."""

    EXITED = "exited"
    TIMED_OUT = "timed_out"
    KILLED = "killed"
    """By a signal: a limit, a crash."""


@dataclass(frozen=True, kw_only=True)
class SandboxRequest:
    """A command to run on a few files."""

    argv: tuple[str, ...]
    """Command; `{python}` and `{node}` stand for the interpreters, `{work}` for the work folder."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Relative path -> text, written into the empty work folder, which is the current folder."""
    stdin: str = ""
    """Standard input."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Additions to an otherwise empty environment."""
    limits: Limits = field(default_factory=Limits)
    """Bounds."""
    collect: tuple[str, ...] = ()
    """Relative paths to read back afterwards, where they exist, within output_bytes."""


@dataclass(frozen=True, kw_only=True)
class SandboxOutcome:
    """What came of it."""

    end: SandboxEnd
    """How it ended."""
    exit_code: int
    """Exit code; minus the signal where killed."""
    stdout: str
    """Kept standard output."""
    stderr: str
    """Kept standard error."""
    seconds: float
    """Wall time."""
    cpu_seconds: float = 0.0
    """Processor time of all its processes; 0 where it was not counted."""
    exceeded: str = ""
    """What the run as a whole took too much of and was killed for: memory or disk space."""
    collected: Mapping[str, str] = field(default_factory=dict)
    """What `collect` found."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What there is to test."""

    targets: tuple[str, ...]
    """Public functions and methods, dotted, in source order."""
    executable_lines: frozenset[int]
    """Lines that can be covered (1-based)."""
    skipped: tuple[tuple[str, str], ...] = ()
    """Units that are left alone, each with the reason."""
    decisions: Mapping[str, int] = field(default_factory=dict)
    """How often each target branches: McCabe's number less one (IEEE Trans. Softw. Eng. 2, 1976); absent counts as 0."""

    @property
    def ranked(self) -> tuple[str, ...]:
        """The targets, those that branch most first; in source order among equals."""
        return tuple(sorted(self.targets, key=lambda target: -self.decisions.get(target, 0)))
