"""Repair of JavaScript and TypeScript in the sandbox, from failing tests to a proved patch."""

import shutil
from dataclasses import replace

import pytest

from tests.worker.languages.typescript_mistakes import MISTAKES, NEIGHBOUR
from worker.adapters.system_clock import SystemClock
from worker.domain.attempt import EndReason
from worker.domain.diagnosis import FaultClass
from worker.domain.exchange import Budget, Subject
from worker.domain.job import Job, JobKind, SourceFile
from worker.domain.patch import Edit, Patch, PatchOrigin
from worker.domain.repair import Broken
from worker.languages.javascript_process import node_package
from worker.languages.javascript_repair import JavaScriptRepair
from worker.languages.typescript_repair import TypeScriptRepair
from worker.languages.typescript_repair_fixes import CodeFixes
from worker.repair.pipeline import RepairPipeline
from worker.sandboxes.process import ProcessSandbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("node") is None, reason="needs Node"),
]
needs_typescript = pytest.mark.skipif(
    not node_package("typescript").exists(), reason="needs the packages of tools/node"
)
PATIENT = 60.0
"""Seconds of search: nothing here takes as long, whatever else the host does."""


@pytest.fixture
def sandbox():
    box = ProcessSandbox()
    yield box
    box.close()


def job_of(code, test, path, test_path, **more):
    language = "typescript" if path.endswith("ts") else "javascript"
    tests = (SourceFile(path=test_path, text=test),) if test else ()
    return Job(job_id="fix", kind=JobKind.FIX, language=language, code=code, path=path, tests=tests, **more)


async def fixed(job, sandbox):
    pipeline = RepairPipeline(
        languages=[JavaScriptRepair(), TypeScriptRepair()], sandbox=sandbox, clock=SystemClock()
    )
    return await pipeline.run(job, budget_seconds=PATIENT)


COUNTING = """\
const count = (list, wanted) => {
  let found = 0;
  for (let i = 1; i < list.length; i++) {
    if (list[i] === wanted) found++;
  }
  return found;
};
module.exports = { count };
"""
COUNTING_TESTS = """\
const { describe, it, before } = require('node:test');
const assert = require('node:assert');
const { count } = require('../src/count');
let list;

describe('count', () => {
  before(() => { list = [1, 2, 1, 3]; });
  it('counts what is there', () => assert.strictEqual(count(list, 1), 2));
  it('counts nothing in nothing', async () => assert.strictEqual(count([], 1), 0));
  it('counts at the end', (t, done) => { assert.strictEqual(count(list, 3), 1); done(); });
});
"""


async def test_code_whose_test_fails_is_mended_and_proved_by_the_plain_runner(sandbox):
    outcome = await fixed(job_of(COUNTING, COUNTING_TESTS, "src/count.js", "tests/count.test.js"), sandbox)
    assert outcome.end_reason is EndReason.PROVED
    report = outcome.repair
    assert report.patched == COUNTING.replace("i = 1", "i = 0")
    assert report.command[:2] == ("node", "--test")
    assert report.diagnosis.failing == ("tests/count.test.js › count › counts what is there",)
    assert len(report.diagnosis.passing) == 2


@pytest.mark.parametrize(("ending", "types"), [("js", ""), ("ts", ": number")])
async def test_tests_that_start_node_elsewhere_prove_as_they_do_outside(sandbox, ending, types):
    code = f"module.exports = {{ twice: (n{types}) => n * 3 }};\n"
    checks = "".join(f"  assert.strictEqual(twice({n}), {2 * n});\n" for n in range(8))
    test = (
        "const test = require('node:test');\nconst assert = require('node:assert');\n"
        "const { execFileSync } = require('node:child_process');\n"
        f"const {{ twice }} = require('./twice.{ending}');\n"
        f"test('twice', () => {{\n{checks}}});\n"
        "test('elsewhere', () => {\n"
        "  const said = execFileSync(process.execPath, ['-p', '7'], { cwd: '/', encoding: 'utf8' });\n"
        "  assert.strictEqual(said, '7\\n');\n});\n"
    )
    outcome = await fixed(job_of(code, test, f"twice.{ending}", f"twice.test.{ending}"), sandbox)
    assert outcome.end_reason is EndReason.PROVED, outcome.explanation
    assert outcome.repair.patched == code.replace("3", "2")


async def test_a_module_and_its_neighbour_are_loaded_anew_for_each_change(sandbox):
    code = "import { step } from './step.mjs';\nexport let total = 0;\nexport function grow() {\n  total -= step;\n  return total;\n}\n"
    test = "import test from 'node:test';\nimport assert from 'node:assert/strict';\nimport { grow } from '../grow.mjs';\n\ntest('grows', () => {\n  assert.equal(grow(), 2);\n  assert.equal(grow(), 4);\n});\n"
    job = job_of(code, test, "grow.mjs", "tests/grow.test.mjs")
    neighbour = SourceFile(path="step.mjs", text="export const step = 2;\n")
    outcome = await fixed(replace(job, tests=(*job.tests, neighbour)), sandbox)
    assert outcome.repair.patched == code.replace("-=", "+=")


async def test_code_without_end_and_changes_without_end_are_stopped_by_their_steps(sandbox):
    code = "const down = (n) => {\n  let steps = 0;\n  while (n > 0) {\n    n += 1;\n    steps += 1;\n  }\n  return steps;\n};\nmodule.exports = down;\n"
    test = "const down = require('./down');\nconsole.assert(down(3) === 3);\nconsole.assert(down(0) === 0);\nconsole.assert(down(1) === 1);\nconsole.assert(down(-2) === 0);\nconsole.assert(down(7) === 7);\nconsole.assert(down(4) === 4);\n"
    outcome = await fixed(job_of(code, test, "down.js", "down.test.js"), sandbox)
    assert outcome.repair.diagnosis.fault is FaultClass.TIMEOUT
    assert outcome.repair.patched == code.replace("n += 1", "n -= 1")


async def test_a_change_without_end_costs_itself_alone_and_one_that_had_no_processor_is_run_again(sandbox):
    code = "const clean = (text) => {\n  const found = /^(ab)+c$/.test(text);\n  return found;\n};\nmodule.exports = { clean };\n"
    test = f"const {{ clean }} = require('./clean');\nconsole.assert(!clean('{'a' * 40}b'));\nconsole.assert(clean('ac'));\n"
    repair = JavaScriptRepair()
    broken = repair.broken(job_of(code, test, "clean.js", "clean.test.js"))

    def patch(pattern):
        at = code.index("(ab)+")
        edit = Edit(start=at, end=at + len("(ab)+"), text=pattern)
        return Patch(edits=(edit,), origin=PatchOrigin.BUILTIN, operator="o", description=pattern, cost=1.0)

    at = code.index("  return found")
    loop = Edit(start=at, end=at, text="  for (let i = 0; i < 5e6; i++) {}\n")  # quick, but many steps
    rest = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 9000)"
    once = f"  if (!globalThis.rested) {{\n    globalThis.rested = true;\n    {rest};\n  }}\n"
    long, rested = (
        replace(patch("a+"), edits=(*patch("a+").edits, edit))
        for edit in (loop, Edit(start=at, end=at, text=once))
    )
    patches = [patch("(b)+"), patch("(a+)+"), patch("(aa?)+"), long, patch("a+"), rested]
    trials = await repair.try_all(broken, patches, sandbox, Budget(seconds=PATIENT))
    assert [trial.is_timed_out for trial in trials] == [False, True, True, True, False, False]
    assert [trial.is_green for trial in trials] == [False, False, False, False, True, True]


async def test_tests_that_pass_now_and_then_are_called_flaky_and_nothing_is_changed(sandbox):
    code = "const year = () => new Date().getFullYear();\nmodule.exports = { year };\n"
    test = "const test = require('node:test');\nconst assert = require('node:assert');\nconst { year } = require('./year');\nlet calls = 0;\ntest('is stable', () => { globalThis.calls = (globalThis.calls ?? 0) + 1; assert.ok(year() && globalThis.calls % 2); });\n"
    outcome = await fixed(job_of(code, test, "year.js", "year.test.js"), sandbox)
    assert outcome.repair.diagnosis.fault is FaultClass.FLAKY
    assert outcome.repair.diff == ""


async def test_patches_are_told_apart_by_what_they_show_on_the_same_inputs(sandbox):
    repair = JavaScriptRepair()
    code = "const big = (n) => n > 5;\nmodule.exports = { big };\n"
    test = "const { big } = require('./big');\nconsole.assert(big(9));\nconsole.assert(!big(1));\n"
    broken = repair.broken(job_of(code, test, "big.js", "big.test.js"))
    at = code.index(">", code.index("n >"))

    def patch(text):
        edit = Edit(start=at, end=at + 1, text=text)
        return Patch(edits=(edit,), origin=PatchOrigin.BUILTIN, operator="o", description=text, cost=1.0)

    behaviours = await repair.compare(
        broken, [patch(">="), patch(" >"), patch("<")], sandbox, Budget(seconds=PATIENT)
    )
    column = behaviours.inputs.index("big(9)")
    assert (behaviours.original[column], [row[column] for row in behaviours.shown]) == (
        "true",
        ["true", "true", "false"],
    )
    assert behaviours.shown[1] == behaviours.original
    (told,) = behaviours.disagreements([0, 1])
    assert (told.call, told.answers) == ("big(5)", ("true", "false"))


@needs_typescript
async def test_typescript_is_mended_on_the_text_with_types(sandbox):
    code = "export function area(width: number, height: number): number {\n  return width + height;\n}\n"
    test = "import test from 'node:test';\nimport assert from 'node:assert/strict';\nimport { area } from '../src/area.ts';\n\ntest('an area', () => {\n  const wanted: number = 6;\n  assert.equal(area(2, 3), wanted);\n  assert.equal(area(0, 3), 0);\n  assert.equal(area(5, 3), 15);\n});\n"
    outcome = await fixed(job_of(code, test, "src/area.ts", "tests/area.test.ts"), sandbox)
    assert outcome.repair.patched == code.replace("+", "*")


@needs_typescript
async def test_what_only_a_compiler_says_is_mended_by_its_own_proposal_and_compiled_again(sandbox):
    code = "interface Box { width: number; height: number }\nexport function area(box: Box): number {\n  return box.widht * box.height;\n}\n"
    log = "src/area.ts(3,14): error TS2551: Property 'widht' does not exist on type 'Box'. Did you mean 'width'?"
    outcome = await fixed(job_of(code, "", "src/area.ts", "", log=log), sandbox)
    assert outcome.repair.diagnosis.fault is FaultClass.TYPE
    assert outcome.repair.patched == code.replace("widht", "width")
    assert outcome.repair.command == ("tsc", "--noEmit")


@needs_typescript
async def test_nearly_every_class_of_mistakes_that_the_language_service_knows_is_mended(sandbox):
    neighbour = SourceFile(path="neighbour.ts", text=NEIGHBOUR)
    log = "TS6133 TS7030 TS7027 TS7028 TS4114 TS1484"  # their options are asked for by the log that tells of them
    subject = Subject(source="", module_name="a", path="a.ts")
    broken = Broken(subject=subject, tests=(neighbour,), log=log)
    fixes = CodeFixes(seconds=500)
    mendings = await fixes.mendings(broken, [one.source for one in MISTAKES], sandbox, alternatives=1)
    mended = {one.start: one for one in mendings}
    missed = [
        mistake.name
        for at, mistake in enumerate(MISTAKES)
        if at not in mended or mended[at].left or mistake.wanted not in mended[at].text
    ]
    assert len(MISTAKES) >= 40
    assert len(missed) <= 0.2 * len(MISTAKES), missed
