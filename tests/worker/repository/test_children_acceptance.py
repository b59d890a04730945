"""A module that one worker does not get done with is mended by a child job on another one, and both fixes come in one pull request: all real but GitHub and the model."""

import json
from http.server import BaseHTTPRequestHandler
from threading import Event

import pytest

from tests.github.description import description
from tests.worker.faults.engines import ScriptedOllama, says
from tests.worker.processes.test_fanout import BROKEN, MENDED, TESTS
from tests.worker.repository.stage import Stage, a_cloud, run_tests
from worker.domain.repository_report import handed_key

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

GUARD_SECONDS = 480
NUMERALS = {"numerals.py": BROKEN, "test_numerals.py": TESTS}


class SlowModel:
    """It knows the mend of the numerals, and thinks longer than a module of a repository has."""

    def __init__(self) -> None:
        self.may_answer = Event()

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        text = ""
        if json.loads(handler.body).get("prompt"):  # without one it is only loaded
            self.may_answer.wait(GUARD_SECONDS)
            text = f"```python\n{MENDED}```\n"
        says(text)(handler)


@pytest.fixture
def stage(tmp_path):
    if description() is None:
        pytest.skip("GitHub's description comes by npm, which is missing or reaches no registry")
    with a_cloud(tmp_path / "cloud") as cloud:
        made = Stage(folder=tmp_path, cloud=cloud, languages=("python",), more_files=NUMERALS)
        try:
            yield made
        finally:
            made.close()


def test_what_a_model_had_no_time_for_is_mended_by_a_child_job_and_published_with_the_rest(stage):
    model = SlowModel()
    with ScriptedOllama(model) as ollama:
        try:
            for _ in range(2):
                stage.start_worker(
                    engine="ollama", ollama_url=ollama.url, model="slow", job_timeout_seconds=60
                )
            answer = stage.deliver("workflow_run", stage.failed_run(), delivery="delivery-1")
            handed = handed_key(answer["job_id"])
            stage.fleet.wait_until(lambda: handed in stage.fleet.result_versions(), seconds=GUARD_SECONDS)
            model.may_answer.set()
            result = stage.wait_for(answer["job_id"], seconds=GUARD_SECONDS)
        finally:
            model.may_answer.set()
    assert result["status"] == "succeeded", result["explanation"]
    ends = {unit["path"]: unit["end"] for unit in result["repository_report"]["units"]}
    assert (ends["shop/cart.py"], ends["numerals.py"]) == ("fixed", "fixed")
    child = stage.fleet.result(f"{answer['job_id']}-c1")
    assert (child["path"], child["repair"]["origin"]) == ("numerals.py", "engine")

    held = stage.held()
    assert held["violations"] == []
    (pull,) = held["pulls"]
    place = stage.check_out(pull["head"]["ref"])
    assert (place / "numerals.py").read_text().strip() == MENDED.strip()
    done = run_tests(place, "python")
    assert done.returncode == 0, done.stdout + done.stderr
