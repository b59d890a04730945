"""Every side effect of the worker, on one page. Pipelines see these; only `worker.wiring` names implementations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from worker.domain.attempt import AttemptEnd
from worker.domain.batch import BatchProgress, BatchRecord
from worker.domain.candidate import Candidate, MutationReport, Proof, RejectionReason, TestOutcome
from worker.domain.closing import Ask
from worker.domain.exchange import (
    Budget,
    Completion,
    EngineHealth,
    EngineRequest,
    Memory,
    Message,
    OpenedAttempt,
    SandboxOutcome,
    SandboxRequest,
    Subject,
    Survey,
    Tally,
    WorkerReport,
)
from worker.domain.invocation import Invocation
from worker.domain.job import Job, Lane
from worker.domain.outcome import PipelineOutcome
from worker.domain.result import EngineIdentity


class Queue(Protocol):
    """One lane. Batches of any length; calls are split as SQS wants. Raises StoreUnavailable."""

    lane: Lane

    async def receive(self, limit: int, *, wait_seconds: int) -> Sequence[Message]:
        """Take up to `limit` messages (1 to 10), waiting at most `wait_seconds` (0 to 20)."""

    async def acknowledge(self, receipts: Sequence[str]) -> Sequence[str]:
        """Delete for good; return the receipts that could not be deleted."""

    async def release(self, receipts: Sequence[str], *, delay_seconds: int) -> None:
        """Make visible again after `delay_seconds` (0 is at once)."""

    async def extend(self, receipts: Sequence[str], *, seconds: int) -> Sequence[str]:
        """Hold for `seconds` from now; return the receipts whose hold is lost."""

    async def postpone(self, message: Message, *, delay_seconds: int) -> None:
        """Send a copy that is hidden for `delay_seconds` (0 to 900), then delete this one: its receives begin anew."""

    async def dead_letter(self, message: Message, *, reason: str) -> None:
        """Copy to the dead-letter queue with the reason as a message attribute, then delete."""


class Ledger(Protocol):
    """Truth about jobs and attempts. Raises StoreUnavailable."""

    async def open_attempt(self, job: Job, *, worker_id: str, now: datetime) -> OpenedAttempt:
        """Record a try, making the job's record where nobody submitted it; a terminal job stays as it is."""

    async def close_attempt(
        self, job: Job, number: int, end: AttemptEnd, *, now: datetime
    ) -> BatchProgress | None:
        """Record the end; where it ends the job, its batch counts it, once however often it is told.

        Return the batch's counters then; None where nothing was counted (no end of the job, counted before, no batch).
        """

    async def cancel_requests(self, job_ids: Sequence[str]) -> frozenset[str]:
        """Which of these jobs (at most 100) somebody wants called off."""

    async def note_seconds(self, job: Job, seconds: float, *, now: datetime) -> None:
        """Remember what a file of a repository took, so that the next submission can balance its jobs by it."""

    async def open_ends(self, job: Job) -> int:
        """Count the attempts that were opened and never closed: a worker died, or another still works on the job."""


class Batches(Protocol):
    """Submissions. Raises StoreUnavailable."""

    async def batch(self, batch_id: str) -> BatchRecord | None:
        """Read one; None where nobody submitted it through the driver."""

    async def members(self, batch_id: str) -> Sequence[str]:
        """Ids of the jobs that count: not those that a retry replaced."""

    async def note_report(self, batch_id: str, *, now: datetime) -> None:
        """Tell that its report is stored."""


class Artifacts(Protocol):
    """Stored files. Raises StoreUnavailable."""

    async def put(self, key: str, content: bytes, *, content_type: str) -> None:
        """Store, whatever was there."""

    async def put_if_absent(self, key: str, content: bytes) -> bool:
        """Store unless the key exists; False where it did (the first wins)."""

    async def get(self, key: str) -> bytes | None:
        """Read; None where there is none."""


class Slots(Protocol):
    """Bounds over the whole fleet: a limit has so many slots, each held until a moment. Raises StoreUnavailable."""

    async def take(self, limit: str, *, slots: int, holder: str, seconds: float) -> bool:
        """Take a slot, or renew the one that the holder has; False where all are held."""

    async def give_back(self, limit: str, *, slots: int, holder: str) -> None:
        """Free the holder's slot; one that is not held is no fault."""


class Roster(Protocol):
    """Who works. Raises StoreUnavailable."""

    async def report(self, report: WorkerReport, *, now: datetime) -> None:
        """Tell of a worker; who is silent for long is forgotten."""

    async def leave(self, worker_id: str) -> None:
        """Strike it off; who never reported stands in none."""

    async def ask(self) -> Ask:
        """Return what the controller asks of the workers, as it stands after every report that was made."""


class Knowledge(Protocol):
    """What the workers of a fleet learn from each other. Nothing depends on it: who can't ask goes on. Raises StoreUnavailable."""

    async def recall(self, key: str, *, owner: str, seconds: float) -> Memory | None:
        """Return what is known; or make the owner the one who finds it out, for so long; None while another does."""

    async def remember(self, key: str, *, owner: str, artifact_key: str) -> None:
        """Tell where the content lies."""

    async def forget(self, key: str, *, owner: str) -> None:
        """Give the work up: errors are never remembered."""

    async def tallies(self, job_class: str) -> Sequence[Tally]:
        """How each way has fared."""

    async def tally(self, job_class: str, arm: str, *, is_kept: bool, seconds: float) -> None:
        """Count one use."""

    async def health(self, engine: str) -> EngineHealth:
        """How an engine is."""

    async def note_health(self, engine: str, *, is_well: bool, open_seconds: float) -> None:
        """Tell how it was; after a failure nobody asks for so long."""

    async def flaky(self, source_sha256: str) -> frozenset[str]:
        """Digests of tests of this source that were seen to be flaky."""

    async def note_flaky(self, source_sha256: str, digests: Sequence[str]) -> None:
        """Add to them."""


class FunctionRuntime(Protocol):
    """Lambda, seen from within a function. Raises a WorkerError where it is of no more use."""

    async def next(self) -> Invocation:
        """Wait for an invocation, for as long as it takes."""

    async def answer(self, invocation: Invocation, content: Mapping[str, object]) -> None:
        """Say what came of it."""

    async def fail(self, invocation: Invocation, error: BaseException) -> None:
        """Say that it failed."""


class Protection(Protocol):
    """Keeps the platform from stopping this task while it works (ECS task scale-in protection). Never raises."""

    async def protect(self, *, minutes: int) -> None:
        """Ask for it, or for more of it."""

    async def unprotect(self) -> None:
        """Give it up."""


class Engine(Protocol):
    """Proposes tests. Raises EngineUnavailable; garbage is a Completion like any other."""

    @property
    def identity(self) -> EngineIdentity:
        """Name, kind and model."""

    async def models(self) -> Sequence[Mapping[str, object]]:
        """List the models in the form of Ollama's /api/tags (`name`, `size`, `details`…)."""

    async def generate(self, request: EngineRequest) -> Completion:
        """Answer a request."""


class Router(Protocol):
    """Which engine for which job. Never raises."""

    async def route(self, job_class: str) -> Sequence[Engine]:
        """Order the engines for a class of jobs: the next one is asked where nothing of the one before is proved."""

    async def learn(self, job_class: str, engine: Engine, *, is_kept: bool, seconds: float) -> None:
        """Tell how an engine did."""


class Sandbox(Protocol):
    """Runs untrusted code: no credentials, no network, no files but its own. Raises SandboxUnavailable."""

    @property
    def layers(self) -> Sequence[str]:
        """The active layers, such as rlimits, scrubbed-env, seccomp, landlock, uid."""

    async def run(self, request: SandboxRequest) -> SandboxOutcome:
        """Run to the end; on cancellation the processes are gone before it returns."""


class Language(Protocol):
    """How a language is parsed, explored, run, covered and mutated. Raises SourceRejected."""

    @property
    def name(self) -> str:
        """Name in jobs and results, lower case."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names that senders use."""

    def subject(self, job: Job) -> Subject:
        """Name the module after the job's path."""

    def survey(self, subject: Subject) -> Survey:
        """Parse; SourceRejected with line and reason where it does not."""

    async def load(self, subject: Subject, sandbox: Sandbox) -> None:
        """Load the module once in the sandbox; SourceRejected explains what goes wrong (import, loop, memory…)."""

    async def explore(self, subject: Subject, sandbox: Sandbox, budget: Budget) -> str:
        """Run the code on generated inputs and write what was observed as tests: the built-in engine's work."""

    def candidates_in(self, text: str, subject: Subject) -> tuple[Candidate, ...]:
        """Find the tests in an engine's answer, tolerant of fences and prose."""

    def fault_in(self, candidate: Candidate) -> RejectionReason | None:
        """UNPARSABLE or ASSERTS_NOTHING, where the text alone shows it."""

    async def run(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> tuple[TestOutcome, ...]:
        """Run each candidate once, apart from the others; the seed varies hash seed, order and time zone."""

    async def mutate(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> MutationReport:
        """Run the candidates on mutants of the subject."""

    def name_kept(self, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """Name the tests that are kept as a developer wants to read them, unique and in the same order."""

    def assemble(self, subject: Subject, candidates: Sequence[Candidate]) -> str:
        """Write the test file that a developer keeps."""

    def test_path(self, subject: Subject) -> str:
        """File name of the assembled tests."""

    async def prove(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> Proof:
        """Run the assembled file with the language's plain runner and measure coverage."""


class Pipeline(Protocol):
    """Does the work of one job kind. Raises EngineUnavailable, SandboxUnavailable, RequestRejected (unknown language)."""

    async def run(self, job: Job, *, budget_seconds: float) -> PipelineOutcome:
        """Work on the job; the search takes about `budget_seconds`, proving comes on top."""


class Clock(Protocol):
    """Time."""

    def now(self) -> datetime:
        """Wall time in UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""
