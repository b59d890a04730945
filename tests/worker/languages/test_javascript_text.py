"""What JavaScript's text alone tells: names, kinds, points, mutants, candidates, files."""

import pytest

from worker.domain.candidate import Candidate, RejectionReason
from worker.domain.errors import SourceRejected
from worker.domain.exchange import Subject
from worker.domain.job import Job, JobKind
from worker.languages.javascript import JavaScriptLanguage
from worker.languages.javascript_mutants import MAXIMUM_MUTANTS, make_mutants
from worker.languages.javascript_points import find_points
from worker.languages.javascript_syntax import ModuleKind, bindings_of
from worker.languages.javascript_v8 import coverage_from

LANGUAGE = JavaScriptLanguage()


def subject_of(code: str, path: str | None = None) -> Subject:
    return LANGUAGE.subject(Job(job_id="job", kind=JobKind.TEST, language="javascript", code=code, path=path))


@pytest.mark.parametrize(
    ("path", "code", "module_name", "written_path"),
    [
        (None, "function f() {}", "subject", "subject.cjs"),
        (None, "export const f = 1", "subject", "subject.mjs"),
        ("src/left-pad.js", "module.exports = f", "leftPad", "left-pad.js"),
        ("node_modules/ms/index.js", "module.exports = f", "ms", "index.js"),
        ("../../etc/passwd", "function f() {}", "passwd", "passwd.cjs"),
        ("2d.mjs", "export default 1", "_2d", "2d.mjs"),
        ("a b/c'd.js", "function f() {}", "c_d", "c_d.js"),
    ],
)
def test_the_subject_is_named_after_its_path(path, code, module_name, written_path):
    subject = subject_of(code, path)
    assert (subject.module_name, subject.path) == (module_name, written_path)


@pytest.mark.parametrize(
    ("code", "kind", "main", "names"),
    [
        ("function add(a, b) {}\nconst half = (x) => x / 2", ModuleKind.SCRIPT, "", ("add", "half")),
        ("module.exports = function (value) {}", ModuleKind.COMMONJS, "thing", ()),
        ("function parse() {}\nmodule.exports = parse", ModuleKind.COMMONJS, "parse", ()),
        ("exports.one = () => 1; exports.two = 2", ModuleKind.COMMONJS, "thing", ("one", "two")),
        (
            "module.exports = { one, two: 2, three() {} }",
            ModuleKind.COMMONJS,
            "thing",
            ("two", "three", "one"),
        ),
        ("export default function leven() {}\nexport const x = 1", ModuleKind.ESM, "leven", ("x",)),
        ("const a = 1; export { a as b, a as default }", ModuleKind.ESM, "a", ("b",)),
        ("export function test() {}\nexport function fine() {}", ModuleKind.ESM, "", ("fine",)),
    ],
)
def test_exports_are_bound_by_names_that_a_test_may_use(code, kind, main, names):
    bindings = bindings_of(code, module_name="thing", path="thing.js")
    assert (bindings.kind, bindings.main, bindings.names) == (kind, main, names)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("function f( {\n  return 1;\n}", "line 1"),
        ("let a = 1;\nfunction f(a: number) {}", "line 2"),
        ("{{{", "line 1"),
    ],
)
def test_a_syntax_error_is_rejected_with_its_line(code, said):
    with pytest.raises(SourceRejected, match=said):
        LANGUAGE.survey(subject_of(code))


def test_a_survey_names_public_functions_and_methods_in_source_order():
    code = "class Stack { push() {} _hidden() {} #own() {} get size() { return 1 } }\nfunction f() {}\nmodule.exports = { Stack, f }"
    assert LANGUAGE.survey(subject_of(code)).targets == ("Stack", "Stack.push", "Stack.size", "f")


def test_a_survey_names_the_module_where_only_running_it_shows_what_it_exports():
    code = "(function (root, make) { module.exports = make() })(this, function () { return {} })"
    assert LANGUAGE.survey(subject_of(code)).targets == ("subject",)


def test_units_that_branch_most_are_named_first():
    code = (
        "function plain(a) { return a; }\n"
        "function branching(a, b) { if (a && b) return 1; return a ? 2 : b ?? 3; }\n"
        "class Walker { step(a) { for (const b of a) while (b) return b; } }\n"
    )
    survey = LANGUAGE.survey(subject_of(code))
    assert survey.decisions["branching"] == 4
    assert survey.decisions["Walker.step"] == 2
    assert survey.targets[0] == "plain"
    assert survey.ranked == ("branching", "Walker", "Walker.step", "plain")


def test_every_arm_is_a_branch_and_the_reporting_copy_stays_on_its_lines():
    code = "function f(a) {\n  if (a) return 1\n  for (;;);\n  return a ? 1 : b || 2\n}"
    points = find_points(code)
    assert points.lines == {2, 3, 4}
    assert sorted(points.branches) == [
        "2:2:else",
        "2:2:then",
        "3:2:loop",
        "4:17-4:23:||",
        "4:9:alternative-4:23",
        "4:9:consequence-4:23",
    ]
    assert points.instrumented.count("\n") == code.count("\n")


def test_counts_of_v8_are_laid_on_lines_and_branches_even_after_wide_characters():
    code = "const s = '😀é';\nfunction f(a) { if (a) { return 1; } return 2; }"
    units = code.encode("utf-16-le")
    start = code.index("{ return 1; }") + 1  # one more: the emoji has two units
    ranges = [
        (0, len(units) // 2, 1),
        (code.index("function") + 1, len(units) // 2, 2),
        (start, start + 13, 2),
    ]
    coverage = coverage_from(find_points(code), code, [ranges])
    assert (coverage.branches_covered, coverage.branches_total) == (1, 2)


def test_mutants_are_small_faults_each_of_its_own_and_capped():
    sources = {mutant.source for mutant in make_mutants("function f(a) { return a + 1 }", seed=1)}
    assert "function f(a) { return a - 1 }" in sources
    assert "function f(a) { return undefined }" in sources
    assert len(make_mutants("f = a + b;\n" * 500, seed=1)) == MAXIMUM_MUTANTS
    assert make_mutants("f = a + b;\n" * 500, seed=1) == make_mutants("f = a + b;\n" * 500, seed=1)


ANSWER = """Sure! Here are the tests:

```javascript
const assert = require('assert');
const { add } = require('./math');
const os = require('node:os');
const base = 10;

describe('add', () => {
  it('adds', () => { expect(add(1, 2)).toBe(3); });
  test('adds to the base', async () => { assert.strictEqual(add(base, 2), 12); });
  it('knows the system', () => { assert.ok(os.EOL); });
});
```
Hope this helps!"""


def test_tests_are_found_in_fences_groups_and_either_dialect():
    found = LANGUAGE.candidates_in(ANSWER, subject_of("function add(a, b) { return a + b }"))
    assert [one.name for one in found] == ["adds", "adds to the base", "knows the system"]
    assert found[0].code == "test('adds', () => { assert.equal(add(1, 2), 3); });"
    assert found[1].code.startswith("{\nconst base = 10;\ntest(")
    assert found[2].imports == ("const os = require('node:os');",)
    assert {one.oracle for one in found} == {"engine"}


def test_tests_of_one_name_are_told_apart():
    found = LANGUAGE.candidates_in("test('a', () => {})\nit('a', () => {})", subject_of("function f() {}"))
    assert [one.name for one in found] == ["a", "a (2)"]


@pytest.mark.parametrize(
    "text",
    ["", "I can't do that.", "```python\ndef test(): pass\n```", "\ufffd\x01)(*&", "test(", "test('x'"],
)
def test_garbage_holds_no_tests_and_harms_nobody(text):
    for candidate in LANGUAGE.candidates_in(text, subject_of("function f() {}")):
        assert LANGUAGE.fault_in(candidate) is not None


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("test('a', () => { assert.equal(1, 1) })", None),
        ("test('a', () => { f(1) })", RejectionReason.ASSERTS_NOTHING),
        ("test('a', () => { assert.equal(1, })", RejectionReason.UNPARSABLE),
    ],
)
def test_a_candidate_is_judged_by_its_text_first(code, fault):
    assert LANGUAGE.fault_in(Candidate(name="a", code=code)) == fault


def test_an_es_module_is_imported_and_a_script_is_compiled_with_its_names():
    test = Candidate(name="a", code="test('a', () => { assert.equal(f(1), 1); });", oracle="characterization")
    module = LANGUAGE.assemble(subject_of("export const f = (a) => a", "lib/f.mjs"), [test])
    assert "import { f } from './f.mjs';" in module
    assert "current behaviour, not intended behaviour" in module
    script = LANGUAGE.assemble(subject_of("function f(a) { return a }"), [test])
    assert "compileFunction(" in script
    assert "const { f } = subject;" in script
