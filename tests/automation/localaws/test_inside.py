"""What passes by no public call, and what is loaded ahead."""

import time

import pytest
from moto import backends

from automation.localaws.account import ACCOUNT_ID
from automation.localaws.inside import oldest_age_seconds, record_health
from automation.localaws.patches.sqs import queue_report
from automation.localaws.warm import GLOBAL, warm
from tests.automation.localaws.clouds import Cloud
from tests.automation.localaws.patches.fleet import Fleet


def test_the_age_of_the_oldest_is_known_while_it_waits_and_while_it_is_held(embedded: Cloud) -> None:
    url = embedded.queue()
    name = url.rpartition("/")[2]
    assert oldest_age_seconds("us-east-1", name) == 0
    assert oldest_age_seconds("us-east-1", "nowhere") is None
    embedded.client("sqs").send_message(QueueUrl=url, MessageBody="a")
    time.sleep(0.05)
    embedded.receive(url)
    age = oldest_age_seconds("us-east-1", name)
    assert age is not None
    assert 0.04 < age < 10
    assert queue_report()[name]["in_flight"] == 1
    assert queue_report()[name]["oldest_age_seconds"] >= age


def test_health_that_the_agent_records_is_what_describe_tasks_says(embedded: Cloud) -> None:
    fleet = Fleet.in_cloud(embedded)
    [task] = fleet.run(1)
    record_health("us-east-1", task, "HEALTHY")
    assert fleet.task(task)["healthStatus"] == "HEALTHY"
    record_health("us-east-1", f"{task}-gone", "HEALTHY")


@pytest.mark.slow
def test_warming_makes_the_backends_that_a_deployment_asks_first(embedded: Cloud) -> None:
    warm("us-east-1")
    for service in GLOBAL:
        assert "aws" in backends.get_backend(service)[ACCOUNT_ID]
