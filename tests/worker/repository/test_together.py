"""Two modules that are both broken, and one file of tests that shows both: mended by the real pipeline in the real sandbox."""

import pytest

from tests.fakes.clock import FakeClock
from worker.domain.job import Job, JobKind
from worker.domain.repository_report import UnitEnd
from worker.languages.javascript_repair import JavaScriptRepair
from worker.languages.python_repair import PythonRepair
from worker.repair.pipeline import RepairPipeline
from worker.repository.fixing import fix_units
from worker.repository.pace import Pace
from worker.repository.units import find_units
from worker.sandboxes.process import ProcessSandbox

pytestmark = pytest.mark.slow

CART = "def total(prices):\n    result = 0\n    for price in prices:\n        result {} price\n    return result\n"
POST = "def shipping(amount):\n    if amount {} 5000:\n        return 0\n    return 490\n"
TEST = """\
from cart import total
from post import shipping


def test_a_bill_adds_up():
    assert total([4000, 1000]) + shipping(5000) == 5000


def test_total():
    assert total([]) == 0
    assert total([3]) == 3
    assert total([10, 20, 30]) == 60
    assert total([5, 6, 7, 8]) == 26


def test_shipping():
    assert shipping(0) == 490
    assert shipping(4999.5) == 490
    assert shipping(5000) == 0
    assert shipping(9000) == 0
"""
JS_CART = "export function total(prices) {{\n  let result = 0;\n  for (const price of prices) result {} price;\n  return result;\n}}\n"
JS_POST = "export function shipping(amount) {{\n  if (amount {} 5000) return 0;\n  return 490;\n}}\n"
JS_TEST = """\
import assert from 'node:assert/strict';
import test from 'node:test';
import { total } from './cart.js';
import { shipping } from './post.js';

test('prices are added', () => {
  assert.equal(total([]), 0);
  assert.equal(total([3]), 3);
  assert.equal(total([10, 20, 30]), 60);
  assert.equal(total([5, 6, 7, 8]), 26);
});

test('shipping is free from fifty on', () => {
  assert.equal(shipping(0), 490);
  assert.equal(shipping(4999.5), 490);
  assert.equal(shipping(5000), 0);
  assert.equal(shipping(9000), 0);
});
"""
PYTHON = ({"cart.py": CART, "post.py": POST}, {"test_shop.py": TEST})
JAVASCRIPT = ({"cart.js": JS_CART, "post.js": JS_POST}, {"shop.test.js": JS_TEST})


@pytest.mark.parametrize(("modules", "tests"), [PYTHON, JAVASCRIPT], ids=["python", "javascript"])
async def test_two_broken_modules_are_mended_though_one_file_of_tests_shows_both(modules, tests):
    signs = dict(zip(modules, (("-=", "+="), (">", ">=")), strict=True))
    texts = {**{path: text.format(signs[path][0]) for path, text in modules.items()}, **tests}
    sandbox = ProcessSandbox()
    try:
        pipeline = RepairPipeline(
            languages=[PythonRepair(), JavaScriptRepair()], sandbox=sandbox, clock=FakeClock()
        )
        job = Job(job_id="gh-1", kind=JobKind.FIX, language="", code="", seed=1)
        pace = Pace(FakeClock(), seconds=240)
        worked = await fix_units(find_units(texts, ()), texts, job, pipeline=pipeline, pace=pace)
    finally:
        sandbox.close()
    assert {report.end for report in worked.reports.values()} == {UnitEnd.FIXED}, worked.reports
    patched = {path: outcome.repair.patched for path, outcome in worked.outcomes.items()}
    assert patched == {path: text.format(signs[path][1]) for path, text in modules.items()}
