"""An interpreter that never began is the host's fault: tried again at once, then left to another attempt."""

import json

import pytest

from tests.fakes.sandbox import FakeSandbox
from worker.domain.candidate import Candidate
from worker.domain.errors import SandboxUnavailable, SourceRejected
from worker.domain.exchange import Budget, SandboxEnd, SandboxOutcome, Subject
from worker.languages.javascript import JavaScriptLanguage
from worker.languages.python import PythonLanguage
from worker.ports import Language

LANGUAGES: list[tuple[Language, Subject]] = [
    (PythonLanguage(), Subject(source="def f(): pass\n", module_name="m", path="m.py")),
    (JavaScriptLanguage(), Subject(source="exports.f = () => 1", module_name="m", path="m.js")),
]
BUDGET = Budget(seconds=2)


def ended(end: SandboxEnd, **collected: str) -> SandboxOutcome:
    files = {name.replace("__", "."): text for name, text in collected.items()}
    exit_code = 0 if end is SandboxEnd.EXITED else -9
    return SandboxOutcome(end=end, exit_code=exit_code, stdout="", stderr="", seconds=9.0, collected=files)


KILLED, LATE = ended(SandboxEnd.KILLED), ended(SandboxEnd.TIMED_OUT)


@pytest.mark.parametrize(("language", "subject"), LANGUAGES)
async def test_a_process_killed_before_it_began_is_tried_again_and_then_called_unavailable(
    language: Language, subject: Subject
) -> None:
    sandbox = FakeSandbox(outcomes=[KILLED])
    with pytest.raises(SandboxUnavailable, match="did not start"):
        await language.load(subject, sandbox)
    assert len(sandbox.requests) == 2


@pytest.mark.parametrize(("language", "subject"), LANGUAGES)
async def test_a_host_too_busy_to_start_it_is_not_held_against_the_code(
    language: Language, subject: Subject
) -> None:
    sandbox = FakeSandbox(outcomes=[LATE])
    with pytest.raises(SandboxUnavailable, match="did not start"):
        await language.load(subject, sandbox)
    assert len(sandbox.requests) == 1


async def test_a_second_start_that_goes_well_is_all_that_is_needed() -> None:
    language, subject = LANGUAGES[0]
    loaded = ended(SandboxEnd.EXITED, ready="", report__json='{"error": null}')
    await language.load(subject, FakeSandbox(outcomes=[KILLED, loaded]))


async def test_code_that_kills_the_process_after_it_began_is_rejected() -> None:
    language, subject = LANGUAGES[0]
    with pytest.raises(SourceRejected, match="killed by signal 9"):
        await language.load(subject, FakeSandbox(outcomes=[ended(SandboxEnd.KILLED, ready="")]))


async def test_what_ran_before_a_run_was_stopped_is_known_and_the_rest_did_not_run() -> None:
    language, subject = LANGUAGES[0]
    tests = [Candidate(name=name, code=f"def {name}(): assert 1\n") for name in ("test_a", "test_b")]
    report = json.dumps({"outcomes": [{"name": "test_a", "passed": True, "lines": [1]}]})
    stopped = ended(SandboxEnd.TIMED_OUT, ready="", report__json=report)
    first, second = await language.run(subject, tests, FakeSandbox(outcomes=[stopped]), BUDGET)
    assert (first.is_passed, first.is_run) == (True, True)
    assert (second.is_passed, second.is_run, second.is_timed_out) == (False, False, False)


async def test_a_run_stopped_before_its_first_report_says_nothing_about_anything() -> None:
    language, subject = LANGUAGES[0]
    tests = [Candidate(name="test_a", code="def test_a(): assert 1\n")]
    stopped = ended(SandboxEnd.TIMED_OUT, ready="")
    assert [
        one.is_run for one in await language.run(subject, tests, FakeSandbox(outcomes=[stopped]), BUDGET)
    ] == [False]


async def test_a_proof_without_time_for_its_measurement_stands() -> None:
    language, subject = LANGUAGES[0]
    tests = [Candidate(name="test_a", code="def test_a(): assert 1\n")]
    passed = SandboxOutcome(
        end=SandboxEnd.EXITED, exit_code=0, stdout="1 passed in 0.01s", stderr="", seconds=0.1
    )
    stopped = ended(SandboxEnd.TIMED_OUT, ready="")
    not_laid_out = stopped  # the file is proved as it was written then
    sandbox = FakeSandbox(outcomes=[not_laid_out, passed, stopped])
    proof = await language.prove(subject, tests, sandbox, BUDGET)
    assert proof.is_passed
    assert proof.coverage.line_ratio is None


async def test_a_proof_that_was_stopped_says_so() -> None:
    language, subject = LANGUAGES[0]
    tests = [Candidate(name="test_a", code="def test_a(): assert 1\n")]
    proof = await language.prove(subject, tests, FakeSandbox(outcomes=[LATE]), BUDGET)
    assert (proof.is_passed, proof.is_timed_out) == (False, True)
