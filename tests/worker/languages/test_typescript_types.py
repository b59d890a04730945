"""Values that declared types allow."""

import json
import shutil
import subprocess

import pytest

from worker.languages.javascript_hints import hints_of
from worker.languages.javascript_syntax import bindings_of
from worker.languages.typescript_hints import with_types
from worker.languages.typescript_strip import strip


def values_of(declared: str, around: str = "") -> list[str]:
    return parameter_of(f"{around}\nexport function f(a: {declared}) {{ return a; }}")["values"]


def parameter_of(source: str) -> dict[str, object]:
    plain = strip(source).javascript
    hints = hints_of(plain, bindings_of(plain, module_name="m", path="m.ts"))
    return with_types(hints, source)["functions"]["f"][0]


@pytest.mark.parametrize(
    ("declared", "around", "wanted"),
    [
        ("'a' | 'b' | 3", "", {"'a'", "'b'", "3"}),
        ("boolean | null", "", {"true", "false", "null"}),
        ("Color", "enum Color { Red, Green = 'g', Blue = 4, Pink }", {"0", "'g'", "4", "5"}),
        ("Role", "type Role = 'admin' | 'user'", {"'admin'", "'user'"}),
        ("Array<'x'>", "", {"[]", "['x']"}),
        ("readonly 'x'[]", "", {"[]", "['x']"}),
        ("['x', 7]", "", {"['x', 7]"}),
        ("{ a: 1; b?: 2 }", "", {"{ a: 1, b: 2 }", "{ a: 1 }"}),
        ("B", "interface A { x: 1 }\ninterface B extends A { y: 2 }", {"{ y: 2, x: 1 }"}),
        ("A & { y: 2 }", "interface A { x: 1 }", {"{ x: 1, y: 2 }"}),
        ("Map<'k', 1>", "", {"new Map()", "new Map([['k', 1]])"}),
        ("Record<'k', 1>", "", {"{}", "{ ['k']: 1 }"}),
        ("Set<1>", "", {"new Set([])", "new Set([1])"}),
        ("(n: number) => boolean", "", {"(value) => true", "(value) => value > 1"}),
        ("Partial<{ a: 1 }>", "", {"{}", "{ a: 1 }"}),
    ],
)
def test_a_type_tells_values(declared, around, wanted):
    assert wanted <= set(values_of(declared, around))


def test_a_generic_is_tried_by_its_constraint():
    source = "function g<T>(a: T) {}\nexport function f<T extends 'only'>(a: T) { return a; }"
    assert parameter_of(source)["values"] == ["'only'"]


def test_plain_numbers_and_strings_are_left_to_the_search():
    assert values_of("number") == []
    assert parameter_of("export function f(a: string) {}")["uses"] == ["typeof string"]


def test_an_optional_parameter_may_be_left_out():
    assert "undefined" in parameter_of("export function f(a?: 'x') { return a; }")["values"]


def test_types_that_hold_each_other_come_to_an_end():
    members = "; ".join(f"a{one}: A" for one in range(300))
    assert len(values_of("A", f"interface A {{ {members} }}")) <= 40


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_every_value_is_javascript():
    source = "interface I { a: string; f(): void; g?: (x: I) => I[]; h: Map<string, Set<I>>; [k: string]: unknown }"
    found = values_of("I | I[] | [I, Date, RegExp] | Record<string, I> | Promise<I>", source)
    assert found
    check = f"for (const one of {json.dumps(found)}) (0, eval)(`(${{one}})`)"
    subprocess.run(["node", "-e", check], check=True, timeout=60)
