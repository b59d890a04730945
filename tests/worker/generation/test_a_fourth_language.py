"""A language that the product does not know goes through the whole pipeline by its port alone."""

import pytest

from tests.fakes.calc_language import CalcLanguage
from worker.adapters.system_clock import SystemClock
from worker.domain.attempt import EndReason
from worker.domain.job import Job, JobKind
from worker.engines.builtin import BuiltinEngine
from worker.generation.pipeline import TestPipeline
from worker.sandboxes.process import ProcessSandbox

pytestmark = pytest.mark.slow


class CalcPrompts:
    """The fourth file: a prompt."""

    def for_tests(self, language, subject, survey):
        return f"Write checks of {', '.join(survey.targets)}:\n\n```{language}\n{subject.source}```\n"


@pytest.fixture
def pipeline():
    sandbox, languages = ProcessSandbox(), [CalcLanguage()]
    engine = BuiltinEngine(languages=languages, sandbox=sandbox)
    yield TestPipeline(
        engine=engine, languages=languages, sandbox=sandbox, clock=SystemClock(), prompts=CalcPrompts()
    )
    sandbox.close()


def job(code: str) -> Job:
    return Job(job_id="job", kind=JobKind.TEST, language="calculator", code=code, path="sums.calc")


async def test_its_tests_are_proved_and_kept(pipeline):
    outcome = await pipeline.run(job("add(a, b) = a + b\ntriple(a) = a * 3\n"), budget_seconds=5)
    assert outcome.end_reason is EndReason.PROVED
    assert outcome.test_file is not None
    assert outcome.test_file.path == "sums.check"
    assert outcome.coverage.line_ratio == 1.0
    assert outcome.mutants_killed == outcome.mutants_total == 2
    assert {test.target for test in outcome.tests} == {"add", "triple"}


async def test_what_it_refuses_is_explained(pipeline):
    outcome = await pipeline.run(job("add a b\n"), budget_seconds=5)
    assert outcome.end_reason is EndReason.SOURCE_REJECTED
    assert "Line 1" in outcome.explanation
