"""As many jobs at the same time as a fleet may ever have in hand."""

from random import Random

import pytest

from tests.worker.faults.stand import Stand
from tests.worker.processes.fleet import job

pytestmark = pytest.mark.slow


@pytest.mark.timeout(600)
def test_a_thousand_jobs_in_flight_over_four_workers_all_finish(stand_on_embedded: Stand) -> None:
    stand = stand_on_embedded
    jobs = 1000
    random = Random(4)
    stand.fleet.send([job(number, seconds=random.uniform(2, 20)) for number in range(jobs)])
    for _ in range(4):
        stand.start_worker(concurrency=250, visibility_timeout_seconds=60)
    stand.wait_until_dry(seconds=500)
    stand.assert_conserved([f"job-{number}" for number in range(jobs)])
    stand.assert_workers_live()
