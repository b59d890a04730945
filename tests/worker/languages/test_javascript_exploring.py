"""What exploration of JavaScript finds by itself: valid input, boundaries, what is made and then used."""

import re
import shutil

import pytest

from worker.domain.candidate import Candidate
from worker.domain.exchange import Budget, Subject
from worker.domain.job import Job, JobKind
from worker.languages.javascript import JavaScriptLanguage
from worker.sandboxes.process import ProcessSandbox

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")]
LANGUAGE = JavaScriptLanguage()


@pytest.fixture
def sandbox():
    box = ProcessSandbox()
    yield box
    box.close()


def subject_of(code: str, *, targets: tuple[str, ...] = ()) -> Subject:
    return LANGUAGE.subject(
        Job(job_id="job", kind=JobKind.TEST, language="javascript", code=code, targets=targets)
    )


async def kept_of(subject: Subject, sandbox: ProcessSandbox) -> tuple[Candidate, ...]:
    text = await LANGUAGE.explore(subject, sandbox, Budget(seconds=8))
    candidates = LANGUAGE.candidates_in(text, subject)
    outcomes = await LANGUAGE.run(subject, candidates, sandbox, Budget(seconds=30, seed=2))
    return tuple(one for one, outcome in zip(candidates, outcomes, strict=True) if outcome.is_passed)


async def text_of(code: str, sandbox: ProcessSandbox) -> str:
    return "\n".join(one.code for one in await kept_of(subject_of(code), sandbox))


async def test_calls_that_tell_every_small_fault_are_found(sandbox):
    code = "function grade(n) { if (n >= 90) return 'A'; if (n > 69) return 'B'; return n === 7 ? 'lucky' : 'C'; }"
    subject = subject_of(code)
    report = await LANGUAGE.mutate(subject, await kept_of(subject, sandbox), sandbox, Budget(seconds=10))
    assert report.is_complete
    assert report.survivors == ()


async def test_an_example_in_a_comment_shows_valid_input_and_what_it_promises_says_so(sandbox):
    code = """/**
 * Reads a duration.
 * @example
 * seconds('1h30m') // => 5400
 */
function seconds(text) {
  const parts = /^(\\d+)h(\\d+)m$/.exec(text);
  if (!parts) throw new RangeError('no duration');
  return parts[1] * 3600 + parts[2] * 60;
}"""
    kept = await kept_of(subject_of(code), sandbox)
    promised = [one for one in kept if one.oracle == "docstring"]
    assert [one.code.count("seconds('1h30m'), 5400") for one in promised] == [1]
    assert any("'no duration'" in one.code for one in kept)


async def test_a_wrong_promise_is_not_believed(sandbox):
    kept = await kept_of(subject_of("// double(2) // => 5\nfunction double(n) { return n * 2; }"), sandbox)
    assert kept
    assert {one.oracle for one in kept} == {"characterization"}


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("function adder(a) { return (b) => a + b; }", "const made = adder("),
        (
            "function counter() { let n = 0; return { up() { n += 1; return n; } }; }",
            "assert.equal(made.up(), 2)",
        ),
        ("class Path { #all = []; add(x) { this.#all.push(x); return this; } }", "add("),
        ("function* pair(a) { yield a; yield a; }", "[...pair("),
        ("function lookup(map) { return map instanceof Map ? map.size : -1; }", "new Map("),
        ("function negative(x) { return x * -0; }", "-0"),
        ("function both(a = 1n) { return typeof a === 'bigint' ? a * 2n : 0n; }", "n);"),
    ],
)
async def test_what_is_made_is_used_and_what_is_special_is_written_safely(code, shown, sandbox):
    assert shown in await text_of(code, sandbox)


async def test_only_the_units_that_were_asked_for_are_called(sandbox):
    code = "exports.one = (a) => a + 1; exports.two = (a) => a + 2; exports.C = class { a() { return 1; } b() { return 2; } };"
    kept = await kept_of(subject_of(code, targets=("two", "C.b")), sandbox)
    text = "\n".join(one.code for one in kept)
    assert "two(" in text
    assert "instance.b()" in text
    assert not re.search(r"\bone\(|instance\.a\(", text)


async def test_what_depends_on_the_day_does_not_pass_its_repeats(sandbox):
    subject = subject_of(
        "function day() { return new Date().getFullYear() }\nfunction of(d) { return new Date(d).getTime() }"
    )
    tests = [
        Candidate(name="day", code="test('day', () => { assert.equal(day(), new Date().getFullYear()); });"),
        Candidate(name="of", code="test('of', () => { assert.equal(of('2024-02-29'), 1709164800000); });"),
        Candidate(
            name="date",
            code="test('date', () => { assert.deepEqual(new Date(5), new Date(5)); assert.ok(new Date() instanceof Date); });",
        ),
    ]
    pinned = await LANGUAGE.explore(subject, sandbox, Budget(seconds=1))
    candidates = LANGUAGE.candidates_in(pinned, subject)
    for seed in range(4):
        assert all(
            one.is_passed for one in await LANGUAGE.run(subject, tests, sandbox, Budget(seconds=5, seed=seed))
        )
    (day,) = (one for one in candidates if one.target == "day")
    seen = [
        (await LANGUAGE.run(subject, [day], sandbox, Budget(seconds=5, seed=seed)))[0] for seed in range(4)
    ]
    assert not all(one.is_passed for one in seen)


async def test_a_subject_that_fills_the_memory_for_some_input_is_explored_for_the_rest(sandbox):
    code = "function sieve(n) { const all = new Array(n + 1).fill(0); const big = []; while (big.length < n * 1000) big.push([n]); return all.length; }"
    assert "sieve(" in await text_of(code, sandbox)


async def test_properties_that_held_for_every_input_are_told_as_such(sandbox):
    code = """exports.encode = (text) => [...text].map((one) => one.charCodeAt(0)).join('-');
exports.decode = (text) => (text === '' ? '' : text.split('-').map((one) => String.fromCharCode(one)).join(''));
exports.trimAll = (text) => text.trim();
exports.encodeLossy = (text) => text.toLowerCase().slice(1);
exports.decodeLossy = (text) => text + 'x';
"""
    kept = await kept_of(subject_of(code), sandbox)
    names = {one.name for one in kept if one.oracle == "property"}
    assert names == {"decode undoes encode", "trimAll changes nothing when done again"}
