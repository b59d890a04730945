"""Jobs for later, from submission to the lane: kept in the ledger, shown, called off, handed over where no controller sends them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from automation.cli.queue import kept_lines
from automation.fleet.batches import cancel_jobs
from automation.fleet.later import KeptView, forget, hand_over, keep, look_at_kept
from automation.fleet.results import job_rows
from automation.fleet.submission import submit_jobs
from tests.automation.fleet.conftest import Stores
from worker.domain.job import Job, JobKind

needs_cloud = pytest.mark.slow


def job(name: str, *, minutes: float | None, priority: int = 1) -> Job:
    due = None if minutes is None else datetime.now(UTC) + timedelta(minutes=minutes)
    return Job(
        job_id=name, kind=JobKind.TEST, language="python", code="x = 1\n", not_before=due, priority=priority
    )


def depth(stores: Stores, url: str) -> tuple[int, int]:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
    answer = stores.access.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return tuple(int(answer["Attributes"][name]) for name in names)


@needs_cloud
def test_a_job_for_later_waits_in_the_ledger_and_one_for_soon_in_its_lane(stores: Stores) -> None:
    jobs = [job("now", minutes=None), job("soon", minutes=10), job("later", minutes=120)]
    submit_jobs(stores.access, stores.outputs, jobs)
    assert depth(stores, stores.outputs.queue_url) == (1, 1)
    kept = look_at_kept(stores.access, stores.outputs)
    due = jobs[2].not_before
    assert due is not None
    assert kept == KeptView(jobs=1, next_at=due.isoformat(timespec="seconds"), overdue=0)
    (row,) = job_rows(stores.access, stores.outputs, ["later"])
    assert (row.status.value, row.not_before) == ("queued", due.isoformat())


@needs_cloud
def test_a_job_for_later_that_is_called_off_waits_no_more(stores: Stores) -> None:
    submit_jobs(stores.access, stores.outputs, [job("later", minutes=120), job("other", minutes=120)])
    rows = job_rows(stores.access, stores.outputs, ["later"])
    assert cancel_jobs(stores.access, stores.outputs, rows) == {"later": "cancelled"}
    assert look_at_kept(stores.access, stores.outputs).jobs == 1
    forget(stores.access, stores.outputs, "later", datetime.now(UTC))  # what is not there is no fault


@needs_cloud
def test_where_no_controller_sends_them_jobs_for_later_go_around_in_the_lanes(stores: Stores) -> None:
    functions = replace(stores.outputs, compute_type="lambda")
    submit_jobs(stores.access, functions, [job("later", minutes=120)])
    assert look_at_kept(stores.access, functions).jobs == 0
    assert depth(stores, functions.queue_url) == (0, 1)


@needs_cloud
def test_a_fleet_that_changes_to_functions_takes_over_what_waited(stores: Stores) -> None:
    jobs = [job("high", minutes=120, priority=9), job("low", minutes=60, priority=0)]
    submit_jobs(stores.access, stores.outputs, [*jobs, job("due", minutes=16)])
    assert hand_over(stores.access, stores.outputs) == 3
    assert look_at_kept(stores.access, stores.outputs) == KeptView(jobs=0, next_at="", overdue=0)
    assert depth(stores, stores.outputs.queue_url_high) == (0, 1)
    assert depth(stores, stores.outputs.queue_url_low) == (0, 1)
    assert depth(stores, stores.outputs.queue_url) == (0, 1)
    assert hand_over(stores.access, stores.outputs) == 0


@needs_cloud
def test_a_job_that_nobody_sent_in_time_is_overdue(stores: Stores) -> None:
    keep(stores.access, stores.outputs, [job("late", minutes=-10), job("just", minutes=-1)])
    kept = look_at_kept(stores.access, stores.outputs)
    assert (kept.jobs, kept.overdue) == (2, 1)


def test_the_queue_tells_what_waits_for_its_time_and_that_nobody_sends_it() -> None:
    assert kept_lines(KeptView(jobs=0, next_at="", overdue=0)) == []
    (told,) = kept_lines(KeptView(jobs=3, next_at="2026-03-02T09:30:00+00:00", overdue=0))
    assert told == "3 more for later, the first at 2026-03-02 09:30 UTC."
    assert (
        "2 of them are overdue"
        in kept_lines(KeptView(jobs=3, next_at="2026-03-02T09:30:00+00:00", overdue=2))[1]
    )
