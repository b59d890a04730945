"""A fix whose search is split over real workers, one of which is killed with a child in its hands."""

import json
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any

import pytest

from tests.worker.faults.engines import ScriptedOllama, says
from tests.worker.processes.fleet import Fleet
from worker.domain.fanout import child_id
from worker.domain.job import Job, JobKind, SourceFile
from worker.domain.job_codec import encode_job
from worker.repair.plan import decode_plan, plan_key

pytestmark = pytest.mark.slow

PARENT = "fix-numerals"
BROKEN = "def numeral(number):\n    return str(number)\n"
TESTS = """\
from numerals import numeral


def test_ones():
    assert numeral(1) == "I"
    assert numeral(3) == "III"
    assert numeral(4) == "IV"
    assert numeral(6) == "VI"


def test_tens():
    assert numeral(10) == "X"
    assert numeral(14) == "XIV"
    assert numeral(29) == "XXIX"
    assert numeral(41) == "XLI"
    assert numeral(99) == "XCIX"
"""
MENDED = """\
def numeral(number):
    pairs = zip((100, 90, 50, 40, 10, 9, 5, 4, 1), "C XC L XL X IX V IV I".split())
    text = ""
    for value, sign in pairs:
        while number >= value:
            text += sign
            number -= value
    return text
"""
HANG_SECONDS = 240


class Models:
    """A cheap model that knows nothing, and a strong one whose first answer is long in coming."""

    def __init__(self) -> None:
        self.is_asked, self.may_answer = Event(), Event()

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        request = json.loads(handler.body)
        text = "I can't tell."
        if "prompt" in request and request["model"] == "strong":
            self.is_asked.set()
            self.may_answer.wait(HANG_SECONDS)
            text = f"```python\n{MENDED}```\n"
        says(text)(handler)


def numerals(job_id: str, *, children: int, budget_seconds: float) -> Job:
    return Job(
        job_id=job_id,
        kind=JobKind.FIX,
        language="python",
        code=BROKEN,
        path="numerals.py",
        tests=(SourceFile(path="test_numerals.py", text=TESTS),),
        budget_seconds=budget_seconds,
        children=children,
    )


def child_of(fleet: Fleet, model: str) -> str:
    stored = fleet.s3.get_object(Bucket=fleet.name, Key=plan_key(PARENT))["Body"].read()
    plan = decode_plan(stored)
    assert plan is not None
    (share,) = (share for share in plan.shares if share.model == model)
    return child_id(PARENT, share.number)


def item(fleet: Fleet, job_id: str) -> dict[str, Any]:
    (found,) = fleet.jobs(job_id)
    return found


def is_over(fleet: Fleet) -> bool:
    """The parent has its result, and every child has ended; what is postponed is not seen in the queue."""
    has_result = f"test-results/{PARENT}.json" in fleet.result_versions()
    return has_result and set(fleet.statuses(PARENT)) <= {"succeeded", "failed", "cancelled"}


def test_a_child_whose_worker_is_killed_is_done_by_another_one_and_the_parent_gets_its_fix(cloud, tmp_path):
    fleet = Fleet(endpoint=cloud, folder=tmp_path, module="worker")
    models = Models()
    job = numerals(PARENT, children=3, budget_seconds=30)
    with ScriptedOllama(models) as ollama:
        try:
            for _ in range(2):
                fleet.start_worker(
                    concurrency=1,
                    engine="ollama",
                    ollama_url=ollama.url,
                    model="cheap,strong",
                    job_timeout_seconds=300,
                )
            fleet.send([encode_job(job)])
            fleet.wait_until(models.is_asked.is_set, seconds=HANG_SECONDS)
            child = child_of(fleet, "strong")
            victim = fleet.processes[int(item(fleet, child)["worker_id"]["S"].removeprefix("w"))]
            victim.kill()
            models.may_answer.set()
            fleet.wait_until(lambda: is_over(fleet), seconds=HANG_SECONDS)
            result = fleet.result(PARENT)
            assert (result["status"], result["repair"]["origin"]) == ("succeeded", "engine")
            assert result["repair"]["patched"].strip() == MENDED.strip()
            assert child in result["repair"]["children"]
            assert item(fleet, child)["status"]["S"] == "succeeded"
            assert int(item(fleet, child)["attempts"]["N"]) > 1
            assert set(fleet.result_versions().values()) == {1}
            assert victim.wait() == -9
        finally:
            models.may_answer.set()
            fleet.close()
