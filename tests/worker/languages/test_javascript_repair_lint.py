"""ESLint in a fix job: what its log tells is mended by its own fixes, and a patch must not make it say more."""

import json
import shutil
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from tests.worker.languages.linting import CASES, CONFIGURATIONS, LEFT, Keeping, job_of, logged
from worker.adapters.system_clock import SystemClock
from worker.domain.attempt import EndReason
from worker.domain.diagnosis import FaultClass
from worker.domain.exchange import Budget, Limits, SandboxRequest
from worker.domain.job import SourceFile
from worker.domain.patch import as_written
from worker.languages.javascript_process import ADDRESS_SPACE_BYTES, node_package
from worker.languages.javascript_repair import JavaScriptRepair
from worker.languages.javascript_repair_lint import FIX, SUGGESTION, EsLint
from worker.languages.javascript_repair_lint_told import Told
from worker.languages.typescript_repair import TypeScriptRepair
from worker.repair.pipeline import RepairPipeline
from worker.sandboxes.process import ProcessSandbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("node") is None, reason="needs Node"),
    pytest.mark.skipif(not node_package("eslint").exists(), reason="needs the packages of tools/node"),
]
PATIENT = Budget(seconds=60.0)
NOWHERE = Path(sys.prefix, "nowhere")
LOOSE = "var loose = (a) => a\nmodule.exports = { loose: loose }\n"
LOOSE_LOG = logged(
    (1, 1, "Unexpected var, use let or const instead", "no-var"),
    (1, 21, "Missing semicolon", "semi"),
    (2, 33, "Missing semicolon", "semi"),
)
MEND = "const loose = (a) => a;\nmodule.exports = { loose: loose };\n".replace("const", "let")
TESTS = "const test = require('node:test');\nconst assert = require('node:assert');\nconst { loose } = require('./subject');\ntest('gives back', () => assert.equal(loose(3), 3));\n"


@pytest.fixture
def sandbox():
    box = ProcessSandbox()
    yield box
    box.close()


async def fixed(job, sandbox, linter=None):
    languages = [JavaScriptRepair(linter), TypeScriptRepair()]
    pipeline = RepairPipeline(languages=languages, sandbox=sandbox, clock=SystemClock())
    return await pipeline.run(job, budget_seconds=PATIENT.seconds)


async def proof_of(code, changed, sandbox, *, operator="", linter=None, settings="", **given):
    repair = JavaScriptRepair(linter)
    job = job_of(code, **given)
    brought = (SourceFile(path=".eslintrc.json", text=settings),) if settings else ()
    broken = repair.broken(replace(job, tests=(*job.tests, *brought)))
    patch = as_written(code, changed, cost=1.0)
    return await repair.prove(broken, replace(patch, operator=operator or "o"), sandbox, PATIENT)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_what_a_log_tells_is_mended_by_options_that_say_the_same(case, sandbox):
    outcome = await fixed(job_of(case.code, log=case.log), sandbox)
    assert outcome.repair.patched == case.wanted, outcome.explanation
    assert outcome.end_reason is EndReason.PROVED
    assert outcome.repair.diagnosis.fault is FaultClass.LINT
    assert outcome.repair.command == ("eslint", "subject.js")
    assert outcome.repair.verdicts[0].repeats == 1


@pytest.mark.parametrize("case", LEFT, ids=lambda case: case.name)
async def test_what_has_no_fix_that_can_be_proved_is_left_and_says_why(case, sandbox):
    outcome = await fixed(job_of(case.code, log=case.log), sandbox)
    assert outcome.end_reason is EndReason.NOTHING_KEPT
    assert outcome.repair.diff == ""
    said = [outcome.explanation, *(verdict.detail for verdict in outcome.repair.verdicts)]
    assert case.wanted in "\n".join(said)


async def test_rules_of_plugins_are_left_alone_with_the_reason_and_the_others_are_mended(sandbox):
    log = LOOSE_LOG + "  1:1  error  Never mind  react/prop-types\n"
    outcome = await fixed(job_of(LOOSE, log=log), sandbox)
    assert outcome.repair.patched == MEND
    assert "react/prop-types is left: it is a rule of a plugin, which is not installed" in outcome.explanation
    assert outcome.repair.command == ("eslint", "--rule", "no-var:2", "--rule", "semi:2", "subject.js")


async def test_where_suggestions_change_what_the_code_does_the_fixes_alone_are_offered(sandbox):
    code = 'const none = (a) => a == null ? "none" : "some"\nmodule.exports = { none }\n'
    log = logged(
        (1, 23, "Expected '===' and instead saw '=='", "eqeqeq"),
        (1, 32, "Strings must use singlequote", "quotes"),
    )
    outcome = await fixed(job_of(code, log=log), sandbox)
    assert outcome.repair.patched == code.replace('"', "'")
    assert outcome.repair.operator == FIX
    alone = await fixed(
        job_of(code, log=logged((1, 23, "Expected '===' and instead saw '=='", "eqeqeq"))), sandbox
    )
    (verdict,) = alone.repair.verdicts
    assert verdict.patch.operator == SUGGESTION
    assert verdict.detail.startswith(
        "it changes what the code does: none(undefined) shows 'some', and showed 'none'"
    )


async def test_tests_that_pass_have_to_pass_on_what_eslint_makes(sandbox):
    outcome = await fixed(job_of(LOOSE, test=TESTS, log=LOOSE_LOG), sandbox)
    assert outcome.repair.patched == MEND
    assert outcome.repair.command[:2] == ("node", "--test")
    spelt = TESTS.replace(
        "loose(3)", "loose(require('node:fs').readFileSync('subject.js', 'utf8').slice(0, 3))"
    )
    held = await fixed(job_of(LOOSE, test=spelt.replace("3), 3", "3)), 'var'"), log=LOOSE_LOG), sandbox)
    assert held.repair.diff == ""


async def test_a_patch_after_which_eslint_finds_more_faults_is_refused(sandbox):
    twice = "const loose = (a) => { switch (a) { case 1: return 1; case 1: return 2; default: return a; } };\nmodule.exports = { loose };\n"
    code = twice.replace("case 1: return 2; ", "")
    proof = await proof_of(code, twice, sandbox, test=TESTS)
    assert (proof.is_passed, proof.is_lint_worse, proof.is_flaky) == (False, True, False)
    assert proof.detail == "line 1: Duplicate case label. (no-duplicate-case)"
    assert (await proof_of(twice, code, sandbox, test=TESTS)).is_passed
    assert (await proof_of(twice, twice.replace("return a", "return  a"), sandbox, test=TESTS)).is_passed


@pytest.mark.parametrize(
    "comment", ["// eslint-disable-next-line", "/* eslint no-unreachable: 0 */", "/* eslint-disable */"]
)
async def test_a_patch_that_switches_eslint_off_is_refused_for_what_it_hides(comment, sandbox):
    code = "const loose = (a) => {\n  return a;\n};\nmodule.exports = { loose };\n"
    changed = code.replace("return a;\n", f"return a;\n{comment}\nloose.never = 1;\n")
    proof = await proof_of(code, changed, sandbox, test=TESTS)
    assert (proof.is_passed, proof.is_lint_worse) == (False, True)
    assert "no-unreachable" in proof.detail


async def test_taste_names_of_the_surroundings_and_what_tests_bring_make_no_patch_worse(sandbox):
    code = "const loose = (a) => (typeof window === 'object' && window.it ? it : a)\nmodule.exports = { loose }\n"
    changed = 'var loose = function (a, unused) { var it2 = typeof window === "object" && (window.it || window.its); return it2 ? expect : Buffer && a }\nmodule.exports = { loose }\n'
    assert (await proof_of(code, changed, sandbox, test=TESTS)).is_passed
    settings = (
        '{"rules": {"quotes": [2, "single"], "no-debugger": 0, "no-unused-vars": [2, {"args": "all"}]}}'
    )
    told = {"log": LOOSE_LOG, "settings": settings.replace("all", "none")}
    assert (await proof_of(code, changed + "debugger\n", sandbox, test=TESTS, **told)).is_passed
    told["settings"] = settings
    assert (await proof_of(code, changed, sandbox, test=TESTS, **told)).is_lint_worse
    worse = await proof_of(code, changed.replace("? expect", "? nowhere"), sandbox, test=TESTS)
    assert "'nowhere' is not defined" in worse.detail


async def test_what_eslint_can_not_read_and_where_it_is_not_installed_everything_is_as_before(sandbox):
    absent = EsLint(NOWHERE)
    outcome = await fixed(job_of(LOOSE, log=LOOSE_LOG), sandbox, absent)
    assert outcome.repair.diff == ""
    assert outcome.explanation.startswith("The log tells of 3 faults (lint); first: Unexpected var")
    code = "const loose = (a) => { return a; };\nmodule.exports = { loose };\n"
    worse = code.replace("return a;", "return a; loose.b = 1;")
    assert (await proof_of(code, worse, sandbox, test=TESTS, linter=absent)).is_passed
    assert not (await proof_of(code, worse, sandbox, test=TESTS)).is_passed
    strange = "'use strict'; const b = 010; "  # Node would not load it, and ESLint does not read it
    proof = await proof_of(strange + code, worse, sandbox, test=TESTS)
    assert (proof.is_passed, proof.is_lint_worse) == (True, False)
    own = await proof_of(code, worse, sandbox, operator=FIX, log=LOOSE_LOG, linter=absent)
    assert (own.is_passed, own.detail) == (False, "ESLint can't judge it here")


async def test_only_a_patch_of_eslints_own_is_proved_without_tests_and_only_where_it_mends_what_was_told(
    sandbox,
):
    assert (await proof_of(LOOSE, MEND, sandbox, operator=FIX, log=LOOSE_LOG)).is_passed
    assert not (await proof_of(LOOSE, MEND, sandbox, log=LOOSE_LOG)).is_passed
    nothing = await proof_of(LOOSE, LOOSE + "\n", sandbox, operator=FIX, log=LOOSE_LOG)
    assert (nothing.is_passed, nothing.detail) == (False, "what the log tells of is still there")
    half = await proof_of(LOOSE, MEND.replace("a;", "a"), sandbox, operator=FIX, log=LOOSE_LOG)
    assert half.command == ("eslint", "--rule", "no-var:2", "subject.js")
    more = MEND.replace("let", "debugger; let")
    assert (await proof_of(LOOSE, more, sandbox, operator=FIX, log=LOOSE_LOG)).is_lint_worse
    grown = await proof_of(
        LOOSE, MEND.replace(";\n", "\n") + "loose.a = 1\n", sandbox, operator=FIX, log=LOOSE_LOG
    )
    assert (grown.is_passed, grown.is_lint_worse) == (False, True)
    other = await proof_of(LOOSE, MEND.replace("=> a", "=> a + 1"), sandbox, operator=FIX, log=LOOSE_LOG)
    assert not other.is_passed
    assert "changes what the code does" in other.detail


async def test_what_can_not_be_called_is_no_ground_for_a_suggestion_but_for_a_fix(sandbox):
    code = "const lost = require('nowhere')\nlost.run(lost == 1)\n"
    log = logged(
        (2, 15, "Expected '===' and instead saw '=='", "eqeqeq"), (2, 20, "Missing semicolon", "semi")
    )
    outcome = await fixed(job_of(code, log=log), sandbox)
    assert outcome.repair.patched == code.replace("\n", ";\n")
    assert outcome.repair.operator == FIX


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=lambda case: case.name)
async def test_options_of_a_configuration_that_is_data_are_used(case, sandbox):
    job = job_of(case.code, log=case.log)
    outcome = await fixed(replace(job, tests=(case.file,)), sandbox)
    assert (outcome.repair.patched or case.code) == case.wanted


EVIL = "require('node:fs').writeFileSync('harness-report.txt', ''); process.exit(3)"
DATA_THAT_NAMES_CODE = '{ "root": true, "parser": "./evil.js", "plugins": ["./evil.js"], "extends": "./evil.js", "rules": {"__proto__": [2], "semi": ["error", {"a": 1}]} }'


async def test_no_configuration_is_ever_run(sandbox):
    keeping = Keeping(sandbox)
    names = ("eslint.config.js", "eslint.config.mjs", ".eslintrc.js", ".eslintrc.cjs", "evil.js")
    brought = [SourceFile(path=name, text=EVIL) for name in names]
    brought.append(SourceFile(path=".eslintrc.json", text=DATA_THAT_NAMES_CODE))
    broken = JavaScriptRepair().broken(replace(job_of(LOOSE, log=LOOSE_LOG), tests=tuple(brought)))
    assert Told.of(broken).configured == {"semi": ["error", {"a": 1}]}
    linter = EsLint()
    (mending,) = await linter.mendings(broken, keeping)
    assert mending.text == MEND
    assert (await linter.compared(broken, MEND, keeping, is_own=True)).mended == ("no-var", "semi")
    assert len(keeping.requests) == 2
    for request in keeping.requests:
        assert not [name for name in request.files if "eslintrc" in name or "eslint.config" in name]
        assert not [text for text in request.files.values() if "evil" in text]


async def test_what_was_made_of_a_text_is_remembered_until_the_log_is_another(sandbox):
    keeping, linter = Keeping(sandbox), EsLint()
    broken = JavaScriptRepair().broken(job_of(LOOSE, log=LOOSE_LOG))
    first = await linter.mendings(broken, keeping)
    assert await linter.mendings(broken, keeping) is first
    assert len(keeping.requests) == 1
    shorter = replace(broken, log=LOOSE_LOG.replace("  semi", ""))
    (other,) = await linter.mendings(shorter, keeping)
    assert other.mended == ("no-var",)


async def test_patterns_that_take_for_ever_end_with_the_time_of_the_process_and_nothing_said(sandbox):
    slow = '{"rules": {"no-unused-vars": ["error", {"varsIgnorePattern": "^(a+)+$"}]}}'
    code = f"const {'a' * 60}b = 1\n"
    log = logged((1, 7, f"'{'a' * 60}b' is assigned a value but never used", "no-unused-vars"))
    job = replace(job_of(code, log=log), tests=(SourceFile(path=".eslintrc.json", text=slow),))
    broken = JavaScriptRepair().broken(job)
    assert await EsLint(seconds=1.0).mendings(broken, sandbox) == ()


KNOWN = """\
const [folder] = process.argv.slice(2);
const { RECOMMENDED, OPTIONS, UNWANTED } = require('./lint-rules.cjs');
const { Linter } = require(`${folder}/lib/universal.js`);
const rules = require(`${folder}/lib/rules/index.js`);
const linter = new Linter();
const isTaken = (rule, given) => {
  try {
    return Boolean(linter.verify('', { rules: { [rule]: [2, ...given] } }));
  } catch {
    return false;
  }
};
const recommended = [...rules].filter(([, rule]) => rule.meta.docs.recommended).map(([name]) => name);
const refused = Object.entries(OPTIONS).flatMap(([rule, ways]) => ways.filter((given) => !isTaken(rule, given)).map((given) => [rule, given]));
const idle = Object.keys(OPTIONS).filter((rule) => !rules.get(rule)?.meta.fixable && !rules.get(rule)?.meta.hasSuggestions);
const unsuggested = Object.keys(UNWANTED).filter((rule) => !rules.get(rule)?.meta.hasSuggestions);
console.log(JSON.stringify({ missed: recommended.filter((rule) => !RECOMMENDED.includes(rule)), more: RECOMMENDED.filter((rule) => !recommended.includes(rule)), refused, idle, unsuggested }));
"""


async def test_what_is_known_of_the_rules_is_what_this_eslint_says(sandbox):
    rules = files("worker.languages.harness.javascript").joinpath("lint-rules.cjs").read_text()
    request = SandboxRequest(
        argv=("{node}", "known.cjs", str(node_package("eslint"))),
        files={"known.cjs": KNOWN, "lint-rules.cjs": rules},
        limits=Limits(wall_seconds=60.0, cpu_seconds=60, memory_bytes=ADDRESS_SPACE_BYTES),
    )
    outcome = await sandbox.run(request)
    known = json.loads(outcome.stdout)
    assert {name: told for name, told in known.items() if told} == {}


def test_a_log_is_about_files_of_the_same_name_and_names_that_are_nowhere_are_not_for_the_linter():
    log = """\
src/subject.js:1:2: Missing semicolon. [Error/semi]
C:\\w\\subject.jsx:2:2: Missing semicolon. [Error/semi]
src/other.js:3:2: Missing semicolon. [Error/semi]
src/subject.js:4:2: 'a' is not defined. [Error/no-undef]
src/subject.js:5:2: Oh. [Error/@scope/name]
src/subject.js:6:2: Odd. [Warning/eqeqeq]
"""
    told = Told.of(JavaScriptRepair().broken(job_of(LOOSE, log=log)))
    assert [one.line for one in told.messages] == [1, 2]
    assert told.foreign == ("@scope/name",)
