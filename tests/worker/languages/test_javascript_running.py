"""JavaScript in the real sandbox: what is kept holds in plain Node, and what is hostile is explained."""

import asyncio
import json
import os
import shutil

import pytest

from worker.domain.candidate import Candidate
from worker.domain.errors import SourceRejected
from worker.domain.exchange import Budget, Subject
from worker.domain.job import Job, JobKind
from worker.languages.javascript import JavaScriptLanguage
from worker.sandboxes.process import ProcessSandbox

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")]
LANGUAGE = JavaScriptLanguage()
SHAPES = """
export function sortInPlace(items) { items.sort((a, b) => a - b); }
export async function later(x) { if (x > 2) throw new RangeError('too big'); return x + 1; }
export function* upTo(n) { for (let i = 0; i < n; i += 1) yield i; }
export function grade(score) { if (score >= 90) return 'A'; return score >= 70 ? 'B' : 'C'; }
export default class Stack {
  #items = [];
  constructor(max = 3) { this.max = max; }
  push(value) { if (this.#items.length >= this.max) throw new RangeError('full'); this.#items.push(value); return this.#items.length; }
  get size() { return this.#items.length; }
}
"""


@pytest.fixture
def sandbox(tmp_path):
    box = ProcessSandbox()
    yield box
    box.close()


def subject_of(code: str, path: str | None = None) -> Subject:
    return LANGUAGE.subject(Job(job_id="job", kind=JobKind.TEST, language="javascript", code=code, path=path))


def written(name: str, body: str) -> Candidate:
    return Candidate(name=name, code=f"test({json.dumps(name)}, () => {{ {body} }});")


async def explored(subject, sandbox, seconds=2.0):
    text = await LANGUAGE.explore(subject, sandbox, Budget(seconds=seconds))
    candidates = LANGUAGE.candidates_in(text, subject)
    outcomes = await LANGUAGE.run(subject, candidates, sandbox, Budget(seconds=8, seed=2))
    return [one for one, outcome in zip(candidates, outcomes, strict=True) if outcome.is_passed]


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("function add(a,b){return a+b;}", None),
        ("#!/usr/bin/env node\nfunction pick(a) { return a ? 1 : 2 } // the end", None),
        ("exports.half = (x) => x / 2; exports.name = 'n'", "half.js"),
        (SHAPES, "shapes.js"),
    ],
)
async def test_explored_tests_pass_in_plain_node_next_to_the_untouched_source(code, path, sandbox, tmp_path):
    subject = subject_of(code, path)
    kept = await explored(subject, sandbox)
    assert kept
    proof = await LANGUAGE.prove(subject, kept, sandbox, Budget(seconds=20))
    assert proof.is_passed, proof.detail
    (tmp_path / subject.path).write_text(code)
    (tmp_path / LANGUAGE.test_path(subject)).write_text(LANGUAGE.assemble(subject, kept))
    run = await asyncio.create_subprocess_exec(*proof.command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE)
    output, _ = await run.communicate()
    assert run.returncode == 0, output.decode()


@pytest.mark.parametrize("options", ["", "--no-experimental-detect-module"])
@pytest.mark.parametrize("package", [None, "{}", '{"type": "module"}', '{"type": "commonjs"}'])
async def test_tests_of_an_es_module_named_js_run_plainly_whatever_package_it_lies_in(
    options, package, sandbox, tmp_path
):
    """Without its detection of modules Node 20 behaves like Node 18."""
    code = "export default (x) => x * 2;\nexport const register = (x) => x + 1;\n"
    subject = subject_of(code, "twice.js")
    tests = [
        written("doubles", "assert.equal(twice(2), 4)"),
        written("adds", "assert.equal(register(2), 3)"),
    ]
    if not options:
        assert (await LANGUAGE.prove(subject, tests, sandbox, Budget(seconds=20.5))).is_passed
    (tmp_path / subject.path).write_text(code)
    (tmp_path / LANGUAGE.test_path(subject)).write_text(LANGUAGE.assemble(subject, tests))
    if package:
        (tmp_path / "package.json").write_text(package)
    run = await asyncio.create_subprocess_exec(
        "node",
        "--test",
        LANGUAGE.test_path(subject),
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "NODE_OPTIONS": options},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await run.communicate()
    assert run.returncode == 0, output.decode()
    assert b"doubles" in output


async def test_exploration_reaches_branches_errors_state_and_promises(sandbox):
    subject = subject_of(SHAPES, "shapes.mjs")
    kept = await explored(subject, sandbox, seconds=3)
    text = LANGUAGE.assemble(subject, kept)
    for shown in (
        "'A'",
        "'B'",
        "'C'",
        "assert.rejects",
        "'too big'",
        "'full'",
        "assert.deepEqual(items",
        "[...upTo(",
    ):
        assert shown in text
    report = await LANGUAGE.mutate(subject, kept, sandbox, Budget(seconds=60))
    assert report.is_complete
    assert report.score is not None
    assert report.score >= 0.7
    proof = await LANGUAGE.prove(subject, kept, sandbox, Budget(seconds=20))
    assert proof.coverage.branch_ratio == 1.0


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("while (true) {}\nfunction f() {}", "for ever"),
        ("const all = []; while (true) all.push(new Array(1e7).fill(1)); function f() {}", "memory"),
        ("process.exit(0); function f() {}", "ends the process"),
        ("throw new Error('nope'); function f() {}", "nope"),
        ("const _ = require('lodash'); module.exports = () => _", "lodash"),
        ("import x from 'lodash'; export function f() {}", "lodash"),
        ("const a = 1;", "no function"),
        ("module.exports = await 1;", "not JavaScript that Node can load"),
    ],
)
async def test_a_source_that_does_not_load_is_explained(code, said, sandbox):
    with pytest.raises(SourceRejected, match=said):
        await LANGUAGE.load(subject_of(code), sandbox)


@pytest.mark.parametrize(
    "body",
    [
        "while (true) {}",
        "const all = []; for (;;) all.push(new Array(1e6).fill(1));",
        "process.exit(0)",
        "process.kill(process.pid, 9)",
        "const cp = require('child_process'); for (;;) cp.spawn('/bin/sleep', ['60'])",
    ],
)
async def test_a_hostile_test_fails_alone_and_the_others_still_run(body, sandbox):
    subject = subject_of("function add(a, b) { return a + b }")
    candidates = [
        written("good", "assert.equal(add(1, 2), 3)"),
        written("bad", f"assert.ok(1); {body}"),
        written("wrong", "assert.equal(add(1, 2), 4)"),
        written("fine", "assert.equal(add(2, 2), 4)"),
    ]
    outcomes = await LANGUAGE.run(subject, candidates, sandbox, Budget(seconds=12))
    assert [outcome.is_passed for outcome in outcomes] == [True, False, False, True]
    assert outcomes[1].detail
    assert "AssertionError" in outcomes[2].detail


async def test_a_test_that_asserts_nothing_does_not_pass(sandbox):
    subject = subject_of("function add(a, b) { return a + b }")
    (outcome,) = await LANGUAGE.run(subject, [written("idle", "add(1, 2)")], sandbox, Budget(seconds=5))
    assert not outcome.is_passed
    assert "asserts nothing" in outcome.detail


async def test_a_run_tells_the_lines_and_branches_of_each_test(sandbox):
    subject = subject_of("function f(a) {\n  if (a) {\n    return 1;\n  }\n  return 2;\n}")
    tests = [written("yes", "assert.equal(f(1), 1)"), written("no", "assert.equal(f(0), 2)")]
    yes, no = await LANGUAGE.run(subject, tests, sandbox, Budget(seconds=5))
    assert (yes.lines, no.lines) == ({2, 3}, {2, 5})
    assert yes.branches.isdisjoint(no.branches)


async def test_names_of_built_in_members_are_names_like_others(sandbox):
    code = "module.exports = { toString(a) { return `<${a}>` }, constructor: (n) => n + 1, valueOf(n) { return n } }"
    text = await LANGUAGE.explore(subject_of(code), sandbox, Budget(seconds=1))
    assert "subject.toString(" in text or "toString(" in text
    assert "constructor(" in text


async def test_what_the_sandbox_refuses_is_not_asserted(sandbox):
    code = "const fs = require('fs'); exports.save = (a) => fs.writeFileSync('/etc/saved', 'x'); exports.id = (a) => a"
    text = await LANGUAGE.explore(subject_of(code), sandbox, Budget(seconds=1))
    assert "id(" in text
    assert "save(" not in text


async def test_the_text_of_functions_and_the_folder_of_the_run_are_not_asserted(sandbox):
    code = "function text(a) { return String(text) }\nfunction place() { return process.cwd() }\nfunction id(a) { return a }"
    found = await LANGUAGE.explore(subject_of(code), sandbox, Budget(seconds=1))
    assert "id(" in found
    assert "text(" not in found
    assert "place(" not in found


async def test_random_and_clock_results_are_not_asserted(sandbox):
    code = "function dice() { return Math.random() }\nfunction now() { return process.hrtime.bigint() }\nfunction twice(n) { return n * 2 }"
    text = await LANGUAGE.explore(subject_of(code), sandbox, Budget(seconds=1))
    assert "twice(" in text
    assert "dice(" not in text
    assert "now(" not in text


async def test_a_proof_names_the_tests_that_fail_beside_the_others(sandbox):
    subject = subject_of("let n = 0; module.exports = { next() { n += 1; return n } }")
    tests = [written("first", "assert.equal(next(), 1)"), written("again", "assert.equal(next(), 1)")]
    outcomes = await LANGUAGE.run(subject, tests, sandbox, Budget(seconds=5))
    assert all(outcome.is_passed for outcome in outcomes)
    proof = await LANGUAGE.prove(subject, tests, sandbox, Budget(seconds=20))
    assert not proof.is_passed
    assert "again" in proof.detail
    assert "first" not in proof.detail


async def test_a_subject_that_ends_the_runner_early_proves_nothing(sandbox):
    code = "if (process.argv[1]?.includes('.test.')) process.reallyExit(0);\nmodule.exports = { f: (a) => a }"
    subject = subject_of(code)
    proof = await LANGUAGE.prove(
        subject, [written("f", "assert.equal(f(1), 1)")], sandbox, Budget(seconds=20)
    )
    assert not proof.is_passed
