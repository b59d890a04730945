"""A run that failed for what ESLint says is mended by ESLint, tests or none: everything real but the forge."""

import asyncio
import json
import shutil
from dataclasses import asdict

import pytest

from tests.fakes.artifacts import FakeArtifacts
from tests.fakes.forge import FakeForge, FakeReports
from tests.fakes.source_checkout import FakeFailures, FakePulls, FakeSourceCheckout
from worker.adapters.system_clock import SystemClock
from worker.domain.attempt import EndReason
from worker.domain.job import Job, JobKind, SourceFile
from worker.domain.origin import Origin
from worker.domain.publication import Repository
from worker.domain.repository_report import UnitEnd
from worker.languages.javascript_process import node_package
from worker.languages.javascript_repair import JavaScriptRepair
from worker.repair.harvest import harvest_in
from worker.repair.pipeline import RepairPipeline
from worker.repository.aim import Aim
from worker.repository.evidence import Evidence
from worker.repository.pipeline import RepositoryPipeline, Surroundings
from worker.repository.sources import read_sources
from worker.repository.units import find_units
from worker.repository_ports import FailureLog
from worker.sandboxes.process import ProcessSandbox

SHOP = Repository(owner="acme", name="shop")
PRICE = 'var rate = 2\nexport const price = (n) => ({ rate : n * rate })\nexport const name = "a"\n'
MENDED = "const rate = 2;\nexport const price = (n) => ({ rate : n * rate });\nexport const name = 'a';\n"
TAX = "export const tax = (n) => {\n  var none = 0\n  return n\n}\n"
TAX_TEST = "import test from 'node:test';\nimport assert from 'node:assert';\nimport { tax } from './tax.js';\n\ntest('tax', () => assert.equal(tax(1), 1));\n"
SETTINGS = '{ "rules": { "key-spacing": ["error", { "beforeColon": true }], "prefer-const": "error" } } // as people write it\n'
FILES = {
    ".eslintrc.json": SETTINGS,
    "package.json": '{ "type": "module" }\n',
    "src/price.js": PRICE,
    "src/tax.js": TAX,
    "src/tax.test.js": TAX_TEST,
}
LOG = """\
/home/runner/work/shop/shop/src/price.js
  1:1   error  Unexpected var, use let or const instead  no-var
  1:13  error  Missing semicolon                         semi
  2:50  error  Missing semicolon                         semi
  3:21  error  Strings must use singlequote              quotes
  3:24  error  Missing semicolon                         semi

/home/runner/work/shop/shop/src/tax.js
  2:7   error  'none' is assigned a value but never used  no-unused-vars

✖ 6 problems (6 errors, 0 warnings)
"""


@pytest.fixture
def sandbox():
    box = ProcessSandbox()
    yield box
    box.close()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
@pytest.mark.skipif(not node_package("eslint").exists(), reason="needs the packages of tools/node")
def test_what_eslint_said_in_a_failed_run_becomes_a_pull_request(sandbox):
    checkout, forge = FakeSourceCheckout(), FakeForge()
    checkout.commit(SHOP, "main", {"README.md": "a shop\n"})
    commit = checkout.commit(SHOP, "main", FILES)
    around = Surroundings(
        checkouts=checkout.opened,
        forge=forge,
        reports=FakeReports(),
        pulls=FakePulls(),
        failures=FakeFailures(runs={7: FailureLog(source="run 7, lint", text=LOG)}),
        artifacts=FakeArtifacts(),
    )
    modules = RepairPipeline(languages=[JavaScriptRepair()], sandbox=sandbox, clock=SystemClock())
    url = "https://example.org/acme/shop.git"
    origin = Origin(repository="acme/shop", clone_url=url, sha=commit, ref="main", run_id=7)
    job = Job(job_id="gh-1", kind=JobKind.FIX, language="", code="", origin=origin)
    pipeline = RepositoryPipeline(modules, surroundings=around, clock=SystemClock())
    report = asyncio.run(pipeline.run(job, budget_seconds=600.0)).repository_report
    assert {unit.path: unit.end for unit in report.units} == {
        "src/price.js": UnitEnd.FIXED,
        "src/tax.js": UnitEnd.FIXED,
    }
    ((head, draft, _),) = forge.pulls
    files = checkout.commits[checkout.branches["acme/shop", head.partition(":")[2]]].files
    assert files["src/price.js"] == MENDED
    assert files["src/tax.js"] == TAX.replace("  var none = 0\n", "")
    assert "1 times, eslint price.js" in draft.body
    assert "node --test src/tax.test.js" in draft.body


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
@pytest.mark.skipif(not node_package("eslint").exists(), reason="needs the packages of tools/node")
async def test_what_a_child_job_mended_by_a_log_alone_is_proved_by_its_parent_too(sandbox):
    modules = RepairPipeline(languages=[JavaScriptRepair()], sandbox=sandbox, clock=SystemClock())
    code, settings = FILES["src/price.js"], SourceFile(path="package.json", text=FILES["package.json"])
    job = Job(
        job_id="gh-1-c1",
        kind=JobKind.FIX,
        language="javascript",
        code=code,
        path="src/price.js",
        tests=(settings,),
        log=LOG,
    )
    child = await modules.run(job, budget_seconds=60.0)
    assert child.repair is not None
    harvest = harvest_in([json.loads(json.dumps({"repair": asdict(child.repair)}))])
    parent = await modules.gathered(job, harvest, budget_seconds=60.0)
    assert (child.end_reason, parent.end_reason) == (EndReason.PROVED, EndReason.PROVED)
    assert parent.repair is not None
    assert parent.repair.patched == child.repair.patched != code


def test_settings_of_eslint_that_are_data_go_along_with_javascript_alone():
    code = {
        "src/cost.ts": "",
        "src/cost.test.ts": "import './cost'\n",
        ".eslintrc.cjs": "process.exit()\n",
    }
    extra = {"src/.eslintrc.json": "{}", "node_modules/a/.eslintrc.json": "{}"}
    checkout = FakeSourceCheckout()
    commit = checkout.commit(SHOP, "main", {**FILES, **code, **extra})
    texts = asyncio.run(read_sources(Aim(repository=SHOP, commit=commit), checkout)).texts
    assert not [path for path in texts if path.startswith("node_modules/")]
    units = {unit.path: unit.files for unit in find_units(texts, ())}
    assert units["src/tax.js"] == ("src/tax.test.js", "package.json", "src/.eslintrc.json")
    assert units["src/cost.ts"] == ("src/cost.test.ts", "package.json")
    evidence = Evidence(text="x", named=frozenset({"src/price.js", "src/cost.ts", "src/tax.js"}))
    untested = {unit.path: unit.files for unit in evidence.untested([], texts.keys())}
    assert untested["src/price.js"] == ("package.json", "src/.eslintrc.json")
    assert untested["src/cost.ts"] == ()
