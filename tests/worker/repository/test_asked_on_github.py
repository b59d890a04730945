"""From `/fleet fix` on a pull request, through the worker, to what GitHub is told: only git and the pipeline for modules are fakes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.fakes.ingress import RULES
from tests.github.fixtures import Github, a_github
from tests.github.server import Refusal
from tests.worker.ingress import payloads as some
from tests.worker.repository.test_evidence import GREEN, LINTED, RAISED
from tests.worker.repository.test_pipeline import SHOP, Stand
from worker.adapters.github_failures import GithubFailures
from worker.adapters.github_forge_reports import GithubReports
from worker.adapters.github_pulls import GithubPulls
from worker.domain.errors import ForgeUnavailable
from worker.domain.job import Job, JobKind
from worker.domain.outcome import PipelineOutcome
from worker.domain.repository_report import UnitEnd
from worker.ingress.decisions import Requested, Rules
from worker.ingress.deliveries import decide

RUNS = "GET /repos/{owner}/{repo}/actions/runs"
RULE = Rules(repositories=("acme/shop",), app_slug=RULES.app_slug)


@dataclass
class Asked:
    """A pull request on GitHub whose tests pass in the sandbox."""

    github: Github
    stand: Stand
    number: int

    async def fix(self) -> PipelineOutcome:
        """Comment, as a maintainer."""
        payload = some.comment("/fleet fix")
        payload["repository"] = some.repository("acme/shop")
        payload["issue"]["number"] = self.number
        found = decide("issue_comment", payload, RULE, delivery=some.DELIVERY)
        assert isinstance(found, Requested)
        job = Job(job_id="gh-1", kind=JobKind.FIX, language="", code="", origin=found.origin)
        return await self.stand.running(job)

    def comment(self) -> str:
        """What stands in the pull request."""
        (only,) = self.github.world.projects["acme/shop"].comments
        return only["body"]

    def fails(self, run: int, workflow: str, log: str) -> None:
        project = self.github.world.projects["acme/shop"]
        project.ran(run, run * 10, "test", log)
        project.listed(run, self.stand.commit, workflow)


@pytest.fixture
async def asked() -> AsyncIterator[Asked]:
    stand = Stand()
    stand.commit = stand.checkout.commit(SHOP, "main", GREEN)
    async with a_github() as github:
        draft = {"title": "t", "head": "feature", "base": "main", "body": "b"}
        names, by = {"owner": "acme", "repo": "shop"}, await github.app.authority(SHOP)
        await github.api.post("/repos/{owner}/{repo}/pulls", names, draft, by=by)
        (pull,) = github.world.projects["acme/shop"].pulls
        pull["head"]["sha"] = stand.commit
        for side in ("head", "base"):
            pull[side]["repo"]["full_name"] = "acme/shop"
        stand.failures = GithubFailures(github.api, credentials=github.app, clock=github.clock)
        stand.pulls = GithubPulls(github.api, credentials=github.app)
        stand.reports = GithubReports(github.api, credentials=github.app)
        yield Asked(github=github, stand=stand, number=pull["number"])


async def test_the_failed_runs_of_the_head_are_read_and_named_in_the_answer(asked):
    asked.fails(31, "CI", RAISED)
    asked.fails(32, "Lint", LINTED)
    report = (await asked.fix()).repository_report
    assert report.log_source == "run 32 (Lint), test; run 31 (CI), test"
    assert {unit.path: unit.fault for unit in report.units if unit.end is UnitEnd.UNFIXED} == {
        "cart.py": "exception",
        "names.py": "lint",
    }
    (check,) = asked.github.world.projects["acme/shop"].runs
    for text in (asked.comment(), check["output"]["summary"]):
        assert "What run 32 \\(Lint\\), test; run 31 \\(CI\\), test said last:" in text
        assert "KeyError: 'price'" in text
        assert LINTED in text


async def test_where_no_run_failed_the_answer_is_what_the_tests_say_here(asked):
    asked.github.world.projects["acme/shop"].listed(31, asked.stand.commit, "CI", "success")
    await asked.fix()
    assert "Nothing to fix" in asked.comment()
    assert "run 31" not in asked.comment()


async def test_an_app_without_the_right_to_read_runs_still_answers(asked):
    asked.fails(31, "CI", RAISED)
    asked.github.server.refuse(RUNS, Refusal(403, {"x-accepted-github-permissions": "actions=read"}))
    await asked.fix()
    assert "Nothing to fix" in asked.comment()
    assert f"Of failed runs of commit {asked.stand.commit[:12]}: GitHub refused" in asked.comment()
    assert "actions=read" in asked.comment()


async def test_a_limit_postpones_the_job_before_anything_is_worked_out(asked):
    asked.fails(31, "CI", RAISED)
    asked.github.server.refuse(RUNS, Refusal(429, {"retry-after": "600"}, "{}"))
    with pytest.raises(ForgeUnavailable):
        await asked.fix()
    assert asked.stand.modules.jobs == []
    assert "KeyError" in (await asked.fix()).repository_report.log_excerpt
