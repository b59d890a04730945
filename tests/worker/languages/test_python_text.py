"""What is read from Python source and written for a developer, without running anything."""

import ast

import pytest

from worker.domain.candidate import Candidate
from worker.domain.errors import SourceRejected
from worker.domain.exchange import Subject
from worker.languages.harness.python import literals
from worker.languages.harness.python.mutants import find_mutants
from worker.languages.python_survey import accelerators, module_name_of, survey
from worker.languages.python_writing import write_test_file


def test_public_functions_and_methods_are_found_in_source_order() -> None:
    source = "def b(): pass\nclass A:\n    def m(self): pass\n    def _p(self): pass\ndef _a(): pass\n"
    assert survey(source).targets == ("b", "A.m")


def test_where_nothing_is_public_the_private_is_tested() -> None:
    assert survey("def _a(): pass\n").targets == ("_a",)


def test_units_that_branch_most_are_named_first() -> None:
    source = (
        "def plain(a):\n    return a\n"
        "def branching(a, b):\n    if a and b:\n        return 1\n    return [c for c in b if c] or (2 if a else 3)\n"
    )
    seen = survey(source)
    assert seen.targets == ("plain", "branching")
    assert seen.ranked == ("branching", "plain")
    assert (seen.decisions["plain"], seen.decisions["branching"]) == (0, 5)


def test_lines_without_code_are_not_executable() -> None:
    assert survey('"""Doc."""\n\n# note\ndef f():\n    return 1\n').executable_lines == {1, 4, 5}


@pytest.mark.parametrize(
    ("source", "message"),
    [("def f(:\n", "line 1"), ("x = 1\nreturn 5\n", "line 2"), ("f(" * 300 + ")" * 300, "nested")],
)
def test_source_that_does_not_compile_is_rejected_with_its_line(source: str, message: str) -> None:
    with pytest.raises(SourceRejected, match=message):
        survey(source)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("src/colorsys.py", "colorsys"),
        ("a-b/my-module.py", "my_module"),
        ("C:\\code\\tool.py", "tool"),
        (None, "subject"),
        ("pkg/__init__.py", "subject"),
        ("class.py", "class_subject"),
        ("time.py", "time_subject"),
        ("pytest.py", "pytest_subject"),
        ("test_x.py", "test_x_subject"),
        ("日本.py", "subject"),
    ],
)
def test_a_module_is_named_after_its_path_unless_that_would_break_the_runner(
    path: str | None, name: str
) -> None:
    assert module_name_of(path) == name


def test_modules_that_would_replace_the_code_are_recognised() -> None:
    assert accelerators("try:\n    from _bisect import *\nexcept ImportError:\n    pass\n") == ("_bisect",)
    assert accelerators("try:\n    from json import loads\nexcept ImportError:\n    loads = None\n") == ()


def test_the_file_says_what_its_assertions_mean_and_loads_the_code_beside_it() -> None:
    subject = Subject(
        source="try:\n    from _x import *\nexcept ImportError:\n    pass\n", module_name="m", path="m.py"
    )
    text = write_test_file(
        subject,
        [
            Candidate(
                name="test_a",
                code="def test_a():\n    assert m.f() == 1\n",
                imports=("import pytest", "f = m.f"),
            ),
            Candidate(
                name="test_b", code="def test_b():\n    assert m.f() == 1\n", imports=("import pytest",)
            ),
        ],
    )
    assert "asserts current behaviour, not intended behaviour" in text
    assert text.count("import pytest") == 1
    assert "dict.fromkeys(('_x',))" in text
    assert text.index("m = _load()") < text.index("f = m.f") < text.index("def test_a")
    ast.parse(text)


def test_tests_of_an_engine_are_not_called_observed() -> None:
    subject = Subject(source="", module_name="m", path="m.py")
    text = write_test_file(subject, [Candidate(name="t", code="def t(): assert 1\n", oracle="engine")])
    assert "current behaviour" not in text


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        "a\n'\"",
        b"\x00",
        1.5,
        float("inf"),
        [1, (2,), {"a": {3}}],
        frozenset({1}),
        None,
        True,
        1 + 2j,
        range(3),
        {},
        set(),
    ],
)
def test_a_value_is_written_so_that_it_reads_back_equal(value: object) -> None:
    assert eval(literals.write(value)) == value


@pytest.mark.parametrize(
    "value", [float("nan"), object(), [1 << 20_000], "x" * 5000, [[[[[[[1]]]]]]], lambda: 1]
)
def test_what_has_no_lasting_form_is_refused(value: object) -> None:
    with pytest.raises(literals.Unwritable):
        literals.write(value)


def test_floats_are_compared_closely_enough_that_a_clock_does_not_pass() -> None:
    (line,), imports = literals.assertions(1795385074.1005566, "f()", ast)
    assert line == "assert f() == pytest.approx(1795385074.1005566, rel=1e-12)"
    assert imports == ["import pytest"]


def mutants(source: str) -> list[str]:
    return [mutant.text for mutant in find_mutants(ast.parse(source), limit=99, seed=1)]


def test_mutants_change_what_runs_and_nothing_else() -> None:
    source = (
        '"""Doc."""\n__all__ = ["f"]\ndef f(a: "int" = 1) -> "str":\n    """Doc."""\n    return a < 2\n'
        'if __name__ == "__main__":\n    f(3)\n'
    )
    assert mutants(source) == [
        "line 3: 1 → 2",
        "line 3: 1 → 0",
        "line 5: return a < 2 → return None",
        "line 5: a < 2 → a <= 2",
        "line 5: a < 2 → a >= 2",
        "line 5: 2 → 3",
        "line 5: 2 → 1",
    ]


@pytest.mark.parametrize(
    ("statement", "faults"),
    [
        ("return x and y", {"return x or y", "return x", "return y", "return None"}),
        ("return x - y", {"return x + y", "return x", "return y"}),
        ("return not x", {"return x"}),
        ("return abs(x)", {"return x", "return abs(y)"}),
        ("return x[1:y]", {"return x[:y]", "return x[1:]", "return x[1:y - 1]", "return x[2:y]"}),
        ("return list(range(x))", {"return list(range(x + 1))", "return list(range(x - 1))"}),
        ("return sorted(x, reverse=True)", {"return sorted(x)"}),
        ("return x.lower()", {"return x", "return x.upper()"}),
        ("return f(x, y)", {"return f(y, x)", "return f(x)", "return f(y, y)"}),
        ("return x if y else 0", {"return x", "return 0", "return x if not y else 0"}),
        ("x += y", {"x -= y", "x = y", "pass"}),
        ("x = y; y = x", {"pass"}),
        ("while x: break", {"continue"}),
        ("if x: return 1", {"if True:", "if False:", "if not x:"}),
        ("return f'{x + 1}'", {"return f'{x - 1}'", "return f'{x + 2}'"}),
    ],
)
def test_mutants_are_slips_that_programmers_make(statement: str, faults: set[str]) -> None:
    tree = ast.parse(f"def g(x, y):\n    {statement}\n")
    seen = set()
    for mutant in find_mutants(tree, limit=99, seed=1):
        assert mutant.text.startswith("line 2: ")
        mutant.swap()
        seen |= {line.strip() for line in ast.unparse(tree).splitlines()}
        mutant.swap()
    assert faults <= seen


def test_a_lower_limit_takes_some_of_a_higher_one_s_mutants() -> None:
    tree = ast.parse("".join(f"def f{n}(a):\n    return a + {n}\n" for n in range(50)))
    few, many = ({mutant.id for mutant in find_mutants(tree, limit=limit, seed=3)} for limit in (20, 60))
    assert few < many


def test_a_mutant_is_put_in_and_taken_out_again() -> None:
    tree = ast.parse("def f(a):\n    return a + 1\n")
    before = ast.unparse(tree)
    for mutant in find_mutants(tree, limit=99, seed=1):
        mutant.swap()
        assert ast.unparse(tree) != before
        mutant.swap()
        assert ast.unparse(tree) == before


def test_the_limit_spreads_mutants_over_the_source() -> None:
    source = "".join(f"def f{n}(a):\n    return a + {n}\n" for n in range(50))
    chosen = find_mutants(ast.parse(source), limit=20, seed=1)
    assert len(chosen) == 20
    assert chosen[0].line < 30
    assert chosen[-1].line > 70
