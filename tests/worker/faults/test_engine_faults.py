"""An engine that hangs, breaks off or talks nonsense: each job ends once, explained, and nothing of the nonsense is stored as a test."""

from collections.abc import Iterator

import pytest

from tests.worker.faults.engines import ScriptedOllama, cut_off, hangs, says, sends
from tests.worker.faults.stand import Stand
from tests.worker.processes.fleet import coded_job

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

CODE = "def double(n):\n    return n * 2\n"
TEST = "```python\nfrom subject import double\n\ndef test_double():\n    assert double(2) == 4\n```\n"
IDS = ["job-0", "job-1"]
GARBAGE = {
    "bytes": sends(200, bytes(range(256)) * 40),
    "no JSON": sends(200, b"<html>hello</html>"),
    "JSON of another kind": sends(200, b'["def test_a(): assert True"]\n'),
    "an error": sends(500, b'{"error": "out of memory"}'),
    "nothing": sends(200, b""),
    "half an answer": cut_off,
    "prose": says("I'm sorry, I can't do that."),
    "tests that pin nothing": says("```python\ndef test_a():\n    assert True\n```"),
    "tests that are wrong": says(
        "```python\nfrom double import *\n\ndef test_a():\n    assert double(2) == 5\n```"
    ),
    "YAML": says("tests:\n  - name: test_a\n    code: |\n      def test_a(): assert 1\n"),
    "a flood": says("def test_a(): assert " + "x" * (8 << 20)),
}


def start(stand: Stand, engine: ScriptedOllama, **more: object) -> None:
    settings = {"engine": "ollama", "ollama_url": engine.url, "model": "tiny", "job_budget_seconds": 1}
    stand.fleet.module = "worker"
    stand.start_worker(visibility_timeout_seconds=20, sandbox="process", **{**settings, **more})


@pytest.fixture(scope="module")
def engine() -> Iterator[ScriptedOllama]:
    with ScriptedOllama(cut_off) as serving:
        yield serving


@pytest.mark.parametrize("case", GARBAGE)
def test_garbage_of_an_engine_becomes_an_explained_end_and_no_test(
    case_stand: Stand, engine: ScriptedOllama, case: str
) -> None:
    stand, job_ids = case_stand, [f"{case_stand.prefix}{at}" for at in range(2)]
    engine.answer, asked_before = GARBAGE[case], engine.asked
    if not stand.fleet.processes:
        start(stand, engine, maximum_attempts=2, engine_pause_seconds=0)  # else jobs wait for it to be mended
    # Code of its own: what was proved of a case before is not remembered for this one.
    stand.fleet.send([coded_job(job_id, f"{CODE}\nORIGIN = {job_id!r}\n") for job_id in job_ids])
    stand.wait_until_dry(seconds=120)
    assert engine.asked > asked_before
    stand.facts["faults"] = engine.asked - asked_before
    results = [stand.fleet.result(job_id) for job_id in job_ids]
    stand.assert_conserved(job_ids, statuses=dict(stand.fleet.statuses(stand.prefix)))
    for result in results:
        assert result["explanation"].strip()
        written = (result.get("test_file") or {}).get("content", "")
        assert result["status"] == "failed" or "def test" in written, result["explanation"]
        assert "assert True" not in written
        assert "== 5" not in written
        assert "x" * 1000 not in written


def test_an_engine_that_hangs_costs_an_attempt_and_the_job_comes_again(stand: Stand) -> None:
    stand.fleet.send([coded_job(job_id, CODE) for job_id in IDS])
    with ScriptedOllama(hangs) as engine:
        start(stand, engine, job_timeout_seconds=12)
        stand.fleet.wait_until(lambda: engine.asked >= 2, seconds=90)
        engine.answer = says(TEST.replace("subject", "double"))
        stand.wait_until_dry(seconds=120)
    stand.facts["faults"] = engine.asked
    stand.assert_conserved(IDS, statuses=dict(stand.fleet.statuses()))
    assert all(stand.fleet.result(job_id)["explanation"].strip() for job_id in IDS)
    stand.assert_workers_live()
