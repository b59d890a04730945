"""Code that means harm, or just misbehaves, ends in an explained outcome; what can be tested beside it is."""

import asyncio
import colorsys
import inspect
import os
from collections.abc import Iterator

import pytest

from worker.adapters.system_clock import SystemClock
from worker.domain.attempt import EndReason
from worker.domain.job import Job, JobKind
from worker.domain.outcome import PipelineOutcome
from worker.engines.builtin import BuiltinEngine
from worker.generation.pipeline import TestPipeline
from worker.languages.python import PythonLanguage
from worker.sandboxes.process import ProcessSandbox
from worker.sandboxes.slots import has_processes

pytestmark = pytest.mark.slow

HARMLESS = "\ndef g(x: int):\n    return x + 1\n"


@pytest.fixture
def sandbox() -> Iterator[ProcessSandbox]:
    made = ProcessSandbox()
    yield made
    made.close()


@pytest.fixture
def pipeline(sandbox: ProcessSandbox) -> TestPipeline:
    languages = [PythonLanguage()]
    engine = BuiltinEngine(languages=languages, sandbox=sandbox)
    return TestPipeline(engine=engine, languages=languages, sandbox=sandbox, clock=SystemClock())


async def outcome_of(pipeline: TestPipeline, code: str, *, budget_seconds: float = 4) -> PipelineOutcome:
    job = Job(job_id="hostile", kind=JobKind.TEST, language="python", code=code, path="hostile.py")
    outcome = await pipeline.run(job, budget_seconds=budget_seconds)
    assert outcome.explanation
    assert sum(outcome.rejected.values()) + len(outcome.tests) == outcome.proposed
    return outcome


@pytest.mark.parametrize(
    "harm",
    [
        "def f(n):\n    while True: pass",
        "def f(n):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
        "import os\ndef f(): os._exit(0)",
        "import ctypes\ndef f(): return ctypes.string_at(0)",
        "import socket\ndef f(): return socket.create_connection(('203.0.113.1', 80))",
        "def f(name: str): open('/tmp/ddf-hostile', 'w').write(name)",
        "import time\ndef f(): time.sleep(1000)",
        "print('junk' * 10_000)\ndef f(): print('{\"tests\": []}' * 1000)",
        "import os\nos.chdir('/')\ndef f(): return 1",
        "def f(): return f()",
    ],
)
async def test_the_harmless_neighbour_is_tested_all_the_same(pipeline: TestPipeline, harm: str) -> None:
    outcome = await outcome_of(pipeline, harm + HARMLESS)
    assert outcome.end_reason is EndReason.PROVED
    assert "g" in {test.target for test in outcome.tests} | {
        test.target.split(".")[0] for test in outcome.tests
    }
    assert "ddf-hostile" not in await asyncio.to_thread(os.listdir, "/tmp")


@pytest.mark.parametrize(
    "harm",
    [
        "import os\ndef f(): os.kill(os.getppid(), 9)",
        "import os\ndef f(): os.kill(-1, 9)",
        "import json, builtins\njson.dumps = lambda *a, **k: '{}'\nbuiltins.open = None\ndef f(): return 1",
        "import random\ndef f(): return random.random()",
        "import time\ndef f(): return time.time()",
        "import os\ndef f(): return sorted(os.environ)",
        "calls = 0\ndef f():\n    global calls\n    calls += 1\n    return calls",
    ],
)
async def test_what_can_t_be_tested_is_explained(pipeline: TestPipeline, harm: str) -> None:
    outcome = await outcome_of(pipeline, harm, budget_seconds=2)
    assert outcome.end_reason in (EndReason.NOTHING_KEPT, EndReason.SOURCE_REJECTED)
    assert outcome.test_file is None


async def test_a_fork_bomb_leaves_nothing_running(pipeline: TestPipeline, sandbox: ProcessSandbox) -> None:
    bomb = "import os\ndef f(n):\n    while True:\n        try: os.fork()\n        except OSError: pass"
    await outcome_of(pipeline, bomb + HARMLESS, budget_seconds=6)
    assert [slot for slot in sandbox._slots._free if has_processes(slot.user_id)] == []


async def test_real_code_gets_tests_that_plain_pytest_passes(pipeline: TestPipeline) -> None:
    code = inspect.getsource(colorsys)
    job = Job(job_id="colorsys", kind=JobKind.TEST, language="python", code=code, path="colorsys.py")
    outcome = await pipeline.run(job, budget_seconds=8)
    assert outcome.end_reason is EndReason.PROVED
    assert outcome.coverage is not None
    assert (outcome.coverage.branch_ratio or 0) >= 0.7
    assert outcome.mutants_killed >= 0.7 * outcome.mutants_total
    assert len(outcome.tests) >= 10
