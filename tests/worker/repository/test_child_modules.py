"""Modules that one worker does not get done with go to child jobs, and what these find is proved, and published once."""

import json
from dataclasses import asdict, dataclass, field, replace

import pytest

from tests.fakes.children import FakeChildren
from tests.fakes.clock import FakeClock
from tests.worker.repair.town import Died, Fate, Mortal
from tests.worker.repository.mending import USAGE, MendingPipeline
from tests.worker.repository.test_pipeline import FILES, SHOP, TEST, Stand
from worker.domain.attempt import EndReason
from worker.domain.diagnosis import Diagnosis, FaultClass
from worker.domain.job import Job, JobStatus, result_key
from worker.domain.job_codec import decode_job, encode_job
from worker.domain.outcome import PipelineOutcome
from worker.domain.patch import Edit, Patch, PatchOrigin, PatchVerdict, unified_diff
from worker.domain.repair import RepairReport
from worker.domain.repository_report import UnitEnd, handed_key
from worker.domain.result import Turn
from worker.repair.pipeline import Harvest
from worker.repository.child_modules import LOOK_SECONDS, ChildModules
from worker.repository.handing import kept_handed
from worker.repository.pipeline import RepositoryPipeline

PATIENCE_SECONDS = 120.0
HARD = {"hard.py": "def hard():\n    return 'HARD'\n", "test_hard.py": TEST.format("hard")}
DIAGNOSIS = Diagnosis(fault=FaultClass.ASSERTION, summary="2 tests fail.", failing=("test_a", "test_b"))


def cut_short(**changes: object) -> PipelineOutcome:
    report = RepairReport(diagnosis=DIAGNOSIS, tried=40, is_exhausted=False)
    text = "2 tests fail. No patch was found: 40 small changes tried."
    return PipelineOutcome(
        end_reason=EndReason.NOTHING_KEPT,
        explanation=text,
        repair=replace(report, **changes),
        usage=USAGE,
        sandbox_layers=("a layer",),
    )


@dataclass
class HardPipeline(MendingPipeline):
    """One that needs more time than it has for what says `HARD`, and judges what others found there."""

    came_to: PipelineOutcome = field(default_factory=cut_short)
    judged: list[Job] = field(default_factory=list)
    budgets: list[float] = field(default_factory=list)
    has_time: bool = True

    async def run(self, job: Job, *, budget_seconds: float) -> PipelineOutcome:
        outcome = await super().run(job, budget_seconds=budget_seconds)
        return self.came_to if "HARD" in job.code else outcome

    async def gathered(self, job: Job, harvest: Harvest, *, budget_seconds: float) -> PipelineOutcome:
        self.judged.append(job)
        self.budgets.append(budget_seconds)
        if not self.has_time:
            raise TimeoutError
        (patch,) = harvest.patches
        patched = patch.applied_to(job.code)
        if "easy" not in patched:
            return cut_short()
        report = RepairReport(
            diagnosis=DIAGNOSIS,
            diff=unified_diff(job.code, patched, job.path or ""),
            patched=patched,
            description=patch.description,
            command=("pytest", "-q"),
            verdicts=(PatchVerdict(patch=patch, rejection=None, tests_fixed=2, repeats=2),),
        )
        text = "2 tests fail. Mended by: HARD becomes easy."
        return PipelineOutcome(end_reason=EndReason.PROVED, explanation=text, repair=report, usage=USAGE)


@dataclass
class Crew(Stand):
    modules: HardPipeline = field(default_factory=HardPipeline)
    children: FakeChildren = field(default_factory=FakeChildren)
    clock: FakeClock = field(default_factory=FakeClock)
    fate: Fate = field(default_factory=Fate)
    seconds: float = 60
    files: dict[str, str] = field(default_factory=lambda: HARD)

    def __post_init__(self) -> None:
        self.checkout.commit(SHOP, "main", {"README.md": "a shop\n"})
        self.commit = self.checkout.commit(SHOP, "main", {**FILES, **self.files})

    async def running(self, job: Job) -> PipelineOutcome:
        artifacts, children = Mortal(self.artifacts, self.fate), Mortal(self.children, self.fate)
        around = replace(
            self.surroundings(),
            artifacts=artifacts,
            children=ChildModules(
                repair=self.modules,
                children=children,
                artifacts=artifacts,
                clock=self.clock,
                patience_seconds=PATIENCE_SECONDS,
            ),
        )
        pipeline = RepositoryPipeline(self.modules, surroundings=around, clock=self.clock)
        return await pipeline.run(job, budget_seconds=self.seconds)

    def end(self, job_id: str, status: JobStatus, word: str = "", **fields: object) -> None:
        """End a child; a word is what it puts for `HARD`, an end without one found nothing."""
        start = HARD["hard.py"].index("HARD")
        patch = Patch(
            edits=(Edit(start=start, end=start + 4, text=word),),
            origin=PatchOrigin.BUILTIN,
            operator="word",
            description=f"HARD becomes {word}",
            cost=1.0,
        )
        verdicts = (PatchVerdict(patch=patch, rejection=None),) if word else ()
        report = RepairReport(diagnosis=DIAGNOSIS, verdicts=verdicts, tried=900, is_exhausted=not word)
        result = {"explanation": "Everything was tried.", "repair": asdict(report), "usage": asdict(USAGE)}
        self.artifacts.files[result_key(job_id)] = json.dumps({**result, **fields}).encode()
        self.children.ledger.jobs[job_id].status = status

    def mended(self) -> dict[str, str]:
        """Return what the branch of the one pull request changes."""
        ((head, _, _),) = self.forge.pulls
        tip = self.checkout.branches["acme/shop", head.partition(":")[2]]
        before, after = self.checkout.commits[self.commit].files, self.checkout.commits[tip].files
        return {path: text for path, text in after.items() if before[path] != text}


@pytest.fixture
def crew() -> Crew:
    return Crew()


def test_a_module_whose_search_the_clock_ended_goes_to_a_child_job_and_nothing_is_published_yet(crew):
    outcome = crew.run(crew.job())
    assert (outcome.end_reason, outcome.retry_after_seconds) == (EndReason.FANNED_OUT, LOOK_SECONDS)
    assert crew.forge.pulls == []
    assert crew.reports.checks == {}
    (child,) = crew.children.sent
    assert (child.job_id, child.batch_id, child.path) == ("gh-1-c1", "gh-1", "hard.py")
    assert (child.code, child.origin, child.children) == (HARD["hard.py"], None, None)
    assert child.budget_seconds == 60  # a module has a sixth of it here
    assert [file.path for file in child.tests] == ["test_hard.py"]


def test_what_the_child_found_is_proved_here_and_published_with_what_was_mended_before(crew):
    job = crew.job()
    crew.run(job)
    searched = len(crew.modules.jobs)
    assert crew.run(job).end_reason is EndReason.FANNED_OUT
    crew.end("gh-1-c1", JobStatus.SUCCEEDED, "easy")
    outcome = crew.run(job)
    assert outcome.end_reason is EndReason.PROVED
    assert crew.mended() == {
        "cart.py": FILES["cart.py"].replace("WRONG", "right"),
        "names.py": FILES["names.py"].replace("WRONG", "right"),
        "hard.py": HARD["hard.py"].replace("HARD", "easy"),
    }
    assert set(crew.ends(outcome).values()) == {UnitEnd.FIXED, UnitEnd.PASSING}
    assert (len(crew.modules.jobs), len(crew.modules.judged)) == (searched, 1)
    ((_, draft, _),) = crew.forge.pulls
    assert "hard.py: 2 tests fail." in draft.body
    assert outcome.usage.sandbox_runs == (4 + 1 + 1) * USAGE.sandbox_runs
    assert outcome.sandbox_layers == ("a layer",)


def test_what_took_a_child_long_has_all_the_time_of_an_attempt_to_be_proved_in(crew):
    crew.seconds, job = 72, crew.job()
    crew.run(job)
    crew.end("gh-1-c1", JobStatus.SUCCEEDED, "easy")
    crew.run(job)
    assert (crew.children.sent[0].budget_seconds, crew.modules.budgets) == (72, [36])


def test_a_patch_that_there_was_no_time_to_prove_is_told_as_that(crew):
    job = crew.job()
    crew.run(job)
    crew.end("gh-1-c1", JobStatus.SUCCEEDED, "easy", explanation="Mended by: HARD becomes easy.")
    crew.modules.has_time = False
    (unit,) = [unit for unit in crew.run(job).repository_report.units if unit.path == "hard.py"]
    assert unit.end is UnitEnd.UNFIXED
    assert unit.explanation.endswith(
        "A child job found a patch, and there was no time left to prove it here."
    )


def test_what_a_child_refused_is_told_as_not_served(crew):
    job = crew.job()
    crew.run(job)
    crew.end("gh-1-c1", JobStatus.FAILED, end_reason="request_rejected", repair=None)
    assert crew.ends(crew.run(job))["hard.py"] is UnitEnd.UNSERVED


PACKAGE = {
    "pkg/__init__.py": "",
    "pkg/deep.py": HARD["hard.py"],
    "test_pkg.py": "from pkg import deep\n\ndef test_it(): ...\n",
}
TWICE = {
    "src/deep.py": HARD["hard.py"],
    "conftest.py": "",
    "src/conftest.py": "",
    "tests/test_deep.py": "from deep import hard\n\ndef test_it(): ...\n",
}


async def test_of_a_package_that_had_no_turn_the_module_is_handed_out_not_its_empty_file():
    crew = Crew(files=PACKAGE, seconds=2)
    await crew.running(crew.job())
    assert "pkg/deep.py" in {child.path for child in crew.children.sent}
    assert all(child.code.strip() for child in crew.children.sent)
    assert await kept_handed("gh-1", crew.artifacts) is not None


async def test_what_no_worker_would_take_is_not_handed_out_and_the_rest_can_be_read_back():
    crew = Crew(files={**HARD, **TWICE})
    await crew.running(crew.job())
    assert [child.path for child in crew.children.sent] == ["hard.py"]
    assert await kept_handed("gh-1", crew.artifacts) is not None


def test_what_a_child_says_is_not_published_where_it_is_not_proved_here(crew):
    job = crew.job()
    crew.run(job)
    crew.end("gh-1-c1", JobStatus.SUCCEEDED, "worse")
    outcome = crew.run(job)
    assert crew.ends(outcome)["hard.py"] is UnitEnd.UNFIXED
    assert set(crew.mended()) == {"cart.py", "names.py"}


def test_a_child_that_found_nothing_is_told_in_its_words_and_the_rest_is_published(crew):
    job = crew.job()
    crew.run(job)
    crew.end("gh-1-c1", JobStatus.FAILED)
    (unit,) = [unit for unit in crew.run(job).repository_report.units if unit.path == "hard.py"]
    assert (unit.end, unit.explanation) == (UnitEnd.UNFIXED, "Everything was tried.")
    assert set(crew.mended()) == {"cart.py", "names.py"}


@pytest.mark.parametrize("content", [b"no JSON", b"[]", b'{"repair": 7, "explanation": null}'])
def test_a_child_s_result_that_can_t_be_read_harms_nobody(crew, content):
    job = crew.job()
    crew.run(job)
    crew.end("gh-1-c1", JobStatus.FAILED)
    crew.artifacts.files[result_key("gh-1-c1")] = content
    assert crew.ends(crew.run(job))["hard.py"] is UnitEnd.UNFIXED
    assert set(crew.mended()) == {"cart.py", "names.py"}


async def test_a_child_that_never_ends_is_called_off_and_holds_up_nothing(crew):
    job = crew.job()
    await crew.running(job)
    await crew.clock.advance(PATIENCE_SECONDS - 1)
    waiting = await crew.running(job)
    assert (waiting.end_reason, waiting.retry_after_seconds) == (EndReason.FANNED_OUT, 1.0)
    await crew.clock.advance(1)
    (unit,) = [unit for unit in (await crew.running(job)).repository_report.units if unit.path == "hard.py"]
    assert unit.end is UnitEnd.UNFIXED
    assert unit.explanation.endswith("A child job searched on and did not end in time.")
    assert crew.children.ledger.jobs["gh-1-c1"].status is JobStatus.CANCELLED
    assert set(crew.mended()) == {"cart.py", "names.py"}


@pytest.mark.parametrize("when", ["dies_before", "dies_after"])
@pytest.mark.parametrize("write", range(1, 8))
async def test_whoever_dies_at_a_write_is_repeated_and_there_is_one_set_of_children_and_one_pull_request(
    crew, when, write
):
    job = crew.job()
    crew.fate = Fate(**{when: write})
    for _ in range(6):
        try:
            outcome = await crew.running(job)
        except Died:
            continue
        if outcome.end_reason is EndReason.PROVED:
            break
        if crew.children.ledger.jobs["gh-1-c1"].status is JobStatus.QUEUED:
            crew.end("gh-1-c1", JobStatus.SUCCEEDED, "easy")
    assert {child.job_id for child in crew.children.sent} == {"gh-1-c1"}
    assert set(crew.mended()) == {"cart.py", "names.py", "hard.py"}


@pytest.mark.parametrize(
    "came_to",
    [
        cut_short(is_exhausted=True),
        cut_short(tried=0),
        cut_short(diagnosis=replace(DIAGNOSIS, fault=FaultClass.ENVIRONMENT)),
    ],
)
def test_a_search_that_more_time_would_not_help_is_not_handed_out(crew, came_to):
    crew.modules.came_to = came_to
    outcome = crew.run(crew.job())
    assert crew.ends(outcome)["hard.py"] is UnitEnd.UNFIXED
    assert crew.children.sent == []


@pytest.mark.parametrize(("end", "sent"), [("unavailable", 1), ("nothing_kept", 0)])
def test_a_model_that_had_no_time_to_answer_is_asked_again_in_a_child_job(crew, end, sent):
    turn = Turn(engine="ollama", kind="llm", model="m", end=end, asked=1, proposed=0, kept=0, seconds=9.0)
    crew.modules.came_to = replace(cut_short(is_exhausted=True), turns=(turn,))
    crew.run(crew.job())
    assert len(crew.children.sent) == sent


def test_nothing_is_handed_out_where_nobody_wants_it_or_the_fleet_must_not_grow(crew):
    crew.run(replace(crew.job(), children=0))
    crew.children.frozen = True
    crew.run(replace(crew.job(), job_id="gh-2"))
    assert crew.children.sent == []


def test_as_many_modules_are_handed_out_as_the_job_may_have_children():
    names = [f"hard{number}" for number in range(6)]
    files = {f"{name}.py": HARD["hard.py"].replace("hard", name) for name in names}
    files |= {f"test_{name}.py": TEST.format(name) for name in names}
    usual, more = Crew(files=files), Crew(files=files)
    usual.run(usual.job())
    more.run(replace(more.job(), children=5))
    assert len(usual.children.sent) == 4
    assert [child.job_id for child in more.children.sent] == [f"gh-1-c{number}" for number in range(1, 6)]


def test_of_modules_that_share_tests_one_is_handed_out_at_a_time():
    shared = {
        "hard.py": HARD["hard.py"],
        "harder.py": HARD["hard.py"].replace("hard()", "harder()"),
        "test_hard.py": "import hard\nimport harder\n\ndef test_it(): ...\n",
    }
    crew = Crew(files=shared)
    crew.run(crew.job())
    assert [child.path for child in crew.children.sent] == ["hard.py"]


def test_a_child_gets_the_modules_around_its_own_as_they_were_mended_here():
    crew = Crew(files={**HARD, "test_hard.py": "import hard\nimport cart\n\ndef test_it(): ...\n"})
    crew.run(crew.job())
    (child,) = crew.children.sent
    assert {file.path: file.text for file in child.tests}["cart.py"] == FILES["cart.py"].replace(
        "WRONG", "right"
    )


async def test_a_child_s_message_can_be_read_however_much_time_the_job_had(crew):
    crew.seconds = 2160
    await crew.running(crew.job())
    (child,) = crew.children.sent
    assert decode_job(encode_job(child), message_id="") == child


async def test_what_another_version_kept_is_not_read(crew):
    job = crew.job()
    await crew.running(job)
    kept = json.loads(crew.artifacts.files[handed_key("gh-1")])
    crew.artifacts.files[handed_key("gh-1")] = json.dumps({**kept, "schema": 99}).encode()
    assert (await crew.running(job)).end_reason is EndReason.FANNED_OUT
    assert {child.job_id for child in crew.children.sent} == {"gh-1-c1"}
