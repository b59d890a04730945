"""The end of a stack's time, as its tags in the cloud say it."""

import pytest

from automation.cli.expiry import TAG, expires_at
from automation.fleet.access import AwsAccess
from components.naming import Names

pytestmark = pytest.mark.slow


def test_the_latest_end_on_the_resources_of_a_stack_counts_and_no_other_stack_s(access: AwsAccess) -> None:
    sqs = access.client("sqs")
    assert expires_at(access, "brief") is None
    for name, environment, end in (
        ("brief-1", "brief", "2026-11-25T14:00Z"),
        ("brief-2", "brief", "2026-11-25T15:00Z"),
        ("long-1", "long", "2027-01-01T00:00Z"),
    ):
        sqs.create_queue(QueueName=name, tags={**Names(environment=environment).tags(), TAG: end})
    assert expires_at(access, "brief") == "2026-11-25T15:00Z"


def test_a_stack_without_the_tag_has_no_end(access: AwsAccess) -> None:
    access.client("sqs").create_queue(QueueName="endless-1", tags=Names(environment="endless").tags())
    assert expires_at(access, "endless") is None
