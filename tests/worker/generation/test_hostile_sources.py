"""Sources that break parsers: each ends with an explanation, in every language, and never as an accident of the worker's own."""

from collections.abc import Iterator

import pytest

from worker.adapters.system_clock import SystemClock
from worker.domain.attempt import EndReason
from worker.domain.job import MAXIMUM_CODE_BYTES, Job, JobKind
from worker.engines.builtin import BuiltinEngine
from worker.generation.pipeline import TestPipeline
from worker.languages.javascript import JavaScriptLanguage
from worker.languages.python import PythonLanguage
from worker.languages.typescript import TypeScriptLanguage
from worker.runtime.dispatch import Dispatcher, DispatchPolicy
from worker.sandboxes.process import ProcessSandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

GOOD = {
    "python": "def double(n: int) -> int:\n    return n * 2\n",
    "javascript": "function double(n) { return n * 2; }\nmodule.exports = { double };\n",
    "typescript": "export function double(n: number): number { return n * 2; }\n",
}
REMARK = {"python": "#", "javascript": "//", "typescript": "//"}
EXPLAINED = {EndReason.PROVED, EndReason.NOTHING_KEPT, EndReason.SOURCE_REJECTED, EndReason.REQUEST_REJECTED}


def hostile(kind: str, language: str) -> str:
    good, remark = GOOD[language], REMARK[language]
    sources = {
        "deep brackets": "x = " + "[" * 100_000 + "]" * 100_000 + "\n",
        "open brackets": "x = " + "(" * 200_000 + "\n",
        "deep sums": good + "x = " + "+".join(["1"] * 50_000) + "\n",
        "deep signs": good + "y = " + "-" * 50_000 + "1\n",
        "NUL": f"{good}{remark} \x00\n",
        "controls": f"{good}{remark} \x1b[2J\x07\u202e\u2028\ufeff\ufffe\n",
        "four megabytes of remarks": f"{good}{remark}" + "x" * (MAXIMUM_CODE_BYTES - 200) + "\n",
        "four megabytes of one text": good + f"z = '{'x' * (MAXIMUM_CODE_BYTES - 200)}'\n",
        "nothing": "\n",
        "not a program": "\u65e5\u672c \u00a7$%&/ ``` {{{ ;;; <<<<<<< HEAD\n",
    }
    return sources[kind]


@pytest.fixture(scope="module")
def dispatcher() -> Iterator[Dispatcher]:
    sandbox = ProcessSandbox()
    languages = [PythonLanguage(), JavaScriptLanguage(), TypeScriptLanguage()]
    engine = BuiltinEngine(languages=languages, sandbox=sandbox)
    pipeline = TestPipeline(engine=engine, languages=languages, sandbox=sandbox, clock=SystemClock())
    policy = DispatchPolicy(timeout_seconds=200, budget_seconds=2)
    yield Dispatcher(pipelines={JobKind.TEST: pipeline}, policy=policy)
    sandbox.close()


@pytest.mark.parametrize("language", list(GOOD))
@pytest.mark.parametrize(
    "kind",
    [
        "deep brackets",
        "open brackets",
        "deep sums",
        "deep signs",
        "NUL",
        "controls",
        "four megabytes of remarks",
        "four megabytes of one text",
        "nothing",
        "not a program",
    ],
)
async def test_a_source_that_breaks_parsers_ends_with_an_explanation(
    dispatcher: Dispatcher, kind: str, language: str
) -> None:
    job = Job(job_id="hostile", kind=JobKind.TEST, language=language, code=hostile(kind, language))
    outcome = await dispatcher.run(job)
    assert outcome.end_reason in EXPLAINED, outcome.explanation
    assert outcome.explanation
    assert len(outcome.explanation) < 2_000
    outcome.explanation.encode()
