"""TypeScript in the real sandbox: what is kept holds in plain runners beside the untouched source."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

from worker.domain.errors import SourceRejected
from worker.domain.exchange import Budget, Subject
from worker.domain.job import Job, JobKind
from worker.languages.javascript_process import node_package
from worker.languages.typescript import TypeScriptLanguage
from worker.languages.typescript_strip import strip
from worker.sandboxes.process import ProcessSandbox

PACKAGES = Path(sys.prefix, "lib", "ddf-node", "node_modules")
TSX = PACKAGES / ".bin" / "tsx"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")]
needs_tsx = pytest.mark.skipif(not TSX.exists(), reason="needs the packages of tools/node")
LANGUAGE = TypeScriptLanguage()
SHOP = """\
import type { Nothing } from './nothing';
import { Other } from './other';

export enum Size { Small, Medium = 5, Large }
export type Role = 'admin' | 'user' | 'guest';
export interface Item { name: string; price: number; size?: Size }

export class Basket<T extends Item = Item> {
  private readonly items: T[] = [];
  constructor(public readonly limit: number = 2) {}
  add(item: T): number {
    if (this.items.length >= this.limit) throw new RangeError('the basket is full');
    return this.items.push(item);
  }
}
export function discount(role: Role, total: number): number {
  switch (role) {
    case 'admin': return total * 0.5;
    case 'user': return total > 100 ? total * 0.9 : total;
    default: return total;
  }
}
export namespace Labels { export const of = (item: Item): string => `${item.name}: ${Size[item.size ?? Size.Small]}`; }
const unused = (other: Other): Nothing | undefined => undefined;
export default abstract class { }
"""
SHOP = SHOP.replace("export default abstract class { }\n", "")
CLAMP = "export const clamp = (value: number, low = 0, high = 1): number =>\n  value < low ? low : value > high ? high : value;\n"
SCRIPT = (
    "interface A { b: number }\nfunction larger(a: number, b: number): number {\n  return a > b ? a : b;\n}\n"
)
COMMON = "import path = require('node:path');\nfunction name(of: string): string { return of ? path.basename(of) : '-'; }\nexport = { name };\n"
MARKED = "const half = (x: number): number => x / 2;\nmodule.exports = { half };\n"


@pytest.fixture
def sandbox():
    box = ProcessSandbox()
    yield box
    box.close()


def subject_of(code: str, path: str | None = None) -> Subject:
    return LANGUAGE.subject(Job(job_id="job", kind=JobKind.TEST, language="ts", code=code, path=path))


async def kept_of(subject, sandbox):
    text = await LANGUAGE.explore(subject, sandbox, Budget(seconds=1.5))
    candidates = LANGUAGE.candidates_in(text, subject)
    outcomes = await LANGUAGE.run(subject, candidates, sandbox, Budget(seconds=8, seed=2))
    return [one for one, outcome in zip(candidates, outcomes, strict=True) if outcome.is_passed]


async def output_of(*command, cwd):
    run = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "HOME": str(cwd), "TMPDIR": str(cwd)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await run.communicate()
    return run.returncode, output.decode()


@needs_tsx
@pytest.mark.parametrize(
    ("code", "path"),
    [(SHOP, "shop.ts"), (CLAMP, "clamp.ts"), (CLAMP, "clamp.mts"), (COMMON, "name.ts"), (MARKED, "half.cts")],
)
async def test_explored_tests_pass_in_tsx_beside_the_untouched_source(code, path, sandbox, tmp_path):
    subject = subject_of(code, path)
    kept = await kept_of(subject, sandbox)
    proof = await LANGUAGE.prove(subject, kept, sandbox, Budget(seconds=20))
    assert proof.is_passed, proof.detail
    (tmp_path / subject.path).write_text(code)
    (tmp_path / LANGUAGE.test_path(subject)).write_text(LANGUAGE.assemble(subject, kept))
    code_, output = await output_of(str(TSX), "--test", LANGUAGE.test_path(subject), cwd=tmp_path)
    assert code_ == 0, output
    assert kept[0].name.split("(")[0] in output


async def test_the_command_says_what_runs_it(sandbox):
    erasable, more = subject_of(CLAMP, "clamp.ts"), subject_of(SHOP, "shop.ts")
    kept = await kept_of(erasable, sandbox)
    proof = await LANGUAGE.prove(erasable, kept, sandbox, Budget(seconds=20))
    assert proof.command == ("node", "--test", "clamp.test.mts")
    assert "Node 22.18 or newer" in LANGUAGE.assemble(erasable, kept)
    kept = await kept_of(more, sandbox)
    proof = await LANGUAGE.prove(more, kept, sandbox, Budget(seconds=20))
    assert proof.command == ("npx", "tsx", "--test", "shop.test.mts")


async def test_a_source_that_exports_nothing_is_tested_too(sandbox):
    subject = subject_of(SCRIPT, "larger.ts")
    kept = await kept_of(subject, sandbox)
    proof = await LANGUAGE.prove(subject, kept, sandbox, Budget(seconds=20))
    assert proof.is_passed, proof.detail
    assert proof.coverage.branch_ratio == 1.0
    assert proof.coverage.covered_lines == (3,)


async def test_coverage_and_mutants_stand_on_the_lines_of_the_typescript(sandbox):
    subject = subject_of(SHOP, "shop.ts")
    kept = await kept_of(subject, sandbox)
    proof = await LANGUAGE.prove(subject, kept, sandbox, Budget(seconds=20))
    assert proof.is_passed, proof.detail
    lines = SHOP.splitlines()
    for line in (*proof.coverage.covered_lines, *proof.coverage.missed_lines):
        assert lines[line - 1].strip(), line
        assert not lines[line - 1].startswith(("import type", "export interface", "export type"))
    assert {17, 18, 19, 20} <= set(proof.coverage.covered_lines)
    assert proof.coverage.branch_ratio == 1.0
    report = await LANGUAGE.mutate(subject, kept, sandbox, Budget(seconds=10))
    assert any(mutant.startswith("19:") and "100" in mutant for mutant in report.killed_by)
    assert report.score is not None
    assert report.score >= 0.7


async def test_a_test_that_is_wrong_fails_the_proof(sandbox):
    subject = subject_of(CLAMP, "clamp.ts")
    (right, *_) = await kept_of(subject, sandbox)
    text = "```ts\ntest('lies', () => { assert.equal(clamp(5 as number), 7); });\n```"
    (wrong,) = LANGUAGE.candidates_in(text, subject)
    proof = await LANGUAGE.prove(subject, [right, wrong], sandbox, Budget(seconds=20))
    assert not proof.is_passed
    assert "lies" in proof.detail


async def test_inputs_follow_the_declared_types(sandbox):
    code = (
        "export interface Point { x: number; y: number; kind: 'near' | 'far' }\n"
        "export function place(at: Point): string {\n"
        "  if (at.kind === 'far' && at.x > at.y) return 'out';\n  return at.kind;\n}\n"
    )
    kept = await kept_of(subject_of(code, "place.ts"), sandbox)
    text = "\n".join(one.code for one in kept)
    assert "'out'" in text
    assert "kind: 'near'" in text


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("while (true) {}\nexport function f(): void {}", "for ever"),
        ("export const a: number = 1;", "no function"),
        ("import { x } from 'left-pad';\nexport const f = (): number => x();", "left-pad"),
        ("import { x } from './near';\nexport const f = (): number => x();", "needs './near'"),
        ("throw new Error('nope' as string); export function f(): void {}", "nope"),
        ("process.exit(0); export function f(): void {}", "ends the process"),
    ],
)
async def test_a_source_that_does_not_load_is_explained(code, said, sandbox):
    with pytest.raises(SourceRejected, match=said):
        await LANGUAGE.load(subject_of(code), sandbox)


@pytest.mark.skipif(not (PACKAGES / "amaro").exists(), reason="needs the packages of tools/node")
@pytest.mark.parametrize("code", [CLAMP, SCRIPT, MARKED, SHOP])
async def test_node_s_own_stripping_makes_the_same_of_what_is_erasable(code, tmp_path):
    """amaro is the stripper inside Node: it refuses what we call not erasable, and agrees to the character on the rest."""
    (tmp_path / "in.ts").write_text(code)
    script = (
        f"const {{ transformSync }} = require({str(PACKAGES / 'amaro')!r});"
        "process.stdout.write(transformSync(require('fs').readFileSync('in.ts', 'utf8'), { mode: 'strip-only' }).code)"
    )
    status, output = await output_of("node", "-e", script, cwd=tmp_path)
    stripped = strip(code)
    assert (status == 0) == stripped.is_erasable, output
    if stripped.is_erasable:
        assert output == stripped.javascript


@pytest.mark.skipif(not node_package("prettier").exists(), reason="needs the packages of tools/node")
async def test_assembled_tests_are_laid_out_by_prettier_once_they_are_proved(sandbox, tmp_path):
    subject = subject_of(SHOP, "shop.ts")
    kept = await kept_of(subject, sandbox)
    await LANGUAGE.prove(subject, kept, sandbox, Budget(seconds=20))
    name = LANGUAGE.test_path(subject)
    (tmp_path / name).write_text(LANGUAGE.assemble(subject, kept))
    options = ("--single-quote", "--print-width", "110")
    status, output = await output_of(
        "node",
        str(node_package("prettier") / "bin" / "prettier.cjs"),
        *options,
        "--check",
        name,
        cwd=tmp_path,
    )
    assert status == 0, output
