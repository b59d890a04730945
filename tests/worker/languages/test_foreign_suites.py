"""Suites that are written for jest or vitest are run as their runners run them, or refused with the reason: never taken as passed."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

import pytest

import worker.languages.harness.javascript as scripts
from worker.adapters.system_clock import SystemClock
from worker.domain.attempt import EndReason
from worker.domain.diagnosis import FaultClass
from worker.domain.job import Job, JobKind, SourceFile
from worker.languages.javascript_repair import JavaScriptRepair
from worker.languages.javascript_repair_foreign import is_foreign
from worker.repair.pipeline import RepairPipeline
from worker.sandboxes.process import ProcessSandbox

HARNESS = Path(scripts.__file__).parent
PATIENT = 60.0
"""Seconds of search: nothing here takes as long, whatever else the host does."""
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")

HOLDS = """
expect(1).toBe(1)
expect(NaN).toBe(NaN)
expect(0).not.toBe(-0)
expect({ a: undefined, b: 2 }).toEqual({ b: 2 })
expect({ a: undefined, b: 2 }).not.toStrictEqual({ b: 2 })
expect([, 1]).toEqual([undefined, 1])
expect([, 1]).not.toStrictEqual([undefined, 1])
expect(new Box(1)).toEqual({ size: 1 })
expect(new Box(1)).not.toStrictEqual({ size: 1 })
expect(0).not.toEqual(-0)
expect([1, [2, { three: 3 }]]).toEqual([1, [2, { three: 3 }]])
expect([1, 2]).not.toEqual([2, 1])
expect([1]).not.toEqual([1, undefined])
expect({ 0: 1, length: 1 }).not.toEqual([1])
expect(new Set([[1], [2]])).toEqual(new Set([[2], [1]]))
expect(new Set([1, 2])).not.toEqual(new Set([1, 3]))
expect(new Map([['a', { b: 1 }]])).toEqual(new Map([['a', { b: 1 }]]))
expect(new Map([['a', 1]])).not.toEqual(new Map([['a', 2]]))
expect(new Date(5)).toEqual(new Date(5))
expect(new Date(5)).not.toEqual(new Date(6))
expect(/a/g).not.toEqual(/a/)
expect(new Uint8Array([1])).not.toEqual(new Uint8Array([2]))
expect(new Error('a')).toEqual(new Error('a'))
expect(new Error('a')).not.toEqual(new Error('b'))
expect({ a: 1, b: { c: 2, d: 3 } }).toMatchObject({ b: { c: 2 } })
expect({ a: [1, 2] }).not.toMatchObject({ a: [1] })
expect(0.1 + 0.2).toBeCloseTo(0.3)
expect(1.006).not.toBeCloseTo(1)
expect(1.23).toBeCloseTo(1.2, 1)
expect([1, 2]).toContain(2)
expect([{ a: 1 }]).not.toContain({ a: 1 })
expect([{ a: 1 }]).toContainEqual({ a: 1 })
expect('abc').toContain('bc')
expect('abc').toMatch(/^a/)
expect('abc').toMatch('bc')
expect([1, 2]).toHaveLength(2)
expect({ a: { b: [7] } }).toHaveProperty('a.b[0]', 7)
expect({ a: undefined }).toHaveProperty('a')
expect({ a: 1 }).not.toHaveProperty('b')
expect({ 'a.b': 1 }).toHaveProperty(['a.b'], 1)
expect(() => { throw new RangeError('too far') }).toThrow('far')
expect(() => { throw new RangeError('too far') }).toThrow(RangeError)
expect(() => { throw new RangeError('too far') }).not.toThrow(TypeError)
expect(() => { throw new RangeError('too far') }).toThrowError(/^too/)
expect(() => 1).not.toThrow()
expect(new Box(1)).toBeInstanceOf(Box)
expect({ id: 7, name: 'a' }).toEqual({ id: expect.any(Number), name: expect.stringMatching(/a/) })
expect({ id: 7 }).not.toEqual({ id: expect.any(String) })
expect([1, 2, 3]).toEqual(expect.arrayContaining([3, 1]))
expect({ a: 1, b: 2 }).toEqual(expect.objectContaining({ a: 1 }))
expect({ a: 1 }).toEqual(expect.not.objectContaining({ a: 2 }))
expect(null).not.toEqual(expect.anything())
expect(fn(1, 2)).toHaveBeenCalledWith(1, 2)
expect(fn(1, 2)).not.toHaveBeenCalledWith(1)
expect(fn(1)).toHaveBeenCalledTimes(1)
expect(2n).toBeGreaterThan(1)
expect(loop()).toEqual(loop())
""".strip().splitlines()
TABLE = """
const { expecting } = require('./expecting.cjs');
const { mocking } = require('./mocking.cjs');
class Box { constructor(size) { this.size = size } }
const fn = (...given) => { const made = mocking('vi').fn(); made(...given); return made };
const loop = () => { const made = { a: 1 }; made.self = made; return made };
const { expect } = expecting(() => {});
const turned = (line) => line.includes(').not.to') ? line.replace(').not.to', ').to') : line.replace(/\\)\\.to(?=[A-Z]\\w*\\()(?!.*\\)\\.to[A-Z])/, ').not.to');
const held = (line) => { try { eval(line); return 'holds' } catch (error) { return error.code === 'ERR_ASSERTION' ? 'fails' : String(error) } };
console.log(JSON.stringify(JSON.parse(process.argv[1]).map((line) => [line, held(line), turned(line), held(turned(line))])));
"""


@pytest.mark.slow
@needs_node
def test_assertions_hold_and_fail_as_those_of_jest_and_vitest():
    command = ["node", "-e", TABLE, json.dumps(HOLDS)]
    done = subprocess.run(command, cwd=HARNESS, capture_output=True, text=True, timeout=120, check=True)
    rows = json.loads(done.stdout)
    assert [row for row in rows if row[0] == row[2]] == []
    assert [row for row in rows if (row[1], row[3]) != ("holds", "fails")] == []


CART = "export function total(items) {\n  let sum = 1;\n  for (const item of items) sum += item.price;\n  return sum;\n}\n"
VITEST = """
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { total } from '../src/cart';

let items;
describe('total', () => {
  beforeEach(() => { items = [{ price: 2 }, { price: 3 }]; });
  it('adds prices', async () => { await expect(Promise.resolve(total(items))).resolves.toBe(5); });
  it.each([[[], 0], [[{ price: 4 }], 4]])('of %j is %i', (given, wanted) => { expect.assertions(1); expect(total(given)).toEqual(wanted); });
  it('reads each price once', () => {
    const price = vi.fn(() => 7);
    expect(total([{ get price() { return price(); } }])).toBe(7);
    expect(price).toHaveBeenCalledTimes(1);
  });
  it.skip('is not run', () => { throw new Error('it is'); });
});
"""
JEST = """
const { total } = require('../src/cart');

beforeAll(() => {});
describe('total', () => {
  test('adds prices', (done) => { expect(total([{ price: 2 }, { price: 3 }])).toBe(5); done(); });
  test.each`given | wanted
  ${[]} | ${0}
  ${[{ price: 4 }]} | ${4}`('is $wanted', ({ given, wanted }) => { expect(total(given)).toStrictEqual(wanted); });
  test('leaves the console alone', () => {
    const log = jest.spyOn(console, 'log').mockImplementation(() => {});
    total([]);
    expect(log).not.toHaveBeenCalled();
  });
});
"""
OF_NODE = CART.replace("export function", "function") + "module.exports = { total };\n"


@pytest.fixture
def sandbox():
    box = ProcessSandbox()
    yield box
    box.close()


def repaired(code, test, sandbox):
    job = Job(
        job_id="fix",
        kind=JobKind.FIX,
        language="javascript",
        code=code,
        path="src/cart.js",
        tests=(SourceFile(path="tests/cart.test.js", text=test),),
    )
    pipeline = RepairPipeline(languages=[JavaScriptRepair()], sandbox=sandbox, clock=SystemClock())
    return asyncio.run(pipeline.run(job, budget_seconds=PATIENT))


@pytest.mark.slow
@needs_node
@pytest.mark.parametrize(("code", "test"), [(CART, VITEST), (OF_NODE, JEST)], ids=["vitest", "jest"])
def test_a_suite_of_another_runner_shows_the_fault_and_proves_the_patch(sandbox, code, test):
    outcome = repaired(code, test, sandbox)
    assert outcome.repair.patched == code.replace("sum = 1", "sum = 0"), outcome.explanation
    assert outcome.repair.diagnosis.fault is FaultClass.ASSERTION
    assert len(outcome.repair.diagnosis.failing) >= 3


@pytest.mark.slow
@needs_node
@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("vi.mock('./prices.js');", "vi.mock"),
        ("it('a', () => { expect(total([])).toMatchSnapshot(); });", "expect().toMatchSnapshot"),
        ("it('a', () => { try { vi.useFakeTimers(); } catch {} });", "vi.useFakeTimers"),
    ],
)
def test_what_the_runner_lacks_is_said_and_never_passes(sandbox, line, what):
    right = CART.replace("sum = 1", "sum = 0")
    outcome = repaired(right, f"{VITEST}\n{line}\n", sandbox)
    assert outcome.end_reason is EndReason.NOTHING_KEPT
    assert outcome.repair.diagnosis.fault is FaultClass.ENVIRONMENT
    assert f"{what} is not supported" in outcome.explanation


@pytest.mark.slow
@needs_node
@pytest.mark.parametrize(("line", "code"), [("jest.fn();", 0), ("jest.useFakeTimers();", 1)])
def test_under_the_plain_runner_what_was_refused_and_swallowed_does_not_pass_either(tmp_path, line, code):
    swallowing = f"afterAll(() => {{ try {{ {line} }} catch {{}} }});"
    (tmp_path / "a.test.cjs").write_text(f"it('a', () => {{}});\n{swallowing}\n")
    command = ["node", f"--require={HARNESS}/foreign-globals.cjs", "a.test.cjs"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("import { it } from 'vitest';", True),
        ("const { test } = require('@jest/globals');", True),
        ("describe('a', () => {});", True),
        ("import test from 'node:test';\ntest('a', () => {});", False),
        ("import assert from 'node:assert';\nassert(true);", False),
    ],
)
def test_suites_of_other_runners_are_known_by_where_their_functions_come_from(text, is_so):
    assert is_foreign([SourceFile(path="a.test.js", text=text)]) is is_so
