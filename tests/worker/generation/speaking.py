"""A language for tests: a candidate says in its code what its runs will show."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from worker.domain.candidate import Candidate, Coverage, MutationReport, Proof, RejectionReason, TestOutcome
from worker.domain.errors import SourceRejected
from worker.domain.exchange import Budget, Subject, Survey
from worker.domain.job import Job
from worker.ports import Sandbox


@dataclass
class SpeakingLanguage:
    """Code reads like `passes lines=1,2 branches=a kills=m1`; other words are unparsable, empty, fails, hangs, flaky-2, slow-2, clashes."""

    name: str = "speaking"
    aliases: tuple[str, ...] = ("sp",)
    load_error: str = ""
    mutants: int = 2
    seeds: list[int] = field(default_factory=list)
    proofs: list[tuple[str, ...]] = field(default_factory=list)

    def subject(self, job: Job) -> Subject:
        return Subject(source=job.code, module_name="subject", path="subject.sp")

    def survey(self, subject: Subject) -> Survey:
        targets = tuple(word for word in subject.source.split() if word != "nothing")
        return Survey(targets=targets, executable_lines=frozenset({1, 2}))

    async def load(self, subject: Subject, sandbox: Sandbox) -> None:
        if self.load_error:
            raise SourceRejected(self.load_error)

    async def explore(self, subject: Subject, sandbox: Sandbox, budget: Budget) -> str:
        return "explored"

    def candidates_in(self, text: str, subject: Subject) -> tuple[Candidate, ...]:
        lines = [line for line in text.splitlines() if line and not line.startswith("```")]
        return tuple(
            Candidate(name=f"t{number}", code=line, target=line.split()[-1])
            for number, line in enumerate(lines)
        )

    def fault_in(self, candidate: Candidate) -> RejectionReason | None:
        words = candidate.code.split()
        faults = {"unparsable": RejectionReason.UNPARSABLE, "empty": RejectionReason.ASSERTS_NOTHING}
        return faults.get(words[0])

    async def run(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> tuple[TestOutcome, ...]:
        self.seeds.append(budget.seed)
        return tuple(self._outcome(candidate, budget.seed) for candidate in candidates)

    def _outcome(self, candidate: Candidate, seed: int) -> TestOutcome:
        words = candidate.code.split()
        facts = dict(word.split("=") for word in words if "=" in word)
        is_slow_now = words[0] == "hangs" or f"slow-{seed}" in words
        is_flaky_now = f"flaky-{seed}" in words or is_slow_now
        return TestOutcome(
            name=candidate.name,
            is_passed=words[0] != "fails" and not is_flaky_now,
            is_timed_out=is_slow_now,
            detail="1 != 2",
            lines=frozenset(int(line) for line in facts.get("lines", "").split(",") if line),
            branches=frozenset(branch for branch in facts.get("branches", "").split(",") if branch),
        )

    async def mutate(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> MutationReport:
        killed: dict[str, tuple[str, ...]] = {}
        for candidate in candidates:
            for word in candidate.code.split():
                if word.startswith("kills="):
                    killed[word[6:]] = (*killed.get(word[6:], ()), candidate.name)
        return MutationReport(total=self.mutants, killed_by=killed)

    def name_kept(self, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        return tuple(candidates)

    def assemble(self, subject: Subject, candidates: Sequence[Candidate]) -> str:
        return "\n".join(candidate.code for candidate in candidates)

    def test_path(self, subject: Subject) -> str:
        return "subject.test.sp"

    async def prove(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> Proof:
        self.proofs.append(tuple(candidate.name for candidate in candidates))
        clashing = [candidate.name for candidate in candidates if "clashes" in candidate.code]
        return Proof(
            is_passed=not clashing,
            command=("speak", "subject.test.sp"),
            coverage=Coverage(lines_covered=1, lines_total=2),
            detail=f"FAILED {', '.join(clashing)}" if clashing else "",
        )
