"""As many jobs at the same time as a fleet may ever have in hand."""

from random import Random

import pytest

from tests.worker.faults.stand import Stand
from tests.worker.processes.fleet import job

pytestmark = pytest.mark.slow


@pytest.mark.timeout(600)
@pytest.mark.parametrize("jobs", [200, pytest.param(1000, marks=pytest.mark.nightly)])
def test_so_many_jobs_in_flight_over_four_workers_all_finish(stand_on_embedded: Stand, jobs: int) -> None:
    stand = stand_on_embedded
    random = Random(4)
    stand.fleet.send([job(number, seconds=random.uniform(2, 20)) for number in range(jobs)])
    for _ in range(4):
        stand.start_worker(concurrency=jobs // 4, visibility_timeout_seconds=60)
    stand.wait_until_dry(seconds=500)
    stand.assert_conserved([f"job-{number}" for number in range(jobs)])
    stand.assert_workers_live()
