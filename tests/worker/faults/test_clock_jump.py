"""The wall clock of a worker jumps: leases and limits go by the clock that never does."""

import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from tests.worker.faults.stand import Stand
from tests.worker.processes.fleet import VISIBILITY_SECONDS, job

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

JOBS = 24
DAY = 86_400


@pytest.fixture
def skewed(tmp_path: Path) -> dict[str, str]:
    """Variables that give a process a wall clock of its own, told by a file."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    library = tmp_path / "skewed_clock.so"
    source = Path(__file__).with_name("skewed_clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    offset = tmp_path / "offset"
    offset.write_text("0")
    return {"LD_PRELOAD": str(library), "CLOCK_OFFSET_FILE": str(offset)}


@pytest.mark.parametrize("days", [-3, 3])
def test_no_lease_is_lost_and_no_job_is_done_twice_when_the_clock_jumps(
    stand: Stand, skewed: dict[str, str], days: int
) -> None:
    stand.fleet.more_env |= skewed
    stand.fleet.send(
        [job(number, seconds=VISIBILITY_SECONDS if number < 6 else 0.5) for number in range(JOBS)]
    )
    stand.start_worker()
    stand.start_worker()
    stand.fleet.wait_until(lambda: len(stand.etags()) >= 3, seconds=90)
    Path(skewed["CLOCK_OFFSET_FILE"]).write_text(str(days * DAY))
    stand.wait_until_dry(seconds=60)
    stand.facts["faults"] = 1
    stand.assert_conserved([f"job-{number}" for number in range(JOBS)])
    assert set(stand.attempts().values()) == {1}
    results = [stand.fleet.result(f"job-{number}") for number in range(JOBS)]
    spans = [datetime.fromisoformat(each["finished_at"]) for each in results]
    assert (max(spans) - min(spans)).days >= 2, "the clock of the workers did not jump"
    assert all(0 <= each["seconds"] < 60 for each in results)
    stand.assert_workers_live()
