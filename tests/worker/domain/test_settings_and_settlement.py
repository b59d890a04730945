"""The environment contract, and what the end of an attempt means."""

import pytest

from worker.domain.attempt import FAILURES, FORGE_ATTEMPTS, EndReason, MessageFate, settle
from worker.domain.errors import SettingsInvalid
from worker.domain.job import TERMINAL_STATUSES, JobStatus
from worker.domain.settings import WorkerSettings

SETTINGS = WorkerSettings(
    queue_url_high="h",
    queue_url_normal="n",
    queue_url_low="l",
    dead_letter_queue_url="d",
    results_bucket="b",
    ledger_table="t",
    concurrency=7,
    engine="ollama",
)


def test_settings_survive_the_way_through_the_environment() -> None:
    assert WorkerSettings.from_env(SETTINGS.to_env()) == SETTINGS


def test_all_faults_of_an_environment_are_told_together() -> None:
    broken = {
        **SETTINGS.to_env(),
        "DDF_CONCURRENCY": "many",
        "DDF_ENGINE": "steam",
        "DDF_JOB_TIMEOUT_SECONDS": "0",
    }
    del broken["DDF_RESULTS_BUCKET"]
    with pytest.raises(SettingsInvalid) as told:
        WorkerSettings.from_env(broken)
    assert len(told.value.faults) == 4
    for word in ("DDF_CONCURRENCY", "steam", "DDF_JOB_TIMEOUT_SECONDS", "DDF_RESULTS_BUCKET"):
        assert word in str(told.value)


@pytest.mark.parametrize("reason", EndReason)
def test_every_end_of_an_attempt_is_settled(reason: EndReason) -> None:
    first = settle(reason, attempt=1, maximum_attempts=3)
    assert (first.status in TERMINAL_STATUSES) <= (first.fate is MessageFate.ACKNOWLEDGE)


@pytest.mark.parametrize("reason", [EndReason.ENGINE_DOWN, EndReason.SANDBOX_LOST, EndReason.CRASHED])
def test_a_passing_fault_is_retried_until_the_last_attempt(reason: EndReason) -> None:
    assert settle(reason, attempt=2, maximum_attempts=3).fate is MessageFate.RETRY
    assert settle(reason, attempt=3, maximum_attempts=3).status is JobStatus.FAILED


def test_a_timeout_is_tried_once_more_only() -> None:
    assert settle(EndReason.TIMED_OUT, attempt=1, maximum_attempts=9).fate is MessageFate.RETRY
    assert settle(EndReason.TIMED_OUT, attempt=2, maximum_attempts=9).status is JobStatus.FAILED


def test_a_lost_lease_leaves_job_and_message_alone() -> None:
    lost = settle(EndReason.LEASE_LOST, attempt=1, maximum_attempts=3)
    assert (lost.status, lost.fate) == (None, MessageFate.LEAVE)


def test_an_engine_that_is_busy_costs_a_job_nothing_but_time() -> None:
    busy = settle(EndReason.ENGINE_BUSY, attempt=9, maximum_attempts=3)
    assert (busy.status, busy.fate) == (JobStatus.QUEUED, MessageFate.POSTPONE)
    assert EndReason.ENGINE_BUSY not in FAILURES


def test_an_outage_of_the_forge_is_waited_for_and_not_for_ever() -> None:
    down = settle(EndReason.FORGE_DOWN, attempt=FORGE_ATTEMPTS - 1, maximum_attempts=3)
    assert (down.status, down.fate) == (JobStatus.QUEUED, MessageFate.POSTPONE)
    last = settle(EndReason.FORGE_DOWN, attempt=FORGE_ATTEMPTS, maximum_attempts=3)
    assert (last.status, last.fate) == (JobStatus.FAILED, MessageFate.ACKNOWLEDGE)
