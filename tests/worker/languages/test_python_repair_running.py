"""Python mended in the real sandbox: diagnosed, searched, compared and proved, with hostile code and hostile patches among it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.fakes.clock import FakeClock
from tests.worker.repair.test_pipeline import InOrder, Model
from worker.domain.attempt import EndReason
from worker.domain.diagnosis import FaultClass
from worker.domain.exchange import Budget
from worker.domain.job import Job, JobKind, SourceFile
from worker.domain.outcome import PipelineOutcome
from worker.domain.patch import between
from worker.languages.python_repair import PythonRepair
from worker.repair.pipeline import RepairPipeline
from worker.sandboxes.process import ProcessSandbox

pytestmark = pytest.mark.slow

SHOP = '''\
def total(prices, rate):
    """Sum with tax."""
    result = 0
    for price in prices:
        result -= price
    return result * (1 + rate)


def mean(values):
    return sum(values) / len(values)
'''
TESTS = """\
import unittest

import pytest

from shop.prices import mean, total


@pytest.fixture
def values():
    return [1, 2, 3]


def test_mean(values):
    assert mean(values) == 2


@pytest.mark.parametrize("prices, wanted", [([1, 2], 3), ([5], 5)])
def test_total(prices, wanted):
    assert total(prices, 0) == wanted


class TestMore(unittest.TestCase):
    def setUp(self):
        self.prices = [10, 10]

    def test_rate(self):
        self.assertAlmostEqual(total(self.prices, 0.1), 22)

    def test_error(self):
        with self.assertRaises(ZeroDivisionError):
            mean([])
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[ProcessSandbox]:
    opened = ProcessSandbox()
    yield opened
    opened.close()


def job(code: str, tests: str, *, path: str = "subject.py", log: str = "") -> Job:
    files = (SourceFile(path="test_it.py", text=tests),) if tests else ()
    return Job(job_id="j", kind=JobKind.FIX, language="python", code=code, path=path, tests=files, log=log)


async def fixed(
    wanted: Job, sandbox: ProcessSandbox, *answers: str, seconds: float = 20.0
) -> PipelineOutcome:
    router = InOrder(Model(answers=list(answers))) if answers else None
    pipeline = RepairPipeline(languages=[PythonRepair()], sandbox=sandbox, clock=FakeClock(), router=router)
    return await pipeline.run(wanted, budget_seconds=seconds)


async def test_a_module_in_a_package_is_mended_by_fixtures_parameters_and_unittest(
    sandbox: ProcessSandbox,
) -> None:
    outcome = await fixed(job(SHOP, TESTS, path="src/shop/prices.py"), sandbox)
    assert outcome.end_reason is EndReason.PROVED, outcome.explanation
    assert outcome.repair is not None
    assert "+        result += price" in outcome.repair.diff
    assert outcome.repair.diff.startswith("--- a/src/shop/prices.py")
    assert (outcome.repair.verdicts[0].tests_fixed, outcome.repair.verdicts[0].tests_kept) == (2, 2)
    assert outcome.repair.diagnosis.locations[0].suspicion == 1.0
    assert 9 not in {location.line for location in outcome.repair.diagnosis.locations}


async def test_of_good_bad_and_malicious_answers_of_an_engine_only_the_good_one_survives(
    sandbox: ProcessSandbox,
) -> None:
    code = "def shout(words):\n    return [len(word) for word in words]\n"
    tests = "from subject import shout\n\n\ndef test_shout():\n    assert shout(['a!', 'xy']) == ['?a!?', '?xy?']\n"

    def answer(body: str, before: str = "") -> str:
        return f"```python\n{before}def shout(words):\n    {body}\n```"

    malicious = [
        answer("return eval(\"['?a!?', '?xy?']\")"),
        answer("return ['?' + word + '?' for word in words]", before="import socket\n"),
        answer("if words == ['a!', 'xy']:\n        return ['?a!?', '?xy?']\n    return []"),
        answer("raise SystemExit(0)"),
        answer(
            "class Any(list):\n        def __eq__(self, other):\n            return True\n    return Any()"
        ),
        answer("while True:\n        pass"),
        answer("return [word for word in words]"),
    ]
    good = answer("return [f'?{word}?' for word in words]")
    outcome = await fixed(job(code, tests), sandbox, "\n\n".join([*malicious, good]), seconds=6)
    assert outcome.end_reason is EndReason.PROVED, outcome.explanation
    assert outcome.repair is not None
    assert "f'?{word}?'" in outcome.repair.patched
    kept = [verdict for verdict in outcome.repair.verdicts if verdict.is_accepted]
    assert len(kept) == 1

    none = await fixed(job(code, tests), sandbox, "\n\n".join(malicious), seconds=6)
    assert none.end_reason is EndReason.NOTHING_KEPT
    assert none.repair is not None
    assert none.repair.diff == ""


async def test_what_has_no_end_is_mended_by_its_steps(sandbox: ProcessSandbox) -> None:
    code = "def digits(number):\n    found = []\n    while number >= 0:\n        found.append(number % 10)\n        number //= 10\n    return found\n"
    tests = "from subject import digits\n\n\ndef test_digits():\n    assert digits(120) == [0, 2, 1]\n    assert digits(7) == [7]\n    assert digits(10) == [0, 1]\n    assert digits(0) == []\n    assert digits(3) == [3]\n    assert digits(44) == [4, 4]\n    assert digits(5) == [5]\n"
    outcome = await fixed(job(code, tests), sandbox)
    assert outcome.repair is not None
    assert outcome.repair.diagnosis.fault is FaultClass.TIMEOUT
    assert outcome.end_reason is EndReason.PROVED, outcome.explanation


async def test_a_slip_of_the_keyboard_and_a_fault_behind_it_are_mended_together(
    sandbox: ProcessSandbox,
) -> None:
    code = "def double(number)\n    return number * 3\n"
    tests = "from subject import double\n\n\ndef test_double():\n    assert double(4) == 8\n    assert double(5) == 10\n"
    outcome = await fixed(job(code, tests), sandbox)
    assert outcome.end_reason is EndReason.PROVED, outcome.explanation
    assert outcome.repair is not None
    assert outcome.repair.patched == "def double(number):\n    return number * 2\n"


async def test_a_missing_import_is_found_by_the_test_and_mended_by_rule(sandbox: ProcessSandbox) -> None:
    code = "def count(words):\n    return dict(Counter(words))\n"
    tests = "from subject import count\n\n\ndef test_count():\n    assert count('aab') == {'a': 2, 'b': 1}\n"
    outcome = await fixed(job(code, tests), sandbox)
    assert outcome.repair is not None
    assert (outcome.repair.origin, outcome.repair.diagnosis.fault) == ("fixer", FaultClass.IMPORT)
    assert outcome.repair.patched.startswith("from collections import Counter\n")


async def test_a_linters_log_is_enough_for_the_linters_own_fix(sandbox: ProcessSandbox) -> None:
    code = "import os\n\n\ndef one():\n    return 1\n"
    outcome = await fixed(job(code, "", log="subject.py:1:8: F401 [*] `os` imported but unused"), sandbox)
    assert outcome.end_reason is EndReason.PROVED, outcome.explanation
    assert outcome.repair is not None
    assert outcome.repair.patched == "def one():\n    return 1\n"


async def test_tests_that_pass_every_other_time_are_called_flaky(sandbox: ProcessSandbox) -> None:
    code = "def one():\n    return 1\n"
    tests = """\
from pathlib import Path

from subject import one


def test_one():
    place = Path("turns")
    turns = len(place.read_text()) if place.exists() else 0
    place.write_text("x" * (turns + 1))
    assert one() == 1 + turns % 2
"""
    outcome = await fixed(job(code, tests), sandbox)
    assert outcome.repair is not None
    assert outcome.repair.diagnosis.fault is FaultClass.FLAKY
    assert outcome.end_reason is EndReason.NOTHING_KEPT


async def test_code_that_kills_its_process_and_its_siblings_costs_a_candidate_and_not_the_search(
    sandbox: ProcessSandbox,
) -> None:
    code = "import os\n\n\ndef half(number):\n    if number < 0:\n        os._exit(3)\n    return number / 1\n"  # the change that is right comes directly behind one that ends the process
    tests = (
        "from subject import half\n\n\ndef test_half():\n    assert half(4) == 2\n    assert half(10) == 5\n"
    )
    outcome = await fixed(job(code, tests), sandbox)
    assert outcome.end_reason is EndReason.PROVED, outcome.explanation
    assert outcome.repair is not None
    assert outcome.repair.patched == code.replace("/ 1", "/ 2")


async def test_patches_are_compared_on_the_calls_of_the_tests_and_on_neighbours_of_them(
    sandbox: ProcessSandbox,
) -> None:
    language = PythonRepair()
    code = "def sign(number):\n    if number < 0:\n        return 1\n    return 1\n"
    tests = (
        "from subject import sign\n\n\ndef test_sign():\n    assert sign(-5) == -1\n    assert sign(3) == 1\n"
    )
    broken = language.broken(job(code, tests))
    budget = Budget(seconds=15)
    diagnosis = await language.diagnose(broken, sandbox, budget)
    found = await language.search(broken, diagnosis, sandbox, budget, most=6)
    other = replace(found.trials[0].patch, edits=between(code, code.replace("  return 1", "  return 2")))
    patches = [*(trial.patch for trial in found.trials), other]
    behaviours = await language.compare(broken, patches, sandbox, budget)
    assert len(behaviours.shown) == len(patches) > 1
    assert behaviours.shown[0] != behaviours.shown[-1]
    assert any("sign(-5)" in call for call in behaviours.inputs)
    assert len(behaviours.inputs) > 10


@pytest.mark.parametrize(("old", "new"), [("RATE = 2", "RATE = 3"), ("fee=1", "fee=2")])
async def test_a_constant_of_the_module_and_a_default_are_mended(
    old: str, new: str, sandbox: ProcessSandbox
) -> None:
    code = "RATE = 2\n\n\ndef price(amount, fee=1):\n    return amount * RATE + fee\n"
    space: dict = {}
    exec(code.replace(old, new), space)
    calls = ("2", "3", "1", "4", "10", "-3", "0, 5", "2, 5")
    lines = [f"    assert price({call}) == {eval(f'price({call})', space)}" for call in calls]
    tests = "\n".join(["from subject import price", "", "", "def test_price():", *lines, ""])
    outcome = await fixed(job(code, tests), sandbox)
    assert outcome.repair is not None
    assert outcome.repair.patched == code.replace(old, new), outcome.explanation
