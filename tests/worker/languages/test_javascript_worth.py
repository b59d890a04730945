"""A JavaScript or TypeScript test that states nothing about the code is told by its text; in doubt it is taken for one that does."""

import pytest

from worker.domain.candidate import RejectionReason
from worker.domain.exchange import Subject
from worker.languages.javascript import JavaScriptLanguage
from worker.languages.typescript import TypeScriptLanguage

JAVASCRIPT = Subject(
    source="function add(a, b) { return a + b; }\nclass Counter {}\nmodule.exports = { add, Counter };\n",
    module_name="calc",
    path="calc.cjs",
)
TYPESCRIPT = Subject(
    source="export function add(a: number, b: number): number { return a + b; }\nexport class Counter {}\n",
    module_name="calc",
    path="calc.ts",
)


def reasons(body: str, *, head: str = "") -> set[RejectionReason | None]:
    """What both languages say."""
    text = f"{head}\ntest('a test', async () => {{\n{body}\n}});\n"
    found: set[RejectionReason | None] = set()
    for language, subject in ((JavaScriptLanguage(), JAVASCRIPT), (TypeScriptLanguage(), TYPESCRIPT)):
        [candidate] = language.candidates_in(text, subject)
        found.add(language.fault_in(candidate))
    return found


@pytest.mark.parametrize(
    "body",
    [
        "expect(true).toBe(true);",
        "assert.equal(1, 1);",
        "assert.ok(true); add(1, 2);",
        "assert(true, 'always');",
        "assert.ok(1);",
        "assert.ok('text');",
        "assert.ok([]);",
        "const x = add(1, 2); assert.equal(x, x);",
        "const x = add(1, 2); expect(x).toEqual(x);",
        "assert.equal(add(1, 2), add(1, 2));",
        "const expected = add(1, 2); const actual = add(1, 2); assert.equal(actual, expected);",
        "const x = add(1, 2); assert.ok(x === x);",
        "assert.ok(add(1, 2) || true);",
        "assert.ok(typeof add(1, 2));",
        "assert.ok(typeof add(1, 2) !== undefined);",
        "assert.notEqual(typeof add(1, 2), undefined);",
        "assert.equal(typeof typeof add(1, 2), 'string');",
        "const xs = add([], []); assert.ok(xs.length >= 0);",
        "const xs = add([], []); expect(xs.length).toBeGreaterThanOrEqual(0);",
        "const expected = 3; add(1, 2); assert.equal(expected, 3);",
        "assert.ok(!false);",
        "assert.equal(Math.max(1, 2), 2);",
        "assert.throws(() => { throw new Error('mine'); });",
        "assert.equal(typeof Math.random(), 'number');",
        "function add(a, b) { return a + b; }\nassert.equal(add(1, 2), 3);",
    ],
)
def test_what_passes_whatever_the_code_does_is_a_tautology(body: str) -> None:
    assert reasons(body) == {RejectionReason.TAUTOLOGY}


def test_a_copy_of_the_code_in_the_answer_is_not_the_code() -> None:
    head = "function add(a, b) { return a + b; }"
    assert reasons("assert.equal(add(1, 2), 3);", head=head) == {RejectionReason.TAUTOLOGY}


@pytest.mark.parametrize(
    "body",
    [
        "const start = Date.now(); add(1, 2); assert.ok(Date.now() - start < 1000);",
        "const start = performance.now(); assert.equal(add(1, 2), 3); expect(performance.now() - start).toBeLessThan(5);",
        "assert.ok(new Date().getFullYear() >= 2024);",
        "const before = process.memoryUsage().heapUsed; add(1, 2); assert.ok(process.memoryUsage().heapUsed - before < 1e6);",
        "const [s] = process.hrtime(); add(1, 2); assert.equal(process.hrtime()[0] - s, 0);",
    ],
)
def test_what_pins_a_time_or_memory_is_accidental(body: str) -> None:
    assert reasons(body) == {RejectionReason.ACCIDENTAL}


@pytest.mark.parametrize(
    "body",
    [
        "assert.equal(add(1, 2), 3);",
        "expect(add(1, 2)).toBe(3);",
        "assert.ok(add(1, 2));",
        "assert.ok(!add(0, 0));",
        "assert.equal(typeof add(1, 2), 'number');",
        "const x = add(1, 2); const y = x * 2; assert.equal(y, 6);",
        "const a = 1, b = 2; assert.equal(add(a, b), add(b, a));",
        "const c = new Counter(); const a = c.next(); const b = c.next(); assert.equal(a, b);",
        "const c = new Counter(); c.add(1); assert.deepEqual({ ...c }, { n: 1 });",
        "const items = []; add(items); assert.deepEqual(items, [1]);",
        "const seen = []; add([1], (one) => seen.push(one)); assert.deepEqual(seen, [1]);",
        "const seen = []; for (const n of [1, 2]) seen.push(add(n, n)); assert.deepEqual(seen, [2, 4]);",
        "const seen = {}; seen.a = add(1, 2); assert.deepEqual(seen, { a: 3 });",
        "assert.throws(() => add(), TypeError);",
        "await assert.rejects(async () => { await add(); });",
        "try { add(); assert.fail('no error'); } catch (error) { assert.match(error.message, /no/); }",
        "add([1], (one) => { assert.equal(one, 1); });",
        "await add(1, 2).then((sum) => { assert.equal(sum, 3); });",
        "[1, 2].forEach((n) => { assert.equal(add(n, 0), n); });",
        "const { sum } = add(1, 2); assert.equal(sum, 3);",
        "const twice = (n) => add(n, n); assert.equal(twice(2), 4);",
        "let x; x = add(1, 2); assert.equal(x, 3);",
        "const x = add(1, 2); assert.equal(x, x); assert.equal(x, 3);",
        "if (add(1, 2) !== 3) assert.fail('wrong');",
        "const now = Date.now(); assert.equal(add(now, 0), now);",
        "const n = Math.random(); assert.equal(add(n, 0), n);",
    ],
)
def test_what_could_fail_because_of_the_code_counts(body: str) -> None:
    assert reasons(body) == {None}


def test_the_subject_is_known_by_whatever_name_the_answer_loads_it() -> None:
    assert reasons("const { add } = require('./calc'); assert.equal(add(1, 2), 3);") == {None}
    assert reasons("const add = (await import('./calc.js')).add; assert.equal(add(1, 2), 3);") == {None}


def test_what_was_observed_is_not_doubted() -> None:
    text = "// ddf: observed\ntest('observed', () => { assert.equal(1, 1); });\n"
    language = JavaScriptLanguage()
    [candidate] = language.candidates_in(text, JAVASCRIPT)
    assert language.fault_in(candidate) is None
