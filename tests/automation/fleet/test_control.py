"""Starting, stopping and observing a fleet."""

import pytest

from automation.errors import Diagnostic
from automation.fleet.control import fleet_status, restart, scale, wake
from tests.automation.fleet.conftest import Stores

pytestmark = pytest.mark.slow


def test_waking_a_stopped_fleet_brings_up_its_instances_and_is_idempotent(stores: Stores) -> None:
    assert wake(stores.access, stores.outputs)
    assert fleet_status(stores.access, stores.outputs).desired == 2
    scale(stores.access, stores.outputs, 5)
    assert not wake(stores.access, stores.outputs)
    assert fleet_status(stores.access, stores.outputs).desired == 5


def test_status_counts_messages_of_every_lane_and_of_the_dead(stores: Stores) -> None:
    sqs = stores.access.client("sqs")
    sqs.send_message(QueueUrl=stores.outputs.queue_url_high, MessageBody="a")
    sqs.send_message(QueueUrl=stores.outputs.dead_letter_queue_url, MessageBody="b")
    sqs.receive_message(QueueUrl=stores.outputs.queue_url_high)
    depths = {queue.name: queue for queue in fleet_status(stores.access, stores.outputs).queues}
    assert (depths["high"].in_flight, depths["dead-letter"].visible, depths["low"].visible) == (1, 1, 0)


def test_an_older_revision_than_the_deployed_one_is_noticed(stores: Stores) -> None:
    ecs, name = stores.access.client("ecs"), stores.outputs.cluster_name
    ecs.register_task_definition(
        family=name, containerDefinitions=[{"name": "worker", "image": "new", "memory": 64}]
    )
    assert fleet_status(stores.access, stores.outputs).runs_deployed_revision
    ecs.update_service(cluster=name, service="fleet", taskDefinition=f"{name}:2")
    assert not fleet_status(stores.access, stores.outputs).runs_deployed_revision


def test_a_service_that_is_gone_is_told_with_the_way_back(stores: Stores) -> None:
    stores.access.client("ecs").delete_service(
        cluster=stores.outputs.cluster_name, service="fleet", force=True
    )
    with pytest.raises(Diagnostic) as told:
        fleet_status(stores.access, stores.outputs)
    assert "deploy" in told.value.next_step


def test_a_restart_makes_a_new_deployment_of_the_same_revision(stores: Stores) -> None:
    before = stores.access.client("ecs").describe_services(
        cluster=stores.outputs.cluster_name, services=["fleet"]
    )
    restart(stores.access, stores.outputs)
    after = stores.access.client("ecs").describe_services(
        cluster=stores.outputs.cluster_name, services=["fleet"]
    )
    old, new = (answer["services"][0]["deployments"][0] for answer in (before, after))
    assert old["id"] != new["id"]
    assert old["taskDefinition"] == new["taskDefinition"]
