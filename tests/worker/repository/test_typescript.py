"""A TypeScript repository without a single test is mended by its compiler: everything real but the forge."""

import asyncio
import shutil
from dataclasses import replace

import pytest

from tests.fakes.artifacts import FakeArtifacts
from tests.fakes.forge import FakeForge, FakeReports
from tests.fakes.source_checkout import FakeFailures, FakePulls, FakeSourceCheckout
from worker.adapters.system_clock import SystemClock
from worker.domain.exchange import Subject
from worker.domain.job import Job, JobKind, SourceFile
from worker.domain.origin import Origin
from worker.domain.patch import Patch, PatchOrigin, between
from worker.domain.publication import Repository
from worker.domain.repair import Broken
from worker.domain.repository_report import UnitEnd
from worker.languages.javascript_process import node_package
from worker.languages.typescript_repair import TypeScriptRepair
from worker.languages.typescript_repair_fixes import CodeFixes
from worker.repair.pipeline import RepairPipeline
from worker.repository.pipeline import RepositoryPipeline, Surroundings
from worker.sandboxes.process import ProcessSandbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("node") is None, reason="needs Node"),
    pytest.mark.skipif(not node_package("typescript").exists(), reason="needs the packages of tools/node"),
]
SHOP = Repository(owner="acme", name="shop")
SETTINGS = '{ "compilerOptions": { "strict": true } } // as people write it\n'
BOX = "export interface Box { width: number; height: number }\n"
AREA = "import type { Box } from './box';\nexport const area = (box: Box) => box.widht * box.height;\n"
FINE = "import { area } from './area';\nexport const two = (n: number) => area({ width: n, height: 2 });\n"
PATIENT = 600.0


@pytest.fixture
def sandbox():
    box = ProcessSandbox()
    yield box
    box.close()


def test_a_repository_without_tests_is_mended_where_its_compiler_complains(sandbox):
    checkout, forge = FakeSourceCheckout(), FakeForge()
    checkout.commit(SHOP, "main", {"README.md": "a shop\n"})
    files = {"tsconfig.json": SETTINGS, "src/box.ts": BOX, "src/area.ts": AREA, "src/fine.ts": FINE}
    commit = checkout.commit(SHOP, "main", files)
    around = Surroundings(
        checkouts=checkout.opened,
        forge=forge,
        reports=FakeReports(),
        pulls=FakePulls(),
        failures=FakeFailures(),
        artifacts=FakeArtifacts(),
    )
    modules = RepairPipeline(languages=[TypeScriptRepair()], sandbox=sandbox, clock=SystemClock())
    origin = Origin(
        repository="acme/shop", clone_url="https://example.org/acme/shop.git", sha=commit, ref="main"
    )
    job = Job(job_id="gh-1", kind=JobKind.FIX, language="", code="", origin=origin)
    pipeline = RepositoryPipeline(modules, surroundings=around, clock=SystemClock())
    report = asyncio.run(pipeline.run(job, budget_seconds=PATIENT)).repository_report
    assert {unit.path: unit.end for unit in report.units} == {
        "src/area.ts": UnitEnd.FIXED,
        "src/box.ts": UnitEnd.PASSING,
        "src/fine.ts": UnitEnd.PASSING,
    }
    ((head, draft, _),) = forge.pulls
    tip = checkout.branches["acme/shop", head.partition(":")[2]]
    assert checkout.commits[tip].files["src/area.ts"] == AREA.replace("widht", "width")
    assert "the compiler's errors are gone" in draft.body


def broken_of(source, *, log="", **files):
    tests = tuple(SourceFile(path=path, text=text) for path, text in files.items())
    return Broken(subject=Subject(source=source, module_name="a", path="src/a.ts"), tests=tests, log=log)


def codes_of(broken, sandbox):
    compiled = asyncio.run(CodeFixes(seconds=PATIENT).errors(broken, [broken.subject.source], sandbox))
    return {finding.code for finding in compiled[0]}


def test_what_may_come_from_missing_packages_is_believed_of_a_log_alone(sandbox):
    source = "import { each } from 'far';\neach((one) => one.size);\nexport const n: number = 'a';\n"
    broken = broken_of(source, **{"tsconfig.json": SETTINGS})
    assert codes_of(broken, sandbox) == {"TS2322"}
    told = "src/a.ts(2,7): error TS7006: Parameter 'one' implicitly has an 'any' type.\n"
    assert codes_of(replace(broken, log=told), sandbox) == {"TS7006"}


def test_nothing_is_held_against_code_that_its_own_settings_allow(sandbox):
    source = "export const f = (a) => document.title + a;\nexport const n: number = 'a';\n"
    settings = {"tsconfig.json": '{ "extends": "./base.json" }', "base.json": '{ "compilerOptions": {} }'}
    assert codes_of(broken_of(source, **settings), sandbox) == {"TS2322"}


def test_without_the_library_of_the_language_the_compiler_has_no_answer(sandbox):
    source = "export const f = (all: string[]) => all.map((one) => one.length);\n"
    broken = broken_of(source, **{"tsconfig.json": '{ "compilerOptions": { "noLib": true } }'})
    assert asyncio.run(CodeFixes(seconds=PATIENT).errors(broken, [source], sandbox)) is None
    assert asyncio.run(CodeFixes(seconds=PATIENT).mendings(broken, [source], sandbox)) == ()


def test_a_patch_that_breaks_who_imports_the_file_is_not_proved(sandbox):
    source = "export interface Box { width: number }\nexport const area = (box: Box) => box.widht;\n"
    user = "import { area } from './a';\nexport const two = area({ width: 2 });\n"
    broken = broken_of(source, log="tsc --noEmit", **{"tsconfig.json": SETTINGS, "src/user.ts": user})
    language = TypeScriptRepair(CodeFixes(seconds=PATIENT))

    def proof_of(changed):
        patch = Patch(
            edits=between(source, changed),
            origin=PatchOrigin.FIXER,
            operator="word",
            description="",
            cost=1.0,
        )
        return asyncio.run(language.prove(broken, patch, sandbox, None))

    assert proof_of(source.replace("widht", "width")).is_passed
    harmful = proof_of(source.replace("width:", "widht:"))
    assert (harmful.is_passed, harmful.is_lint_worse) == (False, True)
    assert "src/user.ts line 2" in harmful.detail
