"""What is read from the results of child jobs."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime

from tests.worker.repair.speaking import patch
from tests.worker.repair.town import job
from worker.domain.patch import PatchVerdict
from worker.repair.harvest import harvest_of, result_in
from worker.repair.plan import Plan


def test_a_patch_of_several_faults_comes_back_with_what_each_of_its_changes_costs() -> None:
    found = replace(patch("good-a", cost=3.0), costs=(1.0, 2.0))
    verdict = PatchVerdict(patch=found, rejection=None)
    stored = result_in(json.dumps({"repair": {"verdicts": [asdict(verdict)]}}).encode())
    plan = Plan(parent=job(), began_at=datetime(2026, 1, 1, tzinfo=UTC), shares=())
    assert harvest_of(plan, [stored], ()).patches == (found,)


def test_a_patch_of_a_worker_that_knew_of_no_several_faults_is_one_of_one() -> None:
    fields = asdict(PatchVerdict(patch=patch("good-a"), rejection=None))
    del fields["patch"]["costs"]
    stored = result_in(json.dumps({"repair": {"verdicts": [fields]}}).encode())
    plan = Plan(parent=job(), began_at=datetime(2026, 1, 1, tzinfo=UTC), shares=())
    (read,) = harvest_of(plan, [stored], ()).patches
    assert read.faults == 1
