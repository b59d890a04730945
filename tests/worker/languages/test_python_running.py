"""Python in the real sandbox: explored, run, mutated and proved."""

from collections.abc import Iterator

import pytest

from worker.domain.candidate import Candidate
from worker.domain.errors import SourceRejected
from worker.domain.exchange import Budget, Subject
from worker.languages.python import PythonLanguage
from worker.sandboxes.process import ProcessSandbox

pytestmark = pytest.mark.slow

BUDGET = Budget(seconds=2.0, seed=1)
SOURCE = '''
def grade(points: int) -> str:
    """Say it in a letter.

    >>> grade(95)
    'A'
    """
    if points < 0:
        raise ValueError(f"{points} is negative")
    if points >= 90:
        return "A"
    return "B"


class Counter:
    def __init__(self, start: int = 0):
        self.count = start

    def add(self, step: int) -> int:
        self.count += step
        return self.count


def push(items: list, item):
    items.append(item)


async def later(x: int) -> int:
    return x + 1


def greet(name: str):
    print(f"Hello {name}")
'''
SUBJECT = Subject(source=SOURCE, module_name="school", path="school.py")


@pytest.fixture
def sandbox() -> Iterator[ProcessSandbox]:
    made = ProcessSandbox()
    yield made
    made.close()


def subject(source: str, name: str = "school") -> Subject:
    return Subject(source=source, module_name=name, path=f"{name}.py")


def candidate(name: str, body: str, *imports: str) -> Candidate:
    return Candidate(name=name, code=f"def {name}():\n    {body}\n", imports=imports)


async def test_exploring_finds_values_errors_states_and_promises(sandbox: ProcessSandbox) -> None:
    language = PythonLanguage()
    text = await language.explore(SUBJECT, sandbox, BUDGET)
    found = language.candidates_in(text, SUBJECT)
    code = "\n".join(test.code for test in found)
    assert {"grade", "Counter", "push", "later", "greet"} <= {test.target.split(".")[0] for test in found}
    assert "is negative" in code
    assert "pytest.raises(ValueError)" in code
    assert "asyncio.run(school.later(" in code
    assert "capsys.readouterr().out == 'Hello " in code
    assert any(test.oracle == "docstring" for test in found)
    outcomes = await language.run(SUBJECT, found, sandbox, Budget(seconds=60.0))
    assert [outcome.detail for outcome in outcomes if not outcome.is_passed] == []


async def test_the_same_seed_finds_the_same(sandbox: ProcessSandbox) -> None:
    language = PythonLanguage()
    one = subject("def f(a: int, b: str) -> str:\n    return b * (a % 3)\n")
    assert await language.explore(one, sandbox, BUDGET) == await language.explore(one, sandbox, BUDGET)


async def test_each_run_tells_lines_branches_and_why_not(sandbox: ProcessSandbox) -> None:
    tests = [
        candidate("test_high", "assert school.grade(95) == 'A'"),
        candidate("test_low", "assert school.grade(5) == 'B'"),
        candidate("test_wrong", "assert school.grade(5) == 'C'"),
        candidate("test_endless", "while True: pass"),
        candidate("test_exit", "import os; os._exit(0)"),
        candidate("test_fixture", "assert 1"),
    ]
    by_name = {
        each.name: each
        for each in await PythonLanguage().run(SUBJECT, tests, sandbox, Budget(seconds=6, seed=2))
    }
    high, low = by_name["test_high"], by_name["test_low"]
    assert high.is_passed
    assert high.lines != low.lines
    assert high.branches != low.branches
    assert not by_name["test_wrong"].is_passed
    assert "AssertionError" in by_name["test_wrong"].detail
    assert by_name["test_endless"].is_timed_out
    assert "ended in the middle" in by_name["test_exit"].detail


async def test_tests_run_apart_from_each_other(sandbox: ProcessSandbox) -> None:
    source = "calls = 0\ndef f():\n    global calls\n    calls += 1\n    return calls\n"
    tests = [candidate(f"test_{number}", "assert school.f() == 1") for number in range(3)]
    outcomes = await PythonLanguage().run(subject(source), tests, sandbox, BUDGET)
    assert all(outcome.is_passed for outcome in outcomes)


async def test_mutants_are_killed_by_the_tests_that_notice_them(sandbox: ProcessSandbox) -> None:
    source = "def f(a):\n    return a + 1\ndef g(a):\n    while a > 0:\n        a -= 1\n    return a\n"
    tests = [candidate("test_f", "assert school.f(1) == 2"), candidate("test_g", "assert school.g(2) == 0")]
    report = await PythonLanguage().mutate(subject(source), tests, sandbox, Budget(seconds=6))
    assert report.is_complete
    killers = {name for names in report.killed_by.values() for name in names}
    assert killers == {"test_f", "test_g"}
    assert report.score is not None
    assert report.score >= 0.7


async def test_plain_pytest_proves_the_file_and_coverage_is_measured(sandbox: ProcessSandbox) -> None:
    tests = [
        candidate("test_high", "assert school.grade(95) == 'A'"),
        candidate("test_low", "assert school.grade(5) == 'B'"),
    ]
    proof = await PythonLanguage().prove(SUBJECT, tests, sandbox, BUDGET)
    assert proof.is_passed
    assert proof.command == ("pytest", "test_school.py")
    assert (proof.coverage.branches_covered, proof.coverage.branches_total) == (3, 4)


async def test_a_test_with_several_sets_of_parameters_is_run_and_proved(sandbox: ProcessSandbox) -> None:
    code = (
        "@pytest.mark.parametrize('points, letter', [(95, 'A'), (5, 'B')])\n"
        "def test_grade(points, letter):\n    assert school.grade(points) == letter\n"
    )
    tests = [Candidate(name="test_grade", code=code, imports=("import pytest",))]
    outcomes = await PythonLanguage().run(SUBJECT, tests, sandbox, BUDGET)
    assert [outcome.detail for outcome in outcomes if not outcome.is_passed] == []
    proof = await PythonLanguage().prove(SUBJECT, tests, sandbox, BUDGET)
    assert proof.is_passed
    assert (proof.coverage.branches_covered, proof.coverage.branches_total) == (3, 4)


async def test_a_proof_fails_with_the_runner_s_words(sandbox: ProcessSandbox) -> None:
    proof = await PythonLanguage().prove(
        SUBJECT, [candidate("test_x", "assert school.grade(1) == 'A'")], sandbox, BUDGET
    )
    assert not proof.is_passed
    assert "test_x" in proof.detail


@pytest.mark.parametrize("name", ["textwrap", "bisect", "json", "random"])
async def test_a_module_named_like_one_of_python_s_own_is_the_one_that_is_tested(
    sandbox: ProcessSandbox, name: str
) -> None:
    one = subject("def mine():\n    return 41\n", name)
    tests = [candidate("test_mine", f"assert {name}.mine() == 41")]
    outcomes = await PythonLanguage().run(one, tests, sandbox, BUDGET)
    assert outcomes[0].is_passed
    if name in ("textwrap", "bisect"):
        assert (await PythonLanguage().prove(one, tests, sandbox, BUDGET)).is_passed


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("while True: pass\n", "endless loop"),
        ("import nowhere_at_all\n", "line 1: ModuleNotFoundError"),
        ("import sys\nsys.exit(0)\n", "line 2: SystemExit"),
        ("import os\nos._exit(0)\n", "ended while loading"),
        ("x = bytearray(1 << 40)\n", "more memory"),
        ("x = 1 / 0\n", "line 1: ZeroDivisionError"),
    ],
)
async def test_code_that_can_t_be_loaded_is_rejected_with_the_reason(
    sandbox: ProcessSandbox, source: str, message: str
) -> None:
    with pytest.raises(SourceRejected, match=message):
        await PythonLanguage().load(subject(source), sandbox)
