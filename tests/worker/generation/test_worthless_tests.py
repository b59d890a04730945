"""Tests that are worth nothing, as models write them, through the pipeline with the real sandbox: none is returned."""

from collections.abc import Iterator

import pytest

from tests.fakes.engine import FakeEngine
from worker.adapters.system_clock import SystemClock
from worker.domain.attempt import EndReason
from worker.domain.job import Job, JobKind
from worker.domain.outcome import PipelineOutcome
from worker.generation.pipeline import TestPipeline
from worker.languages.javascript import JavaScriptLanguage
from worker.languages.python import PythonLanguage
from worker.languages.typescript import TypeScriptLanguage
from worker.sandboxes.process import ProcessSandbox

pytestmark = pytest.mark.slow

PYTHON = """
import random
import time


class Thing:
    pass


def double(n):
    if n > 100:
        return -1
    return n * 2


def names(text):
    return set(text.split())


def now():
    return time.time()


def pick():
    return random.random()


def thing():
    return Thing()
"""
JAVASCRIPT = """
class Thing {}
function double(n) {
  if (n > 100) return -1;
  return n * 2;
}
function now() { return Date.now(); }
function pick() { return Math.random(); }
module.exports = { Thing, double, now, pick };
"""
TYPESCRIPT = """
export class Thing {}
export function double(n: number): number {
  if (n > 100) return -1;
  return n * 2;
}
export function now(): number { return Date.now(); }
export function pick(): number { return Math.random(); }
"""
WORTHLESS_PYTHON = {
    "itself": "x = code.double(2)\nassert x == x",
    "true": "code.double(2)\nassert True",
    "one_is_one": "code.double(2)\nassert 1 == 1",
    "twice": "assert code.double(2) == code.double(2)",
    "object": "assert isinstance(code.double(1), object)",
    "tuple": "assert (code.double(1) == 3, 'never looked at')",
    "nothing": "code.double(2)",
    "own_copy": "def double(n):\n    return n * 2\nassert double(2) == 4",
    "address": "x = code.thing()\nassert repr(x).startswith('<code.Thing object at 0x7f')",
    "exact_address": "assert hex(id(code.thing())) == '0x7f11aa22bb33'",
    "known_id": "assert id(code.double(2)) == 139872134",
    "hash_of_text": "assert hash(str(code.double(2))) == 8262345234",
    "set_order": "assert list(code.names('b a d c')) == ['b', 'a', 'd', 'c']",
    "set_text": "assert str(code.names('b a d c')) == str({'a', 'b', 'c', 'd', 'e'} - {'e'})",
    "time_now": "import time\nassert code.now() == time.time()",
    "time_spent": "import time\nstart = time.time()\ncode.double(2)\nassert time.time() - start < 1",
    "time_pinned": "assert int(code.now()) == 1764000000",
    "random": "import random\nassert code.pick() == random.random()",
    "random_pinned": "assert code.pick() == 0.123456",
    "random_luck": "assert code.pick() > 0.999999",
    "size": "import sys\nassert sys.getsizeof(code.double(2)) == 28",
    "memory": "import tracemalloc\ntracemalloc.start()\ncode.double(2)\npeak = tracemalloc.get_traced_memory()[1]\nassert peak < 10 ** 7",
}
WORTHLESS_JAVASCRIPT = {
    "true": "double(2); expect(true).toBe(true);",
    "one_is_one": "double(2); assert.equal(1, 1);",
    "ok": "double(2); assert.ok(true);",
    "itself": "const x = double(2); assert.deepEqual(x, x);",
    "twice": "assert.equal(double(2), double(2));",
    "kind": "assert.ok(typeof double(2));",
    "kind_of_nothing": "assert.notEqual(typeof double(2), undefined);",
    "nothing": "double(2);",
    "own_copy": "function double(n) { return n * 2; }\nassert.equal(double(2), 4);",
    "swallowed": "try { double(2); } catch { assert.ok(false); }",
    "time_spent": "const start = Date.now(); double(2); assert.ok(Date.now() - start < 1000);",
    "time_pinned": "assert.equal(now(), 1764000000000);",
    "random_pinned": "assert.equal(pick(), 0.123456);",
    "random_luck": "assert.ok(pick() > 0.999999);",
    "memory": "double(2); assert.ok(process.memoryUsage().heapUsed > 0);",
}
GOOD = {"python": "assert code.double(4) == 8", "node": "assert.equal(double(4), 8);"}


def answer_of(language: str, tests: dict[str, str]) -> str:
    if language == "python":
        parts = [f"def test_{name}():\n    " + body.replace("\n", "\n    ") for name, body in tests.items()]
        return "\n\n".join(["```python\nimport code", *parts, "```"])
    parts = [f"test('{name.replace('_', ' ')}', () => {{ {body} }});" for name, body in tests.items()]
    return "\n".join(["```js", *parts, "```"])


async def outcome_of(language: str, sandbox: ProcessSandbox, tests: dict[str, str]) -> PipelineOutcome:
    sources = {
        "python": (PYTHON, "code.py"),
        "javascript": (JAVASCRIPT, "code.js"),
        "typescript": (TYPESCRIPT, "code.ts"),
    }
    code, path = sources[language]
    pipeline = TestPipeline(
        engine=FakeEngine(answers=[answer_of(language, tests)]),
        languages=[PythonLanguage(), JavaScriptLanguage(), TypeScriptLanguage()],
        sandbox=sandbox,
        clock=SystemClock(),
    )
    job = Job(job_id="worth", kind=JobKind.TEST, language=language, code=code, path=path)
    return await pipeline.run(job, budget_seconds=20)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[ProcessSandbox]:
    made = ProcessSandbox()
    yield made
    made.close()


@pytest.mark.parametrize("language", ["python", "javascript", "typescript"])
async def test_of_worthless_tests_none_is_kept_and_each_is_counted_with_its_reason(
    language: str, sandbox: ProcessSandbox
) -> None:
    tests = WORTHLESS_PYTHON if language == "python" else WORTHLESS_JAVASCRIPT
    outcome = await outcome_of(language, sandbox, tests)
    assert [test.name for test in outcome.tests] == []
    assert outcome.end_reason is EndReason.NOTHING_KEPT
    assert outcome.rejected is not None
    assert sum(outcome.rejected.values()) == outcome.proposed == len(tests)
    for reason in ("tautology", "accidental", "asserts_nothing"):
        assert outcome.rejected[reason] > 0
    assert "stated nothing about the code" in outcome.explanation


@pytest.mark.parametrize("language", ["python", "javascript", "typescript"])
async def test_the_one_good_test_among_them_is_kept(language: str, sandbox: ProcessSandbox) -> None:
    worthless, good = (
        (WORTHLESS_PYTHON, GOOD["python"]) if language == "python" else (WORTHLESS_JAVASCRIPT, GOOD["node"])
    )
    outcome = await outcome_of(language, sandbox, {**worthless, "doubles": good})
    assert outcome.end_reason is EndReason.PROVED
    assert len(outcome.tests) == 1
    assert "doubles" in outcome.tests[0].name
    assert outcome.mutants_killed > 0
