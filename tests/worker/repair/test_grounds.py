"""What mends a part of the tests is what the next search works on; only the whole is proved and offered."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.fakes.clock import FakeClock
from tests.fakes.sandbox import FakeSandbox
from worker.domain.attempt import EndReason
from worker.domain.diagnosis import Diagnosis, FaultClass, Location
from worker.domain.exchange import Budget, Subject
from worker.domain.job import Job, JobKind, SourceFile
from worker.domain.outcome import PipelineOutcome
from worker.domain.patch import Behaviours, Edit, Patch, PatchOrigin, Trial
from worker.domain.repair import Broken, Found, RepairProof, RepairReport
from worker.ports import Sandbox
from worker.repair.pipeline import RepairPipeline

ALWAYS = "test_always"


@dataclass
class WordsRepair:
    """Code is words; `wrong-x` fails test_x, whatever else stands there passes it, `harm-x` passes it and fails the test that always passed."""

    ways: dict[str, tuple[str, ...]]
    """What a search, and nobody else, puts in the place of a wrong word, the likeliest first."""
    clock: FakeClock = field(default_factory=FakeClock)
    search_seconds: float = 0.0
    checks: int = 60
    rules: tuple[str, ...] = ()
    name: str = "words"
    aliases: tuple[str, ...] = ()
    searched: list[str] = field(default_factory=list)
    proofs: list[str] = field(default_factory=list)

    def broken(self, job: Job) -> Broken:
        return Broken(
            subject=Subject(source=job.code, module_name="subject", path="subject"), tests=job.tests
        )

    async def diagnose(self, broken: Broken, sandbox: Sandbox, budget: Budget) -> Diagnosis:
        failing, passing = shown_by(broken.subject.source)
        return Diagnosis(
            fault=FaultClass.ASSERTION if failing else FaultClass.NONE,
            summary=f"{len(failing)} tests fail.",
            locations=(Location(line=1, suspicion=1.0),),
            failing=failing,
            passing=passing,
            checks=self.checks,
        )

    async def fixes(
        self, broken: Broken, diagnosis: Diagnosis, sandbox: Sandbox, budget: Budget
    ) -> Sequence[Patch]:
        return [self._patch(broken.subject.source, word, PatchOrigin.FIXER, 0.5) for word in self.rules]

    async def search(
        self, broken: Broken, diagnosis: Diagnosis, sandbox: Sandbox, budget: Budget, *, most: int
    ) -> Found:
        source = broken.subject.source
        self.searched.append(source)
        self.clock._seconds += self.search_seconds
        patches = [
            self._patch(source, way, PatchOrigin.BUILTIN, 1.0 + place / 2)
            for word in source.split()
            for place, way in enumerate(self.ways.get(word, ()))
        ]
        trials = [trial_of(patch, source) for patch in patches]
        green = tuple(trial for trial in trials if trial.is_green)
        near = tuple(trial for trial in trials if not trial.is_green)
        return Found(trials=green, nearer=() if green else near, tried=len(trials))

    async def try_all(
        self, broken: Broken, patches: Sequence[Patch], sandbox: Sandbox, budget: Budget
    ) -> Sequence[Trial]:
        return [trial_of(patch, broken.subject.source) for patch in patches]

    async def compare(
        self, broken: Broken, patches: Sequence[Patch], sandbox: Sandbox, budget: Budget
    ) -> Behaviours:
        rows = tuple((patch.applied_to(broken.subject.source),) for patch in patches)
        return Behaviours(inputs=("call()",), original=("wrong",), shown=rows)

    def patches_in(self, text: str, broken: Broken) -> tuple[Patch, ...]:
        return ()

    def objection_to(self, patch: Patch, broken: Broken) -> str:
        return "it brings in the module socket" if "evil" in patch.applied_to(broken.subject.source) else ""

    async def prove(self, broken: Broken, patch: Patch, sandbox: Sandbox, budget: Budget) -> RepairProof:
        self.proofs.append(patch.applied_to(broken.subject.source))
        return RepairProof(is_passed=True, command=("run",), repeats=2)

    def _patch(self, source: str, way: str, origin: PatchOrigin, cost: float) -> Patch:
        start = source.index(f"wrong-{way.rpartition('-')[2]}")
        edit = Edit(start=start, end=start + len("wrong-x"), text=way)
        return Patch(edits=(edit,), origin=origin, operator="word", description=way, cost=cost, line=start)


def shown_by(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    words = text.split()
    failing = tuple(f"test_{word[-1]}" for word in words if word.startswith("wrong"))
    passing = tuple(f"test_{word[-1]}" for word in words if not word.startswith("wrong"))
    return (*failing, ALWAYS) if "harm" in text else failing, passing if "harm" in text else (
        *passing,
        ALWAYS,
    )


def trial_of(patch: Patch, source: str) -> Trial:
    failing, passing = shown_by(patch.applied_to(source))
    return Trial(patch=patch, passed=frozenset(passing), failed=frozenset(failing))


async def fixed(language: WordsRepair, code: str) -> PipelineOutcome:
    pipeline = RepairPipeline(languages=[language], sandbox=FakeSandbox(), clock=language.clock)
    tests = (SourceFile(path="test_it", text="tests"),)
    job = Job(job_id="j", kind=JobKind.FIX, language="words", code=code, tests=tests)
    return await pipeline.run(job, budget_seconds=8)


def report_of(outcome: PipelineOutcome) -> RepairReport:
    assert outcome.repair is not None
    return outcome.repair


def mendable(*names: str) -> dict[str, tuple[str, ...]]:
    return {f"wrong-{name}": (f"right-{name}",) for name in names}


async def test_a_second_fault_is_searched_for_on_top_of_what_mends_the_first_and_only_the_whole_is_proved() -> (
    None
):
    language = WordsRepair(mendable("a", "b"))
    outcome = await fixed(language, "wrong-a wrong-b right-c")
    report = report_of(outcome)
    assert outcome.end_reason is EndReason.PROVED
    assert report.patched == "right-a right-b right-c"
    assert language.searched == ["wrong-a wrong-b right-c", "right-a wrong-b right-c"]
    assert language.proofs == ["right-a right-b right-c"]
    verdict = report.verdicts[0]
    assert (verdict.tests_fixed, verdict.tests_kept, verdict.patch.costs) == (2, 2, (1.0, 1.0))


async def test_one_fault_is_mended_without_any_ground() -> None:
    language = WordsRepair(mendable("a"))
    await fixed(language, "wrong-a right-b")
    assert language.searched == ["wrong-a right-b"]


async def test_three_faults_are_mended_and_four_are_not() -> None:
    three = await fixed(WordsRepair(mendable("a", "b", "c")), "wrong-a wrong-b wrong-c")
    assert report_of(three).patched == "right-a right-b right-c"
    language = WordsRepair(mendable("a", "b", "c", "d"))
    four = await fixed(language, "wrong-a wrong-b wrong-c wrong-d")
    assert report_of(four).diff == ""
    assert language.proofs == []
    assert max(text.count("right") for text in language.searched) == 2


async def test_what_mends_a_part_and_leads_nowhere_is_told_and_not_offered() -> None:
    report = report_of(await fixed(WordsRepair(mendable("a")), "wrong-a wrong-b"))
    assert (report.diff, report.patched) == ("", "")
    assert [patch.description for patch in report.nearer] == ["right-a"]


async def test_what_breaks_a_test_that_passed_is_no_ground() -> None:
    ways = {"wrong-a": ("harm-a",), "wrong-b": ("right-b",)}
    language = WordsRepair(ways)
    report = report_of(await fixed(language, "wrong-a wrong-b"))
    assert report.diff == ""
    assert not any("harm" in text for text in language.searched)


async def test_a_ground_is_not_looked_at_when_the_time_of_the_search_is_over() -> None:
    language = WordsRepair(mendable("a", "b"), search_seconds=6.0)
    report = report_of(await fixed(language, "wrong-a wrong-b"))
    assert report.diff == ""
    assert len(language.searched) == 1


async def test_other_ways_to_the_ground_are_weighed_so_that_thin_tests_decide_nothing() -> None:
    ways = {"wrong-a": ("right-a", "other-a"), "wrong-b": ("right-b",)}
    report = report_of(await fixed(WordsRepair(ways, checks=6), "wrong-a wrong-b"))
    assert report.diff == ""
    assert set(report.rivals) == {"right-a; right-b", "other-a; right-b"}
    assert report.disagreements


async def test_what_a_rule_mends_of_the_tests_is_a_ground_too() -> None:
    language = WordsRepair(mendable("b"), rules=("right-a",))
    assert report_of(await fixed(language, "wrong-a wrong-b")).patched == "right-a right-b"


async def test_the_whole_is_refused_by_its_text_as_any_patch_is() -> None:
    language = WordsRepair({"wrong-a": ("right-a",), "wrong-b": ("evil-b",)})
    outcome = await fixed(language, "wrong-a wrong-b")
    assert report_of(outcome).diff == ""
    assert outcome.rejected == {"forbidden": 1}


async def test_a_ground_on_which_nothing_tells_where_to_look_is_left() -> None:
    class Elsewhere(WordsRepair):
        async def diagnose(self, broken: Broken, sandbox: Sandbox, budget: Budget) -> Diagnosis:
            told = await super().diagnose(broken, sandbox, budget)
            return told if "wrong-a" in broken.subject.source else replace(told, locations=())

    language = Elsewhere(mendable("a", "b"))
    await fixed(language, "wrong-a wrong-b")
    assert "right-a wrong-b" not in language.searched
