"""What comments of JavaScript code promise, and which small faults are put into it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.domain.errors import SourceRejected
from worker.domain.job import Job, JobKind
from worker.languages.javascript import JavaScriptLanguage
from worker.languages.javascript_candidates import find_candidates, observed_text
from worker.languages.javascript_examples import examples_in, literals_in
from worker.languages.javascript_hints import hints_of
from worker.languages.javascript_mutants import make_mutants
from worker.languages.javascript_points import find_points
from worker.languages.javascript_syntax import bindings_of, parse
from worker.languages.javascript_targets import lines_of
from worker.languages.javascript_v8 import coverage_from

LANGUAGE = JavaScriptLanguage()


def examples(comment: str) -> list[tuple[list[str], str | None]]:
    found = examples_in(parse(comment), ["f"])
    return [(one["args"], one["expected"]) for one in found.get("f", [])]


@pytest.mark.parametrize(
    ("comment", "args", "expected"),
    [
        ("/* >>> f(8)\n   [2, 2, 2]\n*/", ["8"], "[2, 2, 2]"),
        ("/**\n * @example\n * f('a b', 2); // => 'ab'\n */", ["'a b'", "2"], "'ab'"),
        ("// f([1, [2]]) -> true", ["[1, [2]]"], "true"),
        ("// f({ a: 1 }) should return -1.5.", ["{ a: 1 }"], "-1.5"),
        ("// f(3) === 'it)'", ["3"], "'it)'"),
        ("// f(3) is called twice", ["3"], None),
        ("// f(3)\n//\n// 4 of them", ["3"], None),
    ],
)
def test_a_comment_shows_calls_and_promises_their_values(comment, args, expected):
    assert examples(comment) == [(args, expected)]


@pytest.mark.parametrize(
    "comment",
    [
        "// f(x, y) adds",
        "// f(1",
        "// g(1) => 2",
        "// f(process.exit()) => 1",
        "f(1); // => 2",
        "// f(() => fs)",
    ],
)
def test_what_speaks_of_more_than_literals_is_no_example(comment):
    assert examples(comment) == []


def test_literals_of_comments_stand_for_typical_input():
    root = parse("""// Takes "mm-dd" or a list like [1, 2, 3], don't ask why; [x] is none.""")
    assert literals_in(root) == (['"mm-dd"'], ["[1, 2, 3]"])


@given(st.text(alphabet="f([{}])'\"`\\,1 \n/*=>-", max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_comment_breaks_the_search_for_examples(text):
    root = parse(f"/* {text} */\n// {text}")
    examples_in(root, ["f"])
    literals_in(root)


def test_hints_tell_what_texts_are_taken_apart_with():
    source = "module.exports = (a) => a.split('-').join('+').includes('x')"
    hints = hints_of(source, bindings_of(source, module_name="m", path="m.js"))
    assert hints["separators"] == ["'x'", "'+'", "'-'"]


def test_values_that_a_comment_promises_are_told_from_values_that_were_just_seen():
    entries = [
        {"test": "test('seen', () => {\n  assert.equal(f(1), 2);\n});", "oracle": "characterization"},
        {"test": "test('promised', () => {\n  assert.equal(f(2), 3);\n});", "oracle": "docstring"},
    ]
    found = find_candidates(observed_text(entries), module_names=["f"])
    assert [(one.name, one.oracle) for one in found] == [
        ("seen", "characterization"),
        ("promised", "docstring"),
    ]


def mutated(source: str) -> set[str]:
    return {mutant.source for mutant in make_mutants(source, seed=1)}


@pytest.mark.parametrize(
    ("source", "faulty"),
    [
        ("f = (a) => a && b()", "f = (a) => (a)"),
        ("f = (a) => a < 10", "f = (a) => a < (10 - 1)"),
        ("f = (a) => a.trim()", "f = (a) => (a)"),
        ("f = (a) => Math.abs(a)", "f = (a) => (a)"),
        ("f = (a) => Math.min(a, 1)", "f = (a) => Math.max(a, 1)"),
        ("f = (a) => g(a, 1)", "f = (a) => g(1, a)"),
        ("function f(a, b) { return a }", "function f(a, b) { return b }"),
        ("function f(a) { if (a) g(a); return 1 }", "function f(a) { if (true) g(a); return 1 }"),
        ("function f(a) { a += 1; return a }", "function f(a) { ; return a }"),
        ("function f(a) { for (;;) { break; } }", "function f(a) { for (;;) { ; } }"),
    ],
)
def test_a_mutant_is_a_slip_that_programmers_make(source, faulty):
    assert faulty in mutated(source)


@pytest.mark.parametrize(
    "source",
    ["function f(a, b) { a = 1; b = 2; }", "const { a, b } = require('m');", "f = ({ a, b }) => 1"],
)
def test_a_name_that_is_written_or_declared_is_not_exchanged(source):
    assert not any(
        mutant.mutant_id.endswith((" a -> b", " b -> a")) for mutant in make_mutants(source, seed=1)
    )


def test_a_mutant_tells_its_line():
    assert {mutant.line for mutant in make_mutants("let a;\nf = () => 1 + 2", seed=1)} == {2}


CODE = "function one(a) {\n  return a ? 1 : 2;\n}\nfunction two(a) {\n  return a;\n}\n"


def test_coverage_names_the_lines_run_and_missed_and_the_branches_of_each_line():
    ranges = [
        (0, len(CODE), 1),
        (CODE.index("function two"), len(CODE), 0),
        (CODE.index("2;"), CODE.index("2;") + 1, 0),
    ]
    coverage = coverage_from(find_points(CODE), CODE, [ranges])
    assert (coverage.covered_lines, coverage.missed_lines) == ((2,), (5,))
    assert coverage.branch_lines == ((2, 1, 2),)
    assert (coverage.lines_covered, coverage.lines_total) == (1, 2)


def test_coverage_counts_the_lines_of_the_units_that_were_asked_for_alone():
    bindings = bindings_of(CODE, module_name="m", path="m.cjs")
    only = lines_of(parse(CODE), bindings, ["two"])
    assert only == {4, 5, 6}
    coverage = coverage_from(find_points(CODE), CODE, [[(0, len(CODE), 1)]], only=only)
    assert (coverage.lines_total, coverage.branches_total) == (1, 0)
    assert lines_of(parse(CODE), bindings, ()) is None


@pytest.mark.parametrize(
    "source",
    [
        CODE,
        "f = (a) => { for (let i = 0; i < a; i += 1) { if (i === 'ü') a -= 2; else while (a > 1) a--; } switch (a) { case 1: return a ?? 2; } };",
    ],
)
def test_the_reporting_copy_of_a_mutant_is_the_one_that_parsing_it_anew_would_give(source):
    points = find_points(source)
    edited = {mutant.mutant_id: points.edited(*mutant.edit) for mutant in make_mutants(source, seed=1)}
    fresh = {
        mutant.mutant_id: find_points(mutant.source).instrumented for mutant in make_mutants(source, seed=1)
    }
    known = {one: text for one, text in edited.items() if text is not None}
    assert len(known) >= len(fresh) / 3
    same = {one for one, text in known.items() if text == fresh[one]}
    parsed = {one for one, text in known.items() if not parse(text).has_error}
    assert parsed == set(known)
    assert len(same) >= len(known) / 2


SIDE_EFFECTS = """
import { spawn } from 'node:child_process';
import http, { get as ask } from 'http';
export function start(a) { return spawn(a); }
export const load = async (a) => (await fetch(a)).json();
export function look(a) { return ask(a); }
export function leave() { process.exit(1); }
export function plain(get) { return get.http + 1; }
export class Client { send(a) { return http.request(a); } name() { return 'client'; } }
"""


def test_units_that_do_what_the_sandbox_forbids_are_skipped_with_the_reason():
    subject = LANGUAGE.subject(Job(job_id="j", kind=JobKind.TEST, language="javascript", code=SIDE_EFFECTS))
    survey = LANGUAGE.survey(subject)
    assert dict(survey.skipped) == {
        "start": "it starts processes",
        "load": "it uses the network",
        "look": "it uses the network",
        "leave": "it ends the process",
        "Client.send": "it uses the network",
    }
    assert survey.targets == ("plain", "Client", "Client.name")


def test_a_source_of_which_every_unit_is_skipped_is_explained():
    code = "exports.leave = () => process.exit(1);"
    subject = LANGUAGE.subject(Job(job_id="j", kind=JobKind.TEST, language="javascript", code=code))
    with pytest.raises(SourceRejected, match="leave: it ends the process"):
        LANGUAGE.survey(subject)
