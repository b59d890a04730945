"""What repair of JavaScript reads from text and does to it, without running anything."""

from dataclasses import replace

import pytest

from worker.domain.diagnosis import Diagnosis, FaultClass, Finding, Location
from worker.domain.exchange import Subject
from worker.domain.job import SourceFile
from worker.domain.patch import Edit, Patch, PatchOrigin, by_rule
from worker.domain.repair import Broken
from worker.languages import javascript_repair_suite
from worker.languages.javascript_points import find_points
from worker.languages.javascript_repair_answers import patches_in
from worker.languages.javascript_repair_candidates import Offsets, Suspicion, joined, patches_of
from worker.languages.javascript_repair_checks import objection_to
from worker.languages.javascript_repair_diagnosis import of_runs
from worker.languages.javascript_repair_logs import findings_in
from worker.languages.javascript_repair_names import distance, fixes_of_names
from worker.languages.javascript_repair_pace import paced
from worker.languages.javascript_repair_suite import package_file, placed
from worker.languages.javascript_repair_syntax import mended
from worker.languages.javascript_syntax import parse, syntax_fault
from worker.languages.repair_evidence import of_findings
from worker.languages.typescript_repair_running import outward
from worker.languages.typescript_strip import strip

NOWHERE = Suspicion(())


def made_of(source, suspicion=NOWHERE):
    return patches_of(source, parse(source), suspicion)


def texts_of(source):
    return {patch.applied_to(source) for patch in made_of(source)}


@pytest.mark.parametrize(
    ("broken", "right"),
    [
        ("f = (a, b) => a < b;", "f = (a, b) => a <= b;"),
        ("f = (a, b) => a + b;", "f = (a, b) => a * b;"),
        ("f = (a, b) => a && b;", "f = (a, b) => a || b;"),
        ("f = (a, b) => a - b;", "f = (a, b) => b - a;"),
        ("f = (a, b, c) => a + b + c;", "f = (a, b, c) => a + c;"),
        ("f = (a, b, c) => a + b / c;", "f = (a, b, c) => (a + b) / c;"),
        ("f = (a, b) => a - 1 / b;", "f = (a, b) => a / b - 1;"),
        ("f = (n) => n - 1;", "f = (n) => n;"),
        ("f = (n) => n > 1;", "f = (n) => n > 2;"),
        ("f = (n) => n / 0.5;", "f = (n) => n / 2;"),
        ("f = () => true;", "f = () => false;"),
        ("f = (list) => list[list.length];", "f = (list) => list[list.length - 1];"),
        ("f = (list) => { list.push(1); };", "f = (list) => { list.unshift(1); };"),
        ("f = (n) => Math.floor(n);", "f = (n) => Math.ceil(n);"),
        ("f = (list) => list.sort();", "f = (list) => list.sort((a, b) => a - b);"),
        ("f = (a, b) => g(a, b);", "f = (a, b) => g(b, a);"),
        ("f = (s) => 'a'.startsWith(s);", "f = (s) => s.startsWith('a');"),
        ("f = (a, b) => { g(a); return b; };", "f = (a, b) => {  return b; };"),
        ("f = (a) => { g(a) };", "f = (a) => { return g(a) };"),
        ("f = (a) => { for (const b in a) g(b); };", "f = (a) => { for (const b of a) g(b); };"),
        (
            "f = (a) => { if (a) return 1; else return 2; };",
            "f = (a) => { if (a) return 2; else return 1; };",
        ),
        ("f = (a) => a == 1 || a == 2 || a == 3;", "f = (a) => a == 1 && a == 2 && a == 3;"),
        ("f = (a) => [a == 'x', a == 'x', 'y'];", "f = (a) => [a == 'y', a == 'y', 'y'];"),
        (
            "f = (a) => { if (a) return true; return false; };",
            "f = (a) => { if (a) return false; return true; };",
        ),
        (
            "async function f() { const a = g(); return a; }",
            "async function f() { const a = await g(); return a; }",
        ),
    ],
)
def test_what_a_slip_took_away_is_among_the_small_changes(broken, right):
    assert right in texts_of(broken)


SOURCE = """\
const grow = (list, n) => {
  for (let i = 0; i < n; i++) list.push(i);
  while (n > 0) { n -= 1; if (n === 3) { break; } }
  return list.map((one) => one * 2).filter((one) => one > n);
};
class Pile { size() { return this.items.length; } }
"""


def test_a_change_is_never_none_and_never_told_twice():
    patches = made_of(SOURCE)
    texts = [patch.applied_to(SOURCE) for patch in patches]
    assert SOURCE not in texts
    assert len(patches) == len({patch.mark(SOURCE) for patch in patches}) > 300


def test_most_of_the_changes_are_javascript():
    readable = [syntax_fault(parse(text)) is None for text in texts_of(SOURCE)]
    assert sum(readable) > 0.97 * len(readable)


def test_cheap_kinds_come_before_dear_ones_and_suspicious_lines_before_others():
    costs = [patch.cost for patch in made_of(SOURCE)]
    assert costs == sorted(costs)
    on_third = Suspicion([Location(line=3, suspicion=1.0), Location(line=2, suspicion=0.1)], [1, 2, 3, 4])
    first = made_of(SOURCE, on_third)[:5]
    assert {patch.line for patch in first} == {3}


def test_a_line_that_is_no_statement_is_as_suspicious_as_its_statement():
    suspicion = Suspicion([Location(line=2, suspicion=0.5)], [1, 2, 5])
    assert [suspicion.of(line) for line in (1, 2, 3, 4, 5)] == [0.0, 1.0, 1.0, 1.0, 0.0]


def test_of_a_long_source_the_suspicious_lines_have_their_changes():
    one = "const f{0} = (a, b) => {{\n  const c = a + b * {0};\n  return c < {0};\n}};\n"
    source = "".join(one.format(at) for at in range(400))
    suspicion = Suspicion([Location(line=1_203, suspicion=1.0)], range(1, 1_600))
    patches = patches_of(source, parse(source), suspicion, most=1_000)
    assert patches[0].line == 1_203
    assert source.replace("c < 300", "c <= 300") in {patch.applied_to(source) for patch in patches[:20]}
    assert len(patches) == 1_000


@pytest.mark.parametrize("text", ["é = 1;\nü < 2;", "a = '😀' + b;\nc < d;", "plain\nlines"])
def test_offsets_count_characters_and_lines(text):
    offsets = Offsets(text)
    for at in range(len(text)):
        assert offsets.character(len(text[:at].encode())) == at
        assert offsets.line(at) == text.count("\n", 0, at) + 1


def test_changes_behind_letters_of_several_bytes_stand_where_they_belong():
    source = "const é = '😀';\nconst f = (a, b) => a < b;\n"
    assert "const é = '😀';\nconst f = (a, b) => a <= b;\n" in texts_of(source)


def test_edits_of_the_counting_copy_are_what_counting_the_edited_source_gives():
    base = paced(SOURCE)
    moved = 0
    for patch in made_of(SOURCE):
        edits = base.moved(patch.edits)
        if edits is None:
            continue
        ((start, end, text),) = edits
        moved += 1
        patched = patch.applied_to(SOURCE)
        if syntax_fault(parse(patched)) is None:
            assert base.text[:start] + text + base.text[end:] == paced(patched).text, patch.description
    assert moved > 200


def test_the_counting_copy_counts_in_every_loop_and_every_function():
    assert paced(SOURCE).text.count("__ddf.s(0)") == 6
    assert (
        paced("const f = a => b => ({ a });").text == "const f = a => (__ddf.s(0),b => (__ddf.s(0),({ a })));"
    )
    assert paced("for (;;) if (a) b(); else while (c) d();").text.count("{__ddf.s(0);") == 2


def test_two_changes_are_joined_where_they_do_not_touch():
    one, two = (
        Patch(
            edits=(Edit(start=at, end=at + 1, text="x"),),
            origin=PatchOrigin.BUILTIN,
            operator="o",
            description="d",
            cost=1.0,
        )
        for at in (5, 1)
    )
    pair = joined(one, two)
    assert pair is not None
    assert pair.applied_to("abcdefgh") == "axcdexgh"
    assert joined(one, one) is None


LOGS = [
    ("a.ts(3,14): error TS2551: Property 'b' does not exist.", ("tsc", FaultClass.TYPE, "TS2551", "a.ts", 3, 14)),
    ("src/a.ts:3:14 - error TS1005: ';' expected.", ("tsc", FaultClass.SYNTAX, "TS1005", "src/a.ts", 3, 14)),
    ("a.ts(1,1): error TS2304: Cannot find name 'x'.", ("tsc", FaultClass.IMPORT, "TS2304", "a.ts", 1, 1)),
    ("/w/a.js\n  2:7  error  'x' is assigned a value but never used  no-unused-vars\n", ("eslint", FaultClass.LINT, "no-unused-vars", "/w/a.js", 2, 7)),
    ("/w/a.js\n  2:7  error  'x' is not defined  no-undef\n", ("eslint", FaultClass.IMPORT, "no-undef", "/w/a.js", 2, 7)),
    ("/w/a.js\n  4:1  error  Parsing error: Unexpected token }\n", ("eslint", FaultClass.SYNTAX, "", "/w/a.js", 4, 1)),
    ("a.js:2:7: Missing semicolon. [Error/semi]", ("eslint", FaultClass.LINT, "semi", "a.js", 2, 7)),
    (
        '[{"filePath":"/w/a.js","messages":[{"ruleId":"semi","severity":2,"message":"Missing semicolon.","line":1,"column":9}]}]',
        ("eslint", FaultClass.LINT, "semi", "/w/a.js", 1, 9),
    ),
    ("/w/a.js:4\nconst a = ;\n          ^\n\nSyntaxError: Unexpected token ';'\n    at x (node:vm:1:2)", ("node", FaultClass.SYNTAX, "SyntaxError", "/w/a.js", 4, 0)),
    ("TypeError: a.b is not a function\n    at f (/w/a.js:7:5)\n    at node:internal:1:2", ("node", FaultClass.EXCEPTION, "TypeError", "/w/a.js", 7, 0)),
    ("ReferenceError: x is not defined\n    at file:///w/a.mjs:2:1", ("node", FaultClass.IMPORT, "ReferenceError", "/w/a.mjs", 2, 0)),
    ("Error: Cannot find module 'lodash'\nRequire stack:\n- /w/a.js", ("node", FaultClass.ENVIRONMENT, "Error", "", 0, 0)),
    ("Error: Cannot find module './near'\nRequire stack:\n- /w/a.js", ("node", FaultClass.IMPORT, "Error", "", 0, 0)),
    ("AssertionError [ERR_ASSERTION]: 1 == 2\n    at Test.<anonymous> (/w/a.test.js:4:10)", ("node", FaultClass.ASSERTION, "AssertionError", "/w/a.test.js", 4, 0)),
    ("npm ERR! network request to the registry failed", ("node", FaultClass.ENVIRONMENT, "", "", 0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("log", "wanted"), LOGS)
def test_a_log_is_read(log, wanted):
    found = findings_in(log)[0]
    assert (found.tool, found.fault, found.code, found.path, found.line, found.column) == wanted


def test_a_failing_test_is_named_from_tap():
    log = "TAP version 13\n# Subtest: adds\nnot ok 1 - adds\n  ---\n  failureType: 'testCodeFailure'\n  error: '1 == 2'\n  code: 'ERR_ASSERTION'\n  name: 'AssertionError'\n  stack: |-\n    Test.<anonymous> (/w/a.test.js:4:10)\n  ...\n"
    (found,) = findings_in(log)
    assert (found.test, found.fault) == ("adds", FaultClass.ASSERTION)


def test_warnings_of_a_linter_are_no_fault():
    assert findings_in("/w/a.js\n  2:7  warning  'x' is never used  no-unused-vars\n") == ()


def test_lines_of_the_subject_that_a_log_names_are_suspicious():
    told = findings_in(
        "a.ts(3,1): error TS2551: b\na.ts(3,9): error TS2551: c\na.ts(5,1): error TS2551: d\nother.ts(1,1): error TS2551: e"
    )
    diagnosis = of_findings(told, "src/a.ts", "")
    assert [(one.line, one.suspicion) for one in diagnosis.locations] == [(3, 1.0), (5, 0.5)]
    assert diagnosis.fault is FaultClass.TYPE


def check(name, passed, points=(), **more):
    return {"name": name, "isPassed": passed, "points": list(points), **more}


POINTS = find_points(
    "const f = (a) => {\n  const b = a + 1;\n  if (b) {\n    return 1;\n  }\n  return 2;\n};\n"
)
BY_LINE = {point.line: at for at, point in enumerate(POINTS.points) if not point.branch}


def test_the_line_that_only_failing_checks_run_is_the_most_suspicious():
    run = {
        "checks": [
            check("one", True, [BY_LINE[2], BY_LINE[3], BY_LINE[4]]),
            check("two", False, [BY_LINE[2], BY_LINE[3], BY_LINE[6]], kind="assertion", text="1 !== 2"),
        ]
    }
    diagnosis = of_runs([run, run], POINTS)
    assert diagnosis.locations[0].line == 6
    assert 4 not in {place.line for place in diagnosis.locations}
    assert (diagnosis.failing, diagnosis.passing, diagnosis.fault) == (
        ("two",),
        ("one",),
        FaultClass.ASSERTION,
    )


def test_a_test_that_fails_in_one_run_alone_is_flaky():
    bad = {"checks": [check("now and then", False, kind="assertion", text="x")]}
    good = {"checks": [check("now and then", True)]}
    assert of_runs([bad, good], POINTS).fault is FaultClass.FLAKY
    assert of_runs([good, good], POINTS).fault is FaultClass.NONE


@pytest.mark.parametrize(
    ("broken", "right"),
    [
        ("const f = (a) => {\n  return g(a;\n};\n", "return g(a);"),
        ("const f = (list) => {\n  return list[0;\n};\n", "return list[0];"),
        ("function f(a) {\n  if (a) {\n    return 1;\n\n}\n", "}\n"),
        ("function f(a) {\n  if (a {\n    return 1;\n  }\n}\n", "if (a) {"),
        ("fucntion f(a) {\n  return a;\n}\n", "function f(a)"),
        ("const a = { b: 1 c: 2 };\n", "b: 1, c: 2"),
        ("const f = (a) => {\n  return a);\n};\n", "return a"),
        ("const a = 'b;\n", "'b"),
    ],
)
def test_a_slip_of_syntax_is_mended(broken, right):
    assert any(right in text for text, _ in mended(broken))
    assert all(syntax_fault(parse(text)) is None for text, _ in mended(broken))


def diagnosis_of(message, line=0):
    finding = Finding(tool="node", fault=FaultClass.IMPORT, message=message, line=line)
    return Diagnosis(fault=FaultClass.IMPORT, summary=message, findings=(finding,))


@pytest.mark.parametrize(
    ("source", "message", "right"),
    [
        (
            "const f = () => path.join('a');",
            "ReferenceError: path is not defined",
            "const path = require('node:path');\n",
        ),
        (
            "export const f = () => path.join('a');",
            "ReferenceError: path is not defined",
            "import path from 'node:path';\n",
        ),
        (
            "'use strict';\nconst f = () => inspect(1);",
            "inspect is not defined",
            "'use strict';\nconst { inspect } = require('node:util');\n",
        ),
        ("const f = (width) => widht * 2;", "ReferenceError: widht is not defined", "=> width * 2"),
        ("const f = (list) => list.lenght();", "TypeError: list.lenght is not a function", "list.length()"),
        (
            "const f = (s) => s.toUppercase();",
            "TypeError: s.toUppercase is not a function",
            "s.toUpperCase()",
        ),
        (
            "const f = () => {\n  const n = 0;\n  n += 1;\n};",
            "TypeError: Assignment to constant variable.",
            "let n = 0;",
        ),
    ],
)
def test_a_name_that_is_nowhere_is_found(source, message, right):
    texts = [text for text, _, _ in fixes_of_names(source, diagnosis_of(message, 3))]
    assert any(right in text for text in texts)


def test_a_name_of_two_letters_is_not_guessed():
    assert list(fixes_of_names("const f = (k) => j;", diagnosis_of("j is not defined"))) == []


@pytest.mark.parametrize(
    ("one", "two", "steps"),
    [("abc", "abc", 0), ("abc", "acb", 1), ("abc", "abcd", 1), ("abc", "xyz", 3), ("", "ab", 2)],
)
def test_the_distance_of_words(one, two, steps):
    assert distance(one, two) == distance(two, one) == steps


CODE = "const f = (a) => a + 1;\nconst g = (a) => f(a);\nmodule.exports = { f, g };\n"


def broken_of(source=CODE, tests=(), path="a.js"):
    return Broken(subject=Subject(source=source, module_name="a", path=path), tests=tests)


def patch_of(old, new, origin=PatchOrigin.ENGINE, source=CODE):
    at = source.index(old)
    return Patch(
        edits=(Edit(start=at, end=at + len(old), text=new),),
        origin=origin,
        operator="o",
        description="d",
        cost=1.0,
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("a + 1", "a + 2", ""),
        ("a + 1", "a + 1", "changes nothing"),
        ("a + 1", "a + ", "does not parse"),
        ("a + 1", "require('node:child_process').execSync('id')", "brings in the module node:child_process"),
        ("a + 1", "process.exit(0)", "uses process"),
        ("a + 1", "eval('a')", "uses eval"),
        ("a + 1", "globalThis['pro' + 'cess']", "uses globalThis"),
        ("a + 1", "a.constructor.constructor('return 1')()", "uses constructor"),
        ("const g = (a) => f(a);\n", "", "takes g away"),
        ("module.exports = { f, g };", "", "no longer exports"),
        ("a + 1", "a === 12345 ? 'secret answer' : 0", "holds values of the tests"),
    ],
)
def test_what_the_text_of_a_patch_speaks_against_it(old, new, said):
    tests = (SourceFile(path="a.test.js", text="assert.equal(f(12345), 'secret answer');"),)
    objection = objection_to(patch_of(old, new), broken_of(tests=tests))
    assert said in objection if said else objection == ""


def test_a_rule_may_import_what_the_code_speaks_of_and_an_engine_may_not():
    source = "module.exports = (name) => fs.readFileSync(name, 'utf8');\n"
    (fix,) = (text for text, _, _ in fixes_of_names(source, diagnosis_of("fs is not defined")))
    (rule,) = by_rule(source, [(fix, "missing-import", "fs is imported")])
    assert objection_to(rule, broken_of(source)) == ""
    assert "node:fs" in objection_to(replace(rule, origin=PatchOrigin.ENGINE), broken_of(source))


def test_a_patch_that_rewrites_a_module_is_too_large():
    source = "".join(f"const f{at} = () => {at};\n" for at in range(60))
    rewritten = source.replace("=> ", "=> 1 + ")
    patch = patch_of(source, rewritten, source=source)
    assert "changes 60 lines" in objection_to(patch, broken_of(source))


def test_a_function_of_an_answer_takes_the_place_of_the_one_of_its_name():
    answer = "The fault is here:\n```js\nconst f = (a) => {\n  return a + 2;\n};\n```\nDone."
    (patch,) = patches_in(answer, broken_of())
    assert patch.applied_to(CODE) == CODE.replace(
        "const f = (a) => a + 1;", "const f = (a) => {\n  return a + 2;\n};"
    )


def test_a_whole_module_of_an_answer_is_taken_as_it_is():
    (patch,) = patches_in(f"```javascript\n{CODE.replace('+ 1', '+ 3')}```", broken_of())
    assert patch.applied_to(CODE) == CODE.replace("+ 1", "+ 3")
    assert patches_in("no code at all", broken_of()) == ()


def test_the_code_is_put_where_the_tests_import_it_from():
    subject = Subject(source="", module_name="area", path="area.ts")
    test = SourceFile(path="tests/area.test.ts", text="import { area } from '../src/area.js';")
    assert placed(subject, [test]).path == "src/area.ts"
    assert placed(subject, []).path == "area.ts"


@pytest.mark.parametrize(
    "path",
    ["a.test.js", "a.spec.ts", "tests/a.js", "__tests__/a.mjs", "test.js", "a-test.js", "test/deep/a.cjs"],
)
def test_tests_are_known_by_their_names(path):
    files = [SourceFile(path=path, text=""), SourceFile(path="src/near.js", text="assert")]
    assert javascript_repair_suite.tests_in(files) == (path,)


def test_where_no_name_tells_the_file_that_asserts_is_the_test():
    files = [SourceFile(path="check.js", text="console.assert(1)"), SourceFile(path="near.js", text="")]
    assert javascript_repair_suite.tests_in(files) == ("check.js",)


def test_modules_in_js_files_get_the_package_file_that_says_so():
    subject = Subject(source="export const a = 1;", module_name="a", path="a.js")
    assert "module" in package_file(subject, [])["package.json"]
    assert package_file(subject, [SourceFile(path="package.json", text="{}")]) == {}
    assert package_file(Subject(source="module.exports = 1;", module_name="a", path="a.js"), []) == {}


TYPED = "export function add(a: number, b: number): number {\n  const c: number = a - b;\n  return c;\n}\n"


def test_a_patch_of_what_runs_becomes_one_of_what_is_written():
    plain = strip(TYPED).javascript
    patch = patch_of("a - b", "a + b", source=plain)
    moved = outward(patch, plain, TYPED)
    assert moved is not None
    assert moved.applied_to(TYPED) == TYPED.replace("a - b", "a + b")


def test_a_patch_over_types_is_left_out():
    plain = strip(TYPED).javascript
    assert outward(patch_of("(a        , b        )", "(b, a)", source=plain), plain, TYPED) is None
