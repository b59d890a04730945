"""On a host that is busy with other things a job keeps fewer tests, never none."""

import fractions
import inspect
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest

from worker.adapters.system_clock import SystemClock
from worker.domain.attempt import EndReason
from worker.domain.job import Job, JobKind
from worker.domain.outcome import PipelineOutcome
from worker.engines.builtin import BuiltinEngine
from worker.generation.pipeline import TestPipeline
from worker.languages.javascript import JavaScriptLanguage
from worker.languages.python import PythonLanguage
from worker.sandboxes.process import ProcessSandbox

pytestmark = pytest.mark.slow
HOGS, LONGEST_SECONDS = 4, 120
HOG = f"import time\nend = time.monotonic() + {LONGEST_SECONDS}\nwhile time.monotonic() < end: pass"
DURATIONS = """
'use strict';
const units = { s: 1000, m: 60 * 1000, h: 60 * 60 * 1000 };

module.exports = function duration(value, options) {
  if (typeof value === 'string' && value.length > 0) return parse(value);
  if (typeof value === 'number' && Number.isFinite(value)) return options && options.long ? long(value) : short(value);
  throw new Error('not a duration: ' + JSON.stringify(value));
};

function parse(text) {
  const match = /^(-?[0-9]*\\.?[0-9]+) *(seconds?|s|minutes?|m|hours?|h)?$/i.exec(text);
  if (!match) return undefined;
  return parseFloat(match[1]) * units[(match[2] || 's')[0].toLowerCase()];
}

function short(ms) {
  const size = Math.abs(ms);
  if (size >= units.h) return Math.round(ms / units.h) + 'h';
  if (size >= units.m) return Math.round(ms / units.m) + 'm';
  return size >= units.s ? Math.round(ms / units.s) + 's' : ms + 'ms';
}

function long(ms) {
  const size = Math.abs(ms);
  for (const [unit, name] of [['h', 'hour'], ['m', 'minute'], ['s', 'second']]) {
    if (size >= units[unit]) return Math.round(ms / units[unit]) + ' ' + name + (size >= units[unit] * 1.5 ? 's' : '');
  }
  return ms + ' ms';
}
"""
ENDLESS_BESIDE_GOOD = """
def spin(count):
    while True:
        count += 1


def clamp(value: int, low: int, high: int) -> int:
    if low > high:
        raise ValueError("low is above high")
    if value < low:
        return low
    return high if value > high else value
"""
ENDLESS_AND_STUBBORN = (
    ENDLESS_BESIDE_GOOD
    + """

def stubborn(count):
    while True:
        try:
            while True:
                count += 1
        except BaseException:
            pass
"""
)


@pytest.fixture
def pipeline() -> Iterator[TestPipeline]:
    sandbox = ProcessSandbox()
    languages = (PythonLanguage(), JavaScriptLanguage())
    engine = BuiltinEngine(languages=languages, sandbox=sandbox)
    yield TestPipeline(engine=engine, languages=languages, sandbox=sandbox, clock=SystemClock())
    sandbox.close()


@pytest.fixture
def hogs() -> Iterator[None]:
    """Other load: more endless processes than the host has processors."""
    started = [subprocess.Popen([sys.executable, "-S", "-c", HOG]) for _ in range(HOGS)]
    yield
    for hog in started:
        hog.kill()
        hog.wait()


async def outcome_of(pipeline: TestPipeline, code: str, path: str, budget_seconds: float) -> PipelineOutcome:
    language = "python" if path.endswith(".py") else "javascript"
    job = Job(job_id="busy", kind=JobKind.TEST, language=language, code=code, path=path)
    outcome = await pipeline.run(job, budget_seconds=budget_seconds)
    assert sum(outcome.rejected.values()) + len(outcome.tests) == outcome.proposed
    return outcome


@pytest.mark.usefixtures("hogs")
@pytest.mark.parametrize(
    ("code", "path", "least"),
    [
        (inspect.getsource(fractions), "fractions.py", 10),
        (inspect.getsource(textwrap), "textwrap.py", 4),
        (inspect.getsource(shlex), "shlex.py", 3),
        pytest.param(
            DURATIONS,
            "duration.js",
            5,
            marks=pytest.mark.skipif(shutil.which("node") is None, reason="needs Node"),
        ),
    ],
)
async def test_beside_other_load_tests_are_kept(
    pipeline: TestPipeline, code: str, path: str, least: int
) -> None:
    outcome = await outcome_of(pipeline, code, path, 4)
    assert outcome.end_reason is EndReason.PROVED, outcome.explanation
    assert len(outcome.tests) >= least
    assert outcome.rejected.get("flaky", 0) == 0


@pytest.mark.parametrize("code", [ENDLESS_BESIDE_GOOD, ENDLESS_AND_STUBBORN])
async def test_an_endless_function_leaves_time_for_its_neighbour(pipeline: TestPipeline, code: str) -> None:
    outcome = await outcome_of(pipeline, code, "bounds.py", 3)
    assert outcome.end_reason is EndReason.PROVED, outcome.explanation
    assert {test.target for test in outcome.tests} == {"clamp"}
    assert len(outcome.tests) >= 3
