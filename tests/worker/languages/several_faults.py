"""Modules with several faults, one in each function, and one file of tests that shows all of them; the sandbox and the pipeline are real."""

from tests.fakes.clock import FakeClock
from worker.domain.job import Job, JobKind, SourceFile
from worker.domain.outcome import PipelineOutcome
from worker.domain.patch import Trial
from worker.domain.repair import RepairReport
from worker.repair.pipeline import RepairPipeline
from worker.repair_ports import RepairLanguage
from worker.sandboxes.process import ProcessSandbox

SHOP = """\
def total(prices):
    result = 0
    for price in prices:
        result -= price
    return result


def shipping(amount):
    if amount > 5000:
        return 0
    return 490


def discount(quantity):
    if quantity >= 10:
        return 5
    return 1
"""
SOUND_SHOP = (
    SHOP.replace("-= price", "+= price").replace("> 5000", ">= 5000").replace("return 1\n", "return 0\n")
)
TEST_TOTAL = """\
def test_total():
    assert total([]) == 0
    assert total([3]) == 3
    assert total([1, 2]) == 3
    assert total([10, 20, 30]) == 60
    assert total([7, 7]) == 14
    assert total([5, 6, 7, 8]) == 26
    assert total([-4]) == -4


"""
TEST_SHIPPING = """\
def test_shipping():
    assert shipping(0) == 490
    assert shipping(4999) == 490
    assert shipping(5000) == 0
    assert shipping(5001) == 0
    assert shipping(9000) == 0
    assert shipping(10) == 490
    assert shipping(4999.5) == 490


"""
TEST_DISCOUNT = """\
def test_discount():
    assert discount(0) == 0
    assert discount(1) == 0
    assert discount(9) == 0
    assert discount(10) == 5
    assert discount(11) == 5
    assert discount(100) == 5
    assert discount(2) == 0


"""
TEST_BILL = """\
def test_a_bill_adds_up():
    assert total([4000, 1000]) + shipping(5000) == 5000
    assert total([4000]) + shipping(4000) == 4490


"""
TESTS = TEST_TOTAL + TEST_SHIPPING + TEST_DISCOUNT


def shop(*sound: str) -> str:
    """The shop with only some of its faults left; those that are named are sound."""
    code = SHOP
    for name in sound:
        start = SHOP.index(f"def {name}")
        end = SHOP.find("\n\n\n", start)
        part = SHOP[start : end if end >= 0 else None]
        place = SOUND_SHOP.index(f"def {name}")
        last = SOUND_SHOP.find("\n\n\n", place)
        code = code.replace(part, SOUND_SHOP[place : last if last >= 0 else None])
    return code


def python_tests(*parts: str) -> SourceFile:
    """One file."""
    return SourceFile(path="test_subject.py", text="from subject import *\n\n\n" + "".join(parts))


JS_SHOP = """\
export function total(prices) {
  let result = 0;
  for (const price of prices) result -= price;
  return result;
}

export function shipping(amount) {
  if (amount > 5000) return 0;
  return 490;
}
"""
JS_TESTS = """\
import assert from 'node:assert/strict';
import test from 'node:test';
import { shipping, total } from './subject.js';

test('a bill adds up', () => {
  assert.equal(total([4000, 1000]) + shipping(5000), 5000);
});

test('prices are added', () => {
  assert.equal(total([]), 0);
  assert.equal(total([3]), 3);
  assert.equal(total([1, 2]), 3);
  assert.equal(total([10, 20, 30]), 60);
  assert.equal(total([5, 6, 7, 8]), 26);
  assert.equal(total([-4]), -4);
  assert.equal(total([7, 7]), 14);
});

test('shipping is free from fifty on', () => {
  assert.equal(shipping(0), 490);
  assert.equal(shipping(10), 490);
  assert.equal(shipping(4999), 490);
  assert.equal(shipping(5000), 0);
  assert.equal(shipping(5001), 0);
  assert.equal(shipping(9000), 0);
  assert.equal(shipping(4999.5), 490);
});
"""


async def fixed(
    language: RepairLanguage, code: str, path: str, tests: SourceFile, sandbox: ProcessSandbox
) -> PipelineOutcome:
    """Let the pipeline have as much time as a busy machine needs."""
    pipeline = RepairPipeline(languages=[language], sandbox=sandbox, clock=FakeClock())
    job = Job(
        job_id="j", kind=JobKind.FIX, language=language.name, code=code, path=path, tests=(tests,), seed=1
    )
    return await pipeline.run(job, budget_seconds=30)


def report_of(outcome: PipelineOutcome) -> RepairReport:
    assert outcome.repair is not None
    return outcome.repair


def lines_of(trials: tuple[Trial, ...]) -> set[int]:
    return {trial.patch.line for trial in trials}
