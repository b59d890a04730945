"""TypeScript as text: types turn into spaces, what is more than a type is written anew, and what can't be run is explained."""

import pytest

from worker.domain.errors import SourceRejected
from worker.domain.exchange import Subject
from worker.domain.job import Job, JobKind
from worker.languages.javascript_syntax import parse, syntax_fault
from worker.languages.typescript import TypeScriptLanguage
from worker.languages.typescript_answers import without_types
from worker.languages.typescript_strip import strip
from worker.languages.typescript_syntax import type_fault

LANGUAGE = TypeScriptLanguage()


def subject_of(code: str, path: str | None = None) -> Subject:
    return LANGUAGE.subject(Job(job_id="job", kind=JobKind.TEST, language="typescript", code=code, path=path))


def words(text: str) -> str:
    return " ".join(text.split())


ERASABLE = [
    ("let a: number = 1;", "let a = 1;"),
    ("const f = (a?: string, b: number = 2): a is string => a!;", "const f = (a , b = 2) => a ;"),
    ("function f<T extends object>(this: Window, a: T): asserts a is T {}", "function f ( a ) {}"),
    ("class A<T> extends B<T> implements C, D {}", "class A extends B {}"),
    ("class A { private readonly x?: number = 1; static y!: T; }", "class A { x = 1; static y ; }"),
    ("abstract class A { abstract f(): void; g(): void {} }", "class A { ; g() {} }"),
    ("class A { declare x: string; [key: string]: any; }", "class A { ; ; }"),
    ("class A { f(a: string): void; f(a: any) { } }", "class A { ; f(a ) { } }"),
    ("function f(a: string): void;\nfunction f(a: any) {}", "function f(a ) {}"),
    ("const a = b as unknown as string;", "const a = b ;"),
    ("const a = { b: 1 } satisfies C;", "const a = { b: 1 } ;"),
    ("f<number>(1); new Map<string, number>();", "f (1); new Map ();"),
    ("interface A { b: string }\ntype C = A | null;\ndeclare const d: number;", ""),
    ("export interface A {}\nexport type { A };\nexport type B = 1;", ""),
    ("import type { A } from './a';\nexport const b = 1;", "export const b = 1;"),
    ("import { type A, b } from './a';\nb();", "import { b } from './a'; b();"),
    ("namespace N { export interface A {} }\ndeclare namespace M { const a: number }", ""),
    ("try {} catch (e: unknown) {}", "try {} catch (e ) {}"),
    ("const k = async <T,>(x: T): Promise<T> => x;", "const k = async (x ) => x;"),
    ("for (const x of y as any[]) {}", "for (const x of y ) {}"),
    ("export default abstract class A { abstract b(): void; c() {} }", "export default class A { ; c() {} }"),
    ("export type * from './a';\nexport const b = 1;", "export const b = 1;"),
    ("export const é = (ü: 'ä' | '😀') => ü;", "export const é = (ü ) => ü;"),
]


@pytest.mark.parametrize(("typed", "plain"), ERASABLE)
def test_types_turn_into_spaces_of_the_same_length(typed, plain):
    stripped = strip(typed)
    assert words(stripped.javascript) == plain
    assert stripped.is_erasable
    assert [len(line) + sum(ord(one) > 0xFFFF for one in line) for line in typed.split("\n")] == [
        len(line) + sum(ord(one) > 0xFFFF for one in line) for line in stripped.javascript.split("\n")
    ]


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("enum A { B, C = 5, D, E = 'e' }", "var A = { B: 0, C: 5, D: 6, E: 'e' , 0: 'B', 5: 'C', 6: 'D' };"),
        ("export const enum A { B = -1, C }", "export var A = { B: -1, C: 0 , '-1': 'B', 0: 'C' };"),
        (
            "class A { constructor(private a: number) { b(); } }",
            "class A { constructor( a ) { this.a = a; b(); } }",
        ),
        (
            "class A extends B { constructor(readonly a = 1) { super(); } }",
            "class A extends B { constructor( a = 1) { super(); this.a = a; } }",
        ),
        (
            "namespace N { export const a = 1; export function f() {} }",
            "var N; (function (N) { const a = 1; N.a = a; function f() {} N.f = f; })(N = {});",
        ),
        ("import fs = require('fs');\nfs.x();", "const fs = require('fs'); fs.x();"),
        ("function f() {}\nexport = f;", "function f() {} module.exports = f;"),
        ("import { A } from './a';\nexport const b = (a: A) => a;", "export const b = (a ) => a;"),
        ("interface A {}\nconst b = 1;\nexport { A, b };", "const b = 1; export { b };"),
        ("const a = <number>b;", "const a = b;"),
    ],
)
def test_what_is_more_than_a_type_is_written_anew_on_its_own_line(typed, plain):
    stripped = strip(typed)
    assert words(stripped.javascript) == plain
    assert not stripped.is_erasable
    assert stripped.javascript.count("\n") == typed.count("\n")


def test_an_enum_whose_values_are_worked_out_refers_to_its_members_in_full():
    text = strip("enum F { A = 1 << 0, B = A | 2, 'x-y', }").javascript
    assert "F[F['B'] = F.A | 2] = 'B';" in text
    assert "F[F['x-y'] = F['B'] + 1] = 'x-y';" in text


def test_an_enum_in_two_parts_becomes_one_object():
    text = strip("enum A { B }\nenum A { C = 1 }").javascript
    assert text.count("(A || (A = {}))") == 2


@pytest.mark.parametrize(
    "typed",
    [
        "let q: T\n(q as any).x = 1",
        "const a = b as T\n;[1].forEach(f)",
        "const a = 1\ntype B = 2\n(function () {})()",
        "const f = (a: number): {\n  b: string\n} => ({ b: '' });",
    ],
)
def test_lines_do_not_grow_together_where_a_type_between_them_goes(typed):
    plain = strip(typed).javascript
    assert syntax_fault(parse(plain)) is None
    kinds = [node.type for node in parse(plain).children if node.type != "empty_statement"]
    assert len(kinds) == typed.count("\n(") + typed.count("\n;") + 1


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("function f(a: number {", "line 1"),
        ("const a = 1;\n\nconst b: = 2;", "line 3: this is not TypeScript"),
        ("@dec class A {}", "line 1: decorators need a compiler"),
        ("class A { @log f() {} }", "decorators"),
        ("class A { accessor x = 1 }", "accessor"),
        ("namespace A.B { export const c = 1 }", "line 1: write namespace A.B"),
        ("namespace A { f() }\nnamespace A { g() }", "line 1: namespace A is declared in several parts"),
        ("namespace A {\n export let c = 1 }", "line 2: a namespace whose exported variables change"),
    ],
)
def test_what_can_not_be_run_is_explained_with_its_line(code, said):
    with pytest.raises(SourceRejected, match=said):
        LANGUAGE.survey(subject_of(code))


def test_jsx_is_refused_with_a_reason():
    with pytest.raises(SourceRejected, match="JSX"):
        LANGUAGE.survey(subject_of("export const a = 1;", "view.tsx"))
    assert type_fault("const a = 1;", "a.ts") is None


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "\x00\x00",
        "let a: " + "(" * 3000 + "number" + ")" * 3000,
        "namespace a{" * 1000 + "}" * 1000,
        "let a = 1" + " as any" * 2000,
        "type A = " + "{ a: " * 1500 + "1" + "}" * 1500,
        "let s: string = '\ud800';",
        "<" * 2000,
        "enum A {" + ",".join(f"B{one} = B{one - 1}" for one in range(300)) + "}",
    ],
)
def test_hostile_sources_are_read_or_refused(hostile):
    type_fault(hostile, None)
    try:
        plain = strip(hostile).javascript
    except SourceRejected:
        return
    assert plain.count("\n") == hostile.count("\n")


@pytest.mark.parametrize(
    ("path", "name", "file"),
    [
        ("src/my-thing.ts", "myThing", "my-thing.ts"),
        ("a/b.mts", "b", "b.mts"),
        ("shapes/index.ts", "shapes", "index.ts"),
        (None, "subject", "subject.ts"),
        ("odd.txt", "odd", "odd.ts"),
    ],
)
def test_a_module_is_named_after_its_path(path, name, file):
    subject = subject_of("export const a = 1;", path)
    assert (subject.module_name, subject.path) == (name, file)


def test_the_survey_names_exports_methods_and_lines_of_the_typescript():
    survey = LANGUAGE.survey(
        subject_of(
            "export interface A { b: string }\n"
            "export class Box<T> {\n  constructor(private item: T) {}\n  get(): T {\n    return this.item;\n  }\n}\n"
            "export default function open(box: Box<string>): string {\n  return box.get();\n}\n"
        )
    )
    assert survey.targets == ("Box", "Box.get", "open")
    assert {5, 9} <= survey.executable_lines
    assert 1 not in survey.executable_lines


def test_tests_in_an_answer_lose_their_types_and_nothing_else():
    answer = (
        "Here:\n```typescript\nimport { add } from './add';\n"
        "test('adds  twice', () => {\n  const all: number[] = [1, 2], text: string = 'a  b';\n  assert.equal(add(all[0]!, 2 as number), 3);\n});\n```\n"
    )
    subject = subject_of("export const add = (a: number, b: number): number => a + b;", "add.ts")
    (candidate,) = LANGUAGE.candidates_in(answer, subject)
    assert candidate.name == "adds  twice"
    assert "text  = 'a  b';" in candidate.code
    assert "add(all[0], 2  )" in candidate.code
    assert without_types("not code at all {{{") == "not code at all {{{"
