"""From a commit to a pull request and answers, each step done once however often it is tried."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from tests.fakes.artifacts import FakeArtifacts
from tests.fakes.clock import FakeClock
from tests.fakes.forge import FakeForge, FakeReports
from tests.fakes.source_checkout import FakeFailures, FakePulls, FakeSourceCheckout
from tests.worker.repository.mending import MendingPipeline
from worker.domain.attempt import EndReason
from worker.domain.errors import ForgeRefused, ForgeUnavailable, RequestRejected
from worker.domain.forge import CheckConclusion, PullRequestState
from worker.domain.job import Job, JobKind
from worker.domain.origin import Origin
from worker.domain.publication import PublicationEnd, Repository
from worker.domain.repository_report import UnitEnd
from worker.repository.pipeline import RepositoryPipeline, Surroundings
from worker.repository_ports import PullRequestHead

SHOP = Repository(owner="acme", name="shop")
TEST = "import {0}\n\ndef test_it(): ...\n"
FILES = {
    "cart.py": "def total():\n    return 'WRONG'\n",
    "test_cart.py": TEST.format("cart"),
    "names.py": "def greet():\n    return 'WRONG'\n",
    "test_names.py": TEST.format("names"),
    "fine.py": "def fine(): ...\n",
    "test_fine.py": TEST.format("fine"),
}


@dataclass
class Stand:
    checkout: FakeSourceCheckout = field(default_factory=FakeSourceCheckout)
    forge: FakeForge = field(default_factory=FakeForge)
    reports: FakeReports = field(default_factory=FakeReports)
    pulls: FakePulls = field(default_factory=FakePulls)
    failures: FakeFailures = field(default_factory=FakeFailures)
    artifacts: FakeArtifacts = field(default_factory=FakeArtifacts)
    modules: MendingPipeline = field(default_factory=MendingPipeline)

    def __post_init__(self) -> None:
        self.checkout.commit(SHOP, "main", {"README.md": "a shop\n"})
        self.commit = self.checkout.commit(SHOP, "main", FILES)

    def job(self, kind: JobKind = JobKind.FIX, **changes: object) -> Job:
        origin = Origin(
            repository="acme/shop", clone_url="https://github.com/acme/shop.git", sha=self.commit, ref="main"
        )
        return Job(job_id="gh-1", kind=kind, language="", code="", origin=replace(origin, **changes))

    def run(self, job: Job):
        return asyncio.run(self.running(job))

    def surroundings(self) -> Surroundings:
        return Surroundings(
            checkouts=self.checkout.opened,
            forge=self.forge,
            reports=self.reports,
            pulls=self.pulls,
            failures=self.failures,
            artifacts=self.artifacts,
        )

    async def running(self, job: Job):
        pipeline = RepositoryPipeline(self.modules, surroundings=self.surroundings(), clock=FakeClock())
        return await pipeline.run(job, budget_seconds=60)

    def ends(self, outcome) -> dict[str, UnitEnd]:
        return {unit.path: unit.end for unit in outcome.repository_report.units}


@pytest.fixture
def stand() -> Stand:
    return Stand()


def test_every_module_whose_tests_fail_is_mended_by_a_commit_of_one_pull_request(stand):
    outcome = stand.run(stand.job())
    assert outcome.end_reason is EndReason.PROVED
    assert stand.ends(outcome) == {
        "cart.py": UnitEnd.FIXED,
        "fine.py": UnitEnd.PASSING,
        "names.py": UnitEnd.FIXED,
    }
    ((head, draft, request),) = stand.forge.pulls
    assert outcome.repository_report.publication.end is PublicationEnd.OPENED
    assert (draft.base_branch, request.number) == ("main", 1)
    assert "cart.py" in draft.title
    assert "names.py" in draft.title
    tip = stand.checkout.branches["acme/shop", head.partition(":")[2]]
    assert {path: stand.checkout.commits[tip].files[path] for path in ("cart.py", "names.py")} == {
        "cart.py": "def total():\n    return 'right'\n",
        "names.py": "def greet():\n    return 'right'\n",
    }
    assert stand.checkout.branches["acme/shop", "main"] == stand.commit


def test_the_answer_is_a_check_run_with_annotations_where_the_patches_are(stand):
    outcome = stand.run(stand.job())
    report = stand.reports.checks["acme/shop", stand.commit, "fleet / fix"]
    assert report.conclusion is CheckConclusion.NEUTRAL
    assert report.title == "2 modules fixed, of 3 looked at"
    assert {(note.path, note.start_line, note.end_line) for note in report.annotations} == {
        ("cart.py", 2, 2),
        ("names.py", 2, 2),
    }
    assert "#1" in report.summary
    assert "@acme" not in report.summary
    assert stand.reports.comments == {}
    assert "2 modules fixed" in outcome.explanation


def test_work_that_is_done_already_is_published_and_not_done_again(stand):
    job = stand.job()
    first = stand.run(job)
    reads, worked, pulls = len(stand.checkout.reads), len(stand.modules.jobs), len(stand.forge.pulls)
    again = stand.run(job)
    assert (len(stand.checkout.reads), len(stand.modules.jobs), len(stand.forge.pulls)) == (
        reads,
        worked,
        pulls,
    )
    assert again.repository_report.publication.end is PublicationEnd.UNCHANGED
    assert again.repository_report.units == first.repository_report.units
    assert again.end_reason is EndReason.PROVED


def test_another_delivery_about_the_same_faults_finds_the_same_pull_request(stand):
    stand.run(stand.job())
    again = stand.run(replace(stand.job(), job_id="gh-2"))
    assert len(stand.forge.pulls) == len(stand.checkout.pushes) == 1
    assert again.repository_report.publication.end is PublicationEnd.UPDATED  # it names the newer job


@pytest.mark.parametrize("step", ["open_pull_request", "facts", "report_check"])
def test_a_forge_that_fails_at_any_step_is_asked_again_and_nothing_is_doubled(stand, step, down):
    job = stand.job()
    down(stand, step)
    with pytest.raises(ForgeUnavailable):
        stand.run(job)
    outcome = stand.run(job)
    assert outcome.end_reason is EndReason.PROVED
    assert len(stand.forge.pulls) == len(stand.checkout.pushes) == 1
    assert len(stand.modules.jobs) == 3


@pytest.fixture
def down():
    """Let one call of the forge fail, once."""

    class Failing:
        def __init__(self, inner: object, step: str) -> None:
            self._inner, self._step = inner, step

        def __getattr__(self, name: str) -> object:
            if name == self._step:
                self._step = ""

                async def refused(*_: object, **__: object) -> None:
                    raise ForgeUnavailable("GitHub stumbled (502)")

                return refused
            return getattr(self._inner, name)

    def set_up(stand: Stand, step: str) -> None:
        stand.forge, stand.reports = Failing(stand.forge, step), Failing(stand.reports, step)

    return set_up


def test_what_a_person_closed_stays_closed(stand):
    stand.run(stand.job())
    stand.forge.change(1, state=PullRequestState.CLOSED)
    again = stand.run(replace(stand.job(), job_id="gh-2"))
    assert again.repository_report.publication.end is PublicationEnd.CLOSED
    assert len(stand.forge.pulls) == 1


def test_a_comment_is_answered_in_its_pull_request_by_one_comment(stand):
    stand.pulls.heads[7] = PullRequestHead(
        commit=stand.commit, branch="main", base_commit=stand.commit, base_branch="trunk", is_fork=False
    )
    job = stand.job(sha="", ref="", pull_request=7)
    stand.run(job)
    stand.run(replace(job, job_id="gh-2"))
    ((place, text),) = stand.reports.comments.items()
    assert place == ("acme/shop", 7, "fix")
    assert "cart.py" in text


def test_a_fix_for_a_fork_is_shown_and_pushed_nowhere(stand):
    stand.pulls.heads[7] = PullRequestHead(
        commit=stand.commit, branch="main", base_commit="", base_branch="main", is_fork=True
    )
    outcome = stand.run(stand.job(sha=stand.commit, ref="", pull_request=7))
    assert outcome.repository_report.publication is None
    assert stand.forge.pulls == stand.checkout.pushes == []
    assert "+    return 'right'" in stand.reports.comments["acme/shop", 7, "fix"]


def test_who_asks_for_what_may_not_be_run_hears_why(stand):
    stand.pulls.heads[7] = PullRequestHead(
        commit=stand.commit, branch="main", base_commit="", base_branch="main", is_fork=True
    )
    with pytest.raises(RequestRejected):
        stand.run(stand.job(sha="", ref="", pull_request=7))
    assert "name the commit" in stand.reports.comments["acme/shop", 7, "fix"]
    assert stand.modules.jobs == []


def test_where_the_tests_pass_nothing_is_published(stand):
    stand.commit = stand.checkout.commit(
        SHOP, "main", {path: text.replace("WRONG", "right") for path, text in FILES.items()}
    )
    outcome = stand.run(stand.job())
    assert outcome.end_reason is EndReason.NOTHING_KEPT
    assert "Nothing to fix" in outcome.explanation
    assert stand.forge.pulls == []
    check = stand.reports.checks["acme/shop", stand.commit, "fleet / fix"]
    assert check.conclusion is CheckConclusion.SUCCESS


def test_of_modules_that_share_a_test_the_second_sees_the_first_mended(stand):
    stand.commit = stand.checkout.commit(SHOP, "main", {"test_both.py": "import cart, names\n"})
    stand.run(stand.job())
    by_path = {job.path: job for job in stand.modules.jobs}
    beside = {file.path: file.text for file in by_path["names.py"].tests}
    assert "right" in beside["cart.py"]


def test_a_language_that_nobody_mends_stops_nothing_else(stand):
    stand.commit = stand.checkout.commit(
        SHOP, "main", {"unit.ts": "WRONG\n", "unit.test.ts": "import './unit'\n"}
    )
    outcome = stand.run(stand.job())
    assert stand.ends(outcome)["unit.ts"] is UnitEnd.UNSERVED
    assert stand.ends(outcome)["cart.py"] is UnitEnd.FIXED


def test_a_forge_that_refuses_the_push_for_good_still_gets_the_answer(stand):
    class Refusing(FakeForge):
        async def facts(self, repository):
            raise ForgeRefused("we lack the right to do this")

    stand.forge = Refusing()
    outcome = stand.run(stand.job())
    assert outcome.end_reason is EndReason.PROVED
    assert "we lack the right" in outcome.explanation
    assert stand.reports.checks


def test_tests_are_written_for_what_a_change_touches_and_kept(stand):
    stand.commit = stand.checkout.commit(
        SHOP, "main", {"fine.py": "def fine(): return 1\n", "flag.py": "FLAG = 1\n"}
    )
    outcome = stand.run(stand.job(JobKind.TEST))
    assert stand.ends(outcome) == {"fine.py": UnitEnd.TESTED, "flag.py": UnitEnd.UNTESTED}
    unit = outcome.repository_report.units[0]
    assert (unit.kept, unit.line_ratio, unit.mutants_killed, unit.mutants_total) == (1, 0.75, 3, 5)
    assert stand.artifacts.files[unit.artifact] == b"def test_it(): ...\n"
    check = stand.reports.checks["acme/shop", stand.commit, "fleet / tests"]
    assert "| 75% | 3 of 5 |" in check.summary
    assert stand.forge.pulls == []


def test_a_change_without_code_has_nothing_to_test(stand):
    stand.commit = stand.checkout.commit(SHOP, "main", {"README.md": "a better shop\n"})
    outcome = stand.run(stand.job(JobKind.TEST))
    assert outcome.end_reason is EndReason.NOTHING_KEPT
    assert outcome.repository_report.units == ()


def test_a_job_with_code_goes_its_old_way(stand):
    job = Job(job_id="one", kind=JobKind.FIX, language="python", code="WRONG\n", path="a.py")
    outcome = stand.run(job)
    assert outcome.repair.patched == "right\n"
    assert stand.checkout.reads == []


def test_a_worker_without_a_forge_says_so():
    pipeline = RepositoryPipeline(MendingPipeline(), surroundings=None, clock=FakeClock())
    with pytest.raises(RequestRejected, match="no forge"):
        asyncio.run(pipeline.run(Stand().job(), budget_seconds=1))


def test_names_that_lead_out_of_a_folder_are_not_read(stand):
    odd = {"../out.py": "x = 1\n", "a//b.py": "", "c\\d.py": "", f"{'n' * 2000}.py": ""}
    stand.commit = stand.checkout.commit(SHOP, "main", odd)
    stand.run(stand.job())
    assert set(stand.checkout.reads[0]) == set(FILES)


def test_a_module_is_handed_on_with_the_lines_that_the_change_made(stand):
    changed = {"cart.py": FILES["cart.py"].replace("'WRONG'", "'WRONG' + ''")}
    stand.commit = stand.checkout.commit(SHOP, "main", changed)
    stand.run(stand.job())
    assert {job.path: job.changed_lines for job in stand.modules.jobs} == {
        "cart.py": (2,),
        "fine.py": (),
        "names.py": (),
    }


def test_of_a_module_that_the_change_made_no_lines_are_told(stand):
    stand.run(stand.job())
    assert {job.changed_lines for job in stand.modules.jobs} == {()}
