"""A failed build becomes a pull request whose branch passes: everything real but GitHub, which holds each call against its description."""

import pytest

from tests.github.description import description
from tests.worker.repository.stage import Stage, a_cloud, run_tests

pytestmark = pytest.mark.slow

LANGUAGES = ("python", "javascript")
GUARD_SECONDS = 480


@pytest.fixture
def stage(tmp_path):
    if description() is None:
        pytest.skip("GitHub's description comes by npm, which is missing or reaches no registry")
    with a_cloud(tmp_path / "cloud") as cloud:
        made = Stage(folder=tmp_path, cloud=cloud, languages=LANGUAGES)
        try:
            yield made
        finally:
            made.close()


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
    assert "Process completed with exit code 1." in run["output"]["summary"]
    assert {note["path"] for note in held["annotations"][str(run["id"])]} == {"shop/cart.py", "web/price.js"}
    branch = pull["head"]["ref"]
    assert len(stage.remotes.log(stage.repository, branch)) == 2 + len(LANGUAGES)
    assert stage.remotes.tip(stage.repository, "main") == stage.broken
    place = stage.check_out(branch)
    for language in LANGUAGES:
        done = run_tests(place, language)
        assert done.returncode == 0, done.stdout + done.stderr
