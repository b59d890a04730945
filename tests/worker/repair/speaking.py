"""A language for tests of repair: code is a word, a patch puts another in its place, and the word says what its runs show.

`good-a` passes and behaves in way a, `good-b` passes and behaves in way b, `bad` fails, `breaks` breaks a test that passed, `evil` is objected
to, `flaky` passes until it is proved, `linty` makes the linter say more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from worker.domain.diagnosis import Diagnosis, FaultClass
from worker.domain.exchange import Budget, Subject
from worker.domain.job import Job
from worker.domain.patch import Behaviours, Edit, Patch, PatchOrigin, Trial
from worker.domain.repair import Broken, Found, RepairProof
from worker.ports import Sandbox

FAILING, PASSING = "test_wrong", "test_right"


def patch(word: str, *, cost: float = 1.0, origin: PatchOrigin = PatchOrigin.BUILTIN) -> Patch:
    edits = (Edit(start=0, end=len("broken"), text=word),)
    return Patch(edits=edits, origin=origin, operator="word", description=word, cost=cost, line=1)


@dataclass
class SpeakingRepair:
    fault: FaultClass = FaultClass.ASSERTION
    rules: tuple[str, ...] = ()
    small_changes: tuple[str, ...] = ()
    checks: int = 9
    name: str = "speaking"
    aliases: tuple[str, ...] = ("sp",)
    proofs: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)

    def broken(self, job: Job) -> Broken:
        self.logs.append(job.log)
        subject = Subject(source=job.code, module_name="subject", path="subject.sp")
        return Broken(subject=subject, tests=job.tests, log=job.log)

    async def diagnose(self, broken: Broken, sandbox: Sandbox, budget: Budget) -> Diagnosis:
        return Diagnosis(
            fault=self.fault,
            summary="It is wrong.",
            failing=(FAILING,),
            passing=(PASSING,),
            checks=self.checks,
        )

    async def fixes(
        self, broken: Broken, diagnosis: Diagnosis, sandbox: Sandbox, budget: Budget
    ) -> Sequence[Patch]:
        return [patch(word, origin=PatchOrigin.FIXER) for word in self.rules]

    async def search(
        self, broken: Broken, diagnosis: Diagnosis, sandbox: Sandbox, budget: Budget, *, most: int
    ) -> Found:
        trials = [trial_of(patch(word, cost=1.0 + place)) for place, word in enumerate(self.small_changes)]
        return Found(trials=tuple(trial for trial in trials if trial.is_green), tried=len(trials))

    async def try_all(
        self, broken: Broken, patches: Sequence[Patch], sandbox: Sandbox, budget: Budget
    ) -> Sequence[Trial]:
        return [trial_of(each) for each in patches]

    async def compare(
        self, broken: Broken, patches: Sequence[Patch], sandbox: Sandbox, budget: Budget
    ) -> Behaviours:
        rows = tuple((_word(each).rpartition("-")[2],) for each in patches)
        return Behaviours(inputs=("call()",), original=("wrong",), shown=rows)

    def patches_in(self, text: str, broken: Broken) -> tuple[Patch, ...]:
        return tuple(patch(word, cost=5.0, origin=PatchOrigin.ENGINE) for word in text.split())

    def objection_to(self, patch: Patch, broken: Broken) -> str:
        return "it brings in the module socket" if _word(patch) == "evil" else ""

    async def prove(self, broken: Broken, patch: Patch, sandbox: Sandbox, budget: Budget) -> RepairProof:
        word = _word(patch)
        self.proofs.append(word)
        return RepairProof(
            is_passed=word not in ("flaky", "linty"),
            command=("run", "tests"),
            repeats=2,
            is_flaky=word == "flaky",
            is_lint_worse=word == "linty",
        )


def _word(patch: Patch) -> str:
    return patch.edits[0].text


def trial_of(patch: Patch) -> Trial:
    word = _word(patch)
    if word == "bad":
        return Trial(
            patch=patch, passed=frozenset({PASSING}), failed=frozenset({FAILING}), detail="still wrong"
        )
    if word == "breaks":
        return Trial(patch=patch, passed=frozenset({FAILING}), failed=frozenset({PASSING}))
    return Trial(patch=patch, passed=frozenset({FAILING, PASSING}))
