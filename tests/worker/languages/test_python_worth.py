"""A Python test that states nothing about the code is told by its text; in doubt it is taken for one that does."""

import pytest

from worker.domain.candidate import RejectionReason
from worker.domain.exchange import Subject
from worker.languages.python_candidates import candidates_in, fault_in

SUBJECT = Subject(
    source="def add(a, b): return a + b\nclass Counter: pass\n", module_name="calc", path="calc.py"
)


def reason(body: str, *, head: str = "import calc", parameters: str = "") -> RejectionReason | None:
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    [candidate] = candidates_in(f"{head}\ndef test_a({parameters}):\n{lines}\n", SUBJECT)
    return fault_in(candidate)


@pytest.mark.parametrize(
    "body",
    [
        "assert 1 == 1",
        "x = calc.add(1, 2)\nassert x == x",
        "calc.add(1, 2)\nassert (1, 'always')",
        "x = 5\nassert x == 5",
        "assert isinstance(calc.add(1, 2), object)",
        "x = calc.add(1, 2)\nassert isinstance(x, type(x))",
        "assert calc.add(1, 2) == calc.add(1, 2)",
        "expected = calc.add(1, 2)\nassert calc.add(1, 2) == expected",
        "expected = calc.add(1, 2)\nactual = calc.add(1, 2)\nassert actual == expected",
        "x = calc.add(1, 2)\nassert x or True",
        "assert not False",
        "assert not (not calc.add) or not False",
        "x = calc.add([], [])\nassert len(x) >= 0",
        "x = calc.add([], [])\nassert len(x) > -1",
        "x = calc.add(1, 2)\nassert x in [x]",
        "x = calc.add(1, 2)\nassert type(x)",
        "result = calc.add(1, 2)\nexpected = 3\nassert expected == 3",
        "calc.add(1, 2)\nwith pytest.raises(ValueError):\n    int('x')",
        "def add(a, b):\n    return a + b\nassert add(1, 2) == 3",
        "for n in [1, 2]:\n    assert n > 0",
        "assert sorted([2, 1]) == [1, 2]",
        "self.assertEqual(1, 1)",
        "x = calc.add(1, 2)\nself.assertTrue(True)",
    ],
)
def test_what_passes_whatever_the_code_does_is_a_tautology(body: str) -> None:
    head = "import calc\nimport pytest\nimport unittest\nself = unittest.TestCase()"
    assert reason(body, head=head) is RejectionReason.TAUTOLOGY


def test_a_module_of_the_standard_library_is_not_the_code() -> None:
    assert reason("assert math.floor(2.5) == 2", head="import math") is RejectionReason.TAUTOLOGY
    assert reason("import math\nassert math.floor(2.5) == 2") is RejectionReason.TAUTOLOGY


@pytest.mark.parametrize(
    ("body", "head"),
    [
        ("assert sys.getsizeof(calc.add(1, 2)) == 28", "import sys"),
        ("size = getsizeof(calc.add(1, 2))\nassert size > 0", "from sys import getsizeof"),
        ("assert calc.add(1, 2).__sizeof__() == 28", ""),
        (
            "tracemalloc.start()\ncalc.add(1, 2)\n_, peak = tracemalloc.get_traced_memory()\nassert peak < 10**6",
            "import tracemalloc",
        ),
        ("assert repr(calc.Counter()) == '<calc.Counter object at 0x7f0011223344>'", ""),
        ("assert 'object at 0x7f' in repr(calc.Counter())", ""),
        ("start = time.time()\ncalc.add(1, 2)\nassert time.time() - start < 1", "import time"),
        (
            "start = time.perf_counter()\nx = calc.add(1, 2)\nspent = time.perf_counter() - start\nassert x == 3\nassert spent < 1",
            "import time",
        ),
        ("assert datetime.now().year >= 2024", "from datetime import datetime"),
        ("assert datetime.datetime.now().year >= 2024", "import datetime"),
        ("resource.getrusage(0)\nassert resource.getrusage(0).ru_maxrss > calc.add(1, 2)", "import resource"),
    ],
)
def test_what_pins_an_address_a_time_or_memory_is_accidental(body: str, head: str) -> None:
    assert reason(body, head=f"import calc\n{head}") is RejectionReason.ACCIDENTAL


@pytest.mark.parametrize(
    "body",
    [
        "assert calc.add(1, 2) == 3",
        "assert not calc.add(0, 0)",
        "assert calc.add(1, 2)",
        "x = calc.add(1, 2)\ny = x * 2\nassert y == 6",
        "assert isinstance(calc.add(1, 2), int)",
        "a, b = 1, 2\nassert calc.add(a, b) == calc.add(b, a)",
        "counter = calc.Counter()\na = counter.next()\nb = counter.next()\nassert a == b",
        "assert calc.Counter() is calc.Counter()",
        "items = []\ncalc.fill(items)\nassert items == [1]",
        "seen = []\ncalc.each([1], lambda one: seen.append(one))\nassert seen == [1]",
        "box = {}\nbox['a'] = calc.add(1, 2)\nassert box == {'a': 3}",
        "found = []\nfor n in range(3):\n    found.append(calc.add(n, n))\nassert found == [0, 2, 4]",
        "with pytest.raises(TypeError):\n    calc.add()",
        "with pytest.raises(TypeError) as caught:\n    calc.add()\nassert 'missing' in str(caught.value)",
        "pytest.raises(TypeError, calc.add)",
        "try:\n    calc.add()\nexcept TypeError as error:\n    assert 'missing' in str(error)",
        "def twice(n):\n    return calc.add(n, n)\nassert twice(2) == 4",
        "assert [calc.add(n, 1) for n in (1, 2)] == [2, 3]",
        "assert all(calc.add(n, 0) == n for n in range(5))",
        "if (x := calc.add(1, 2)):\n    assert x == 3",
        "self.assertEqual(calc.add(1, 2), 3)",
        "self.assertRaises(TypeError, calc.add)",
        "with self.assertRaises(TypeError):\n    calc.add()",
        "random.seed(1)\nn = random.randint(1, 9)\nassert calc.add(n, n) == 2 * n",
        "now = datetime.now()\nassert calc.year(now) == now.year",
        "from calc import add\nassert add(1, 2) == 3",
        "x = calc.add(1, 2)\nassert x == x\nassert x == 3",
        "assert id(calc.copy(box)) != id(box)",
        "result = calc.stream(buffer := [])\nassert len(buffer) == 3",
        "assert " + " + ".join(["calc.add(1, 2)"] * 900) + " == 2700",
    ],
)
def test_what_could_fail_because_of_the_code_counts(body: str) -> None:
    head = "import calc\nimport random\nimport unittest\nfrom datetime import datetime\nimport pytest\nself = unittest.TestCase()"
    assert reason(body, head=head) is None


def test_a_name_taken_from_the_subject_is_the_subject() -> None:
    assert reason("assert plus(1, 2) == 3", head="from calc import add as plus") is None
    assert reason("assert add(1, 2) == 3", head="from calc import *") is None


def test_what_the_subject_prints_is_what_it_does() -> None:
    body = "calc.hello()\nassert capsys.readouterr().out == 'hi'"
    assert reason(body, parameters="capsys") is None
    printed = "print('hi')\nassert capsys.readouterr().out == 'hi\\n'"
    assert reason(printed, parameters="capsys") is RejectionReason.TAUTOLOGY


def test_what_was_observed_is_not_doubted() -> None:
    text = "# about add (characterization)\ndef test_a():\n    assert 1 == 1\n"
    [candidate] = candidates_in(text, SUBJECT)
    assert fault_in(candidate) is None
