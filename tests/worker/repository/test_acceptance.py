"""A failed build becomes a pull request whose branch passes: everything real but GitHub, which holds each call against its description."""

import subprocess
import sys

import pytest

from tests.github.description import description
from tests.worker.processes.fleet import ROOT
from tests.worker.repository.stage import Stage, run_tests

pytestmark = pytest.mark.slow

LANGUAGES = ("python", "javascript")
GUARD_SECONDS = 480


@pytest.fixture
def stage(tmp_path):
    if description() is None:
        pytest.skip("GitHub's description comes by npm, which is missing or reaches no registry")
    command = [sys.executable, "-m", "tests.worker.processes.cloud"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as cloud:
        assert cloud.stdout is not None
        made = Stage(folder=tmp_path, cloud=cloud.stdout.readline().decode().strip(), languages=LANGUAGES)
        try:
            yield made
        finally:
            made.close()
            cloud.kill()


def test_a_failed_build_becomes_one_pull_request_whose_branch_passes(stage):
    forged = stage.deliver("workflow_run", stage.failed_run(), delivery="delivery-0", secret="x" * 20)
    assert forged["status"] == 401
    answer = stage.deliver("workflow_run", stage.failed_run(), delivery="delivery-1")
    again = stage.deliver("workflow_run", stage.failed_run(), delivery="delivery-1")
    assert (answer["outcome"], again["outcome"]) == ("queued", "already handled")
    stage.start_worker()
    result = stage.wait_for(answer["job_id"], seconds=GUARD_SECONDS)
    assert result["status"] == "succeeded", result["explanation"]

    held = stage.held()
    assert held["violations"] == []
    (pull,) = held["pulls"]
    assert (pull["base"]["ref"], pull["state"]) == ("main", "open")
    (run,) = [run for run in held["runs"] if run["head_sha"] == stage.broken][-1:]
    assert run["name"] == "fleet / fix"
    assert {note["path"] for note in held["annotations"][str(run["id"])]} == {"shop/cart.py", "web/price.js"}
    branch = pull["head"]["ref"]
    assert len(stage.remotes.log(stage.repository, branch)) == 2 + len(LANGUAGES)
    assert stage.remotes.tip(stage.repository, "main") == stage.broken
    place = stage.check_out(branch)
    for language in LANGUAGES:
        done = run_tests(place, language)
        assert done.returncode == 0, done.stdout + done.stderr
