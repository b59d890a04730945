"""A fleet on Lambda: started, stopped, scaled, replaced and observed by its function and what feeds it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from automation.errors import Diagnostic
from automation.fleet import control, size
from automation.fleet.control import fleet_status
from automation.fleet.function_fleet import FunctionFleet
from automation.fleet.health import check_fleet
from tests.automation.fleet.conftest import Stores

pytestmark = pytest.mark.slow

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/nobody-runs-this:1"


@pytest.fixture
def on_lambda(stores: Stores) -> Iterator[Stores]:
    name = f"{stores.outputs.ledger_table}-function"
    client = stores.access.client("lambda")
    role = stores.access.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    )["Role"]["Arn"]
    made = client.create_function(
        FunctionName=name,
        PackageType="Image",
        Code={"ImageUri": IMAGE},
        Role=role,
        Timeout=30,
        Publish=True,
    )
    arn = made["FunctionArn"]
    for url in (stores.outputs.queue_url, stores.outputs.queue_url_high, stores.outputs.queue_url_low):
        client.create_event_source_mapping(
            EventSourceArn=f"arn:aws:sqs:us-east-1:123456789012:{url.rpartition('/')[2]}",
            FunctionName=arn,
            Enabled=True,
            ScalingConfig={"MaximumConcurrency": 3},
        )
    outputs = replace(
        stores.outputs,
        compute_type="lambda",
        cluster_name="",
        service_name=name,
        task_definition_arn=f"{arn}:1",
        instances=3,
    )
    yield Stores(access=stores.access, outputs=outputs)
    for mapping in client.list_event_source_mappings(FunctionName=arn)["EventSourceMappings"]:
        client.delete_event_source_mapping(UUID=mapping["UUID"])
    client.delete_function(FunctionName=name)


def mappings(stores: Stores) -> list[dict[str, Any]]:
    arn = stores.outputs.task_definition_arn.rpartition(":")[0]
    found: list[dict[str, Any]] = stores.access.client("lambda").list_event_source_mappings(FunctionName=arn)[
        "EventSourceMappings"
    ]
    return found


def test_a_stop_switches_every_lane_off_and_a_start_on_again_as_wide_as_was_deployed(
    on_lambda: Stores,
) -> None:
    access, outputs = on_lambda.access, on_lambda.outputs
    held = control.hold(access, outputs, 0, why="a test")
    assert held.is_stop
    assert [mapping["State"] for mapping in mappings(on_lambda)] == ["Disabled"] * 3
    assert fleet_status(access, outputs).desired == 0
    assert control.start(access, outputs)
    assert size.read_wishes(access, outputs).hold is None
    assert {mapping["State"] for mapping in mappings(on_lambda)} == {"Enabled"}
    assert {mapping["ScalingConfig"]["MaximumConcurrency"] for mapping in mappings(on_lambda)} == {3}
    assert not control.start(access, outputs), "what runs keeps its bound"


def test_a_submission_wakes_a_fleet_that_was_stopped_even_one_that_was_deployed_without_instances(
    on_lambda: Stores,
) -> None:
    access, outputs = on_lambda.access, replace(on_lambda.outputs, instances=0)
    control.hold(access, outputs, 0, why="")
    assert control.wake(access, outputs)
    assert fleet_status(access, outputs).desired == 2, "Lambda can't be held to less"
    assert not control.wake(access, outputs)


def test_scaling_bounds_every_lane_and_settles_without_a_worker_at_work(on_lambda: Stores) -> None:
    control.scale(on_lambda.access, on_lambda.outputs, 7)
    status = fleet_status(on_lambda.access, on_lambda.outputs)
    assert (status.desired, status.running, status.is_on_demand, status.has_size) == (7, 0, True, True)


def test_the_version_deployed_last_is_told_from_another_image_and_from_other_settings(
    on_lambda: Stores,
) -> None:
    access, outputs = on_lambda.access, on_lambda.outputs
    client, name = access.client("lambda"), outputs.service_name
    assert fleet_status(access, outputs).runs_deployed_revision
    client.update_function_code(FunctionName=name, ImageUri=IMAGE + "2")
    assert not fleet_status(access, outputs).runs_deployed_revision
    client.update_function_code(FunctionName=name, ImageUri=IMAGE)
    assert fleet_status(access, outputs).runs_deployed_revision
    client.update_function_configuration(FunctionName=name, Timeout=31)
    assert not fleet_status(access, outputs).runs_deployed_revision
    gone = replace(outputs, task_definition_arn=outputs.task_definition_arn + "9")
    assert not fleet_status(access, gone).runs_deployed_revision


def test_a_restart_makes_the_environments_anew_and_keeps_the_revision(on_lambda: Stores) -> None:
    access, outputs = on_lambda.access, on_lambda.outputs
    client = access.client("lambda")
    before = client.get_function_configuration(FunctionName=outputs.service_name)["LastModified"]
    control.restart(access, outputs)
    assert client.get_function_configuration(FunctionName=outputs.service_name)["LastModified"] != before
    assert fleet_status(access, outputs).runs_deployed_revision


def test_health_of_a_function_says_what_it_takes_and_of_a_stopped_one_that_it_is_stopped(
    on_lambda: Stores,
) -> None:
    access, outputs = on_lambda.access, on_lambda.outputs
    first = next(iter(check_fleet(access, outputs)))
    assert first.is_ok, first.detail
    assert "takes up to 3 batches of each lane at once" in first.detail
    control.hold(access, outputs, 0, why="")
    assert next(iter(check_fleet(access, outputs))).detail.startswith("stopped")


class BusyLambda:
    """Lambda's client where a change takes a while to come into force."""

    def __init__(self, client: Any, refusals: int) -> None:
        self.client = client
        self.refusals = refusals

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def update_event_source_mapping(self, **arguments: Any) -> Any:
        if self.refusals:
            self.refusals -= 1
            error = {"Error": {"Code": "ResourceInUseException", "Message": "it is being updated"}}
            raise ClientError(error, "UpdateEventSourceMapping")
        return self.client.update_event_source_mapping(**arguments)


class BusyAccess:
    """Access with that client."""

    def __init__(self, stores: Stores, busy: BusyLambda) -> None:
        self.stores = stores
        self.busy = busy

    def client(self, service: str) -> Any:
        return self.busy if service == "lambda" else self.stores.access.client(service)


def test_a_change_waits_for_an_earlier_one_to_come_into_force(on_lambda: Stores) -> None:
    busy = BusyLambda(on_lambda.access.client("lambda"), refusals=3)
    FunctionFleet(BusyAccess(on_lambda, busy), on_lambda.outputs, pause_seconds=0).resize(0)
    assert [mapping["State"] for mapping in mappings(on_lambda)] == ["Disabled"] * 3
    assert busy.refusals == 0


def test_a_function_that_is_gone_is_told_with_the_way_back(on_lambda: Stores) -> None:
    outputs = replace(on_lambda.outputs, service_name="gone")
    with pytest.raises(Diagnostic) as told:
        fleet_status(on_lambda.access, outputs)
    assert "deploy" in told.value.next_step
