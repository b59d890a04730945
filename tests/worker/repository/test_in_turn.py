"""Where a test fails for two modules, each is mended by what shows its own fault, and both have to pass together."""

import asyncio

import pytest

from tests.fakes.clock import FakeClock
from tests.worker.repository.mending import USAGE, StrictPipeline, TellingPipeline
from worker.domain.job import Job, JobKind
from worker.domain.repository_report import UnitEnd
from worker.repository.fixing import fix_units
from worker.repository.pace import Pace
from worker.repository.units import find_units

WRONG = "NAME = 'WRONG'\n"
BOTH = "import cart\nimport names\n"


def worked_on(texts, modules=None):
    modules = modules or StrictPipeline()
    job = Job(job_id="gh-1", kind=JobKind.FIX, language="", code="")
    pace = Pace(FakeClock(), seconds=600)
    worked = asyncio.run(fix_units(find_units(texts, ()), texts, job, pipeline=modules, pace=pace))
    return worked, modules


def ends_of(texts, modules=None):
    return {path: report.end for path, report in worked_on(texts, modules)[0].reports.items()}


@pytest.mark.parametrize(
    "own",
    [{"test_cart.py": "import cart\n"}, {"test_names.py": "import names\n"}],
    ids=["the first", "the second"],
)
def test_a_fault_that_one_test_shows_alone_is_mended_first_and_the_other_on_top_of_it(own):
    texts = {"cart.py": WRONG, "names.py": WRONG, "test_shop.py": BOTH, **own}
    assert ends_of(texts) == {"cart.py": UnitEnd.FIXED, "names.py": UnitEnd.FIXED}


def test_two_faults_that_both_show_alone_are_mended_though_a_third_test_fails_for_both():
    tests = {"test_cart.py": "import cart\n", "test_names.py": "import names\n", "test_shop.py": BOTH}
    assert ends_of({"cart.py": WRONG, "names.py": WRONG, **tests}) == {
        "cart.py": UnitEnd.FIXED,
        "names.py": UnitEnd.FIXED,
    }


def test_faults_that_only_one_test_shows_are_not_guessed_at():
    texts = {"cart.py": WRONG, "names.py": WRONG, "test_shop.py": BOTH}
    worked, modules = worked_on(texts)
    assert {report.end for report in worked.reports.values()} == {UnitEnd.UNFIXED}
    assert len(modules.jobs) == 2


def test_nothing_is_offered_where_a_test_still_fails_in_the_end():
    tests = {"test_cart.py": "import cart\n", "test_shop.py": "import cart\nimport names\nimport rates\n"}
    modules = {"cart.py": WRONG, "names.py": WRONG, "rates.py": WRONG}
    worked, _ = worked_on({**modules, **tests})
    assert {report.end for report in worked.reports.values()} == {UnitEnd.UNFIXED}
    assert not any(outcome.repair.diff for outcome in worked.outcomes.values())


def test_two_patches_that_hold_alone_are_not_offered_where_a_test_of_both_still_fails():
    tests = {
        "test_cart.py": "import cart\n",
        "test_names.py": "import names\n",
        "test_shop.py": f"{BOTH}import tasks\n",
    }
    texts = {"cart.py": WRONG, "names.py": WRONG, "tasks.py": WRONG, **tests}
    assert ends_of(texts) == {"cart.py": UnitEnd.UNFIXED, "names.py": UnitEnd.UNFIXED}


def test_turns_that_only_looked_are_paid_for():
    texts = {"cart.py": WRONG, "names.py": WRONG, "test_shop.py": BOTH, "test_cart.py": "import cart\n"}
    worked, modules = worked_on(texts)
    assert worked.usage.sandbox_runs == len(modules.jobs) * USAGE.sandbox_runs


def test_faults_that_only_one_file_shows_are_mended_where_its_tests_tell_them_apart():
    texts = {"cart.py": WRONG, "names.py": WRONG, "test_shop.py": BOTH}
    worked, modules = worked_on(texts, TellingPipeline())
    assert {path: report.end for path, report in worked.reports.items()} == {
        "cart.py": UnitEnd.FIXED,
        "names.py": UnitEnd.FIXED,
    }
    assert all("right" in outcome.repair.patched for outcome in worked.outcomes.values())
    assert worked.usage.sandbox_runs == len(modules.jobs) * USAGE.sandbox_runs


def test_three_faults_that_only_one_file_shows_are_mended_and_a_module_without_fault_is_left_alone():
    three = dict.fromkeys(("cart.py", "names.py", "rates.py"), WRONG)
    texts = {**three, "sound.py": "NAME = 'sound'\n", "test_shop.py": f"{BOTH}import rates\nimport sound\n"}
    assert ends_of(texts, TellingPipeline()) == {
        **dict.fromkeys(three, UnitEnd.FIXED),
        "sound.py": UnitEnd.PASSING,
    }


def test_a_part_that_is_mended_is_not_offered_where_a_test_still_fails_in_the_end():
    four = dict.fromkeys(("cart.py", "names.py", "rates.py", "tasks.py"), WRONG)
    texts = {**four, "test_shop.py": f"{BOTH}import rates\nimport tasks\n"}
    worked, _ = worked_on(texts, TellingPipeline())
    assert {report.end for report in worked.reports.values()} == {UnitEnd.UNFIXED}
    assert not any(outcome.repair.diff for outcome in worked.outcomes.values())
