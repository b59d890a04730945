"""What every language has to do: one spec for Python, JavaScript, TypeScript, and for a fourth that only tests know."""

import shutil
from dataclasses import dataclass

import pytest

from tests.fakes.calc_language import CalcLanguage
from worker.domain.candidate import Candidate
from worker.domain.errors import SourceRejected
from worker.domain.exchange import Budget, Subject
from worker.domain.job import Job, JobKind
from worker.languages.javascript import JavaScriptLanguage
from worker.languages.python import PythonLanguage
from worker.languages.typescript import TypeScriptLanguage
from worker.ports import Language
from worker.sandboxes.process import ProcessSandbox

pytestmark = pytest.mark.slow
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A language and one module in it, of a function `add` and a function `triple`."""

    language: Language
    path: str
    source: str
    broken: str
    wrong: str
    """An answer of an engine whose one test is wrong."""


CASES = [
    pytest.param(
        Case(
            language=PythonLanguage(),
            path="sums.py",
            source="def add(a: int, b: int) -> int:\n    return a + b\n\n\ndef triple(a: int) -> int:\n    return a * 3\n",
            broken="def add(:\n",
            wrong="```python\ndef test_wrong():\n    assert sums.add(1, 2) == 4\n```",
        ),
        id="python",
    ),
    pytest.param(
        Case(
            language=JavaScriptLanguage(),
            path="sums.js",
            source="export function add(a, b) {\n  return a + b;\n}\nexport function triple(a) {\n  return a * 3;\n}\n",
            broken="function add( {",
            wrong="```javascript\ntest('wrong', () => { assert.equal(add(1, 2), 4); });\n```",
        ),
        id="javascript",
        marks=needs_node,
    ),
    pytest.param(
        Case(
            language=TypeScriptLanguage(),
            path="sums.ts",
            source="export function add(a: number, b: number): number {\n  return a + b;\n}\nexport const triple = (a: number): number => a * 3;\n",
            broken="function add(a: ) {",
            wrong="```typescript\ntest('wrong', () => { assert.equal(add(1 as number, 2), 4); });\n```",
        ),
        id="typescript",
        marks=needs_node,
    ),
    pytest.param(
        Case(
            language=CalcLanguage(),
            path="sums.calc",
            source="add(a, b) = a + b\ntriple(a) = a * 3\n",
            broken="add a b",
            wrong="check add(1, 2) is 4",
        ),
        id="calc",
    ),
]


@pytest.fixture(params=CASES)
def case(request) -> Case:
    return request.param


@pytest.fixture
def sandbox():
    box = ProcessSandbox()
    yield box
    box.close()


def subject_of(case: Case, source: str | None = None) -> Subject:
    code = case.source if source is None else source
    job = Job(job_id="job", kind=JobKind.TEST, language=case.language.name, code=code, path=case.path)
    return case.language.subject(job)


async def explored(case: Case, sandbox) -> tuple[Candidate, ...]:
    subject = subject_of(case)
    text = await case.language.explore(subject, sandbox, Budget(seconds=1))
    return case.language.candidates_in(text, subject)


def test_a_name_is_lower_case_and_no_alias_repeats_it(case):
    assert case.language.name == case.language.name.lower()
    assert case.language.name not in case.language.aliases


def test_a_survey_names_what_there_is_to_test(case):
    survey = case.language.survey(subject_of(case))
    assert {one.rpartition(".")[2] for one in survey.targets} == {"add", "triple"}
    assert survey.executable_lines


def test_a_source_that_does_not_parse_is_refused_with_its_line(case):
    with pytest.raises(SourceRejected, match="line 1"):
        case.language.survey(subject_of(case, case.broken))


async def test_exploration_finds_tests_that_pass_and_notice_faults(case, sandbox):
    subject = subject_of(case)
    await case.language.load(subject, sandbox)
    candidates = await explored(case, sandbox)
    assert candidates
    assert len({one.name for one in candidates}) == len(candidates)
    assert all(case.language.fault_in(one) is None for one in candidates)
    outcomes = await case.language.run(subject, candidates, sandbox, Budget(seconds=5, seed=3))
    assert [one.name for one in outcomes] == [one.name for one in candidates]
    assert all(one.is_passed for one in outcomes), [one.detail for one in outcomes]
    report = await case.language.mutate(subject, candidates, sandbox, Budget(seconds=8))
    assert report.total
    assert report.score is not None
    assert report.score > 0.5


async def test_what_is_kept_is_proved_as_one_file_with_coverage(case, sandbox):
    subject = subject_of(case)
    kept = case.language.name_kept(await explored(case, sandbox))
    proof = await case.language.prove(subject, kept, sandbox, Budget(seconds=20))
    assert proof.is_passed, proof.detail
    assert case.language.test_path(subject) in proof.command
    assert proof.coverage.line_ratio == 1.0
    assert len(proof.coverage.covered_lines) == proof.coverage.lines_covered
    text = case.language.assemble(subject, kept)
    assert "add" in text
    assert "triple" in text


async def test_a_wrong_test_does_not_pass_and_says_why(case, sandbox):
    subject = subject_of(case)
    (wrong,) = case.language.candidates_in(case.wrong, subject)
    (outcome,) = await case.language.run(subject, [wrong], sandbox, Budget(seconds=5))
    assert not outcome.is_passed
    assert outcome.detail
    proof = await case.language.prove(subject, [wrong], sandbox, Budget(seconds=20))
    assert not proof.is_passed
    assert proof.detail
