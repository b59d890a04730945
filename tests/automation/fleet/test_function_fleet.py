"""A fleet on Lambda: started, stopped, scaled, replaced and observed by its function and what feeds it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from automation.cli.size_view import SizeView, on_demand_lines
from automation.errors import Diagnostic
from automation.fleet import control, size
from automation.fleet.control import fleet_status
from automation.fleet.function_fleet import FunctionFleet
from automation.fleet.health import check_fleet
from tests.automation.fleet.conftest import Stores
from worker.domain.fleet_control import SizeRecord, Terms
from worker.domain.fleet_control_codec import encode_record

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
    control.hold(on_lambda.access, on_lambda.outputs, 7, why="")
    status = fleet_status(on_lambda.access, on_lambda.outputs)
    assert (status.desired, status.running, status.is_on_demand, status.has_size) == (7, 0, True, True)


def test_a_start_gives_back_a_width_that_was_held(on_lambda: Stores) -> None:
    access, outputs = on_lambda.access, on_lambda.outputs
    control.hold(access, outputs, 7, why="a rush")
    assert not control.start(access, outputs), "it ran"
    assert size.read_wishes(access, outputs).hold is None
    assert fleet_status(access, outputs).desired == 3


def looked(stores: Stores, reason: str, *, minutes_ago: float = 10) -> None:
    """The look of who keeps the budget, which comes each five minutes."""
    moment = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    record = SizeRecord(
        looked_at=moment,
        desired=0,
        reason=reason,
        sentence="the budget is overspent: nothing is taken from the queues",
        since=moment,
        terms=Terms(minimum=0, maximum=3, idle_seconds=None),
        next_change="as wide as before with a higher budget or next month",
        budget="12.00 of 10.00 USD metered in 2026-03, 120 %",
        every_seconds=300,
    )
    item = encode_record(record, version=1)
    stores.access.client("dynamodb").put_item(TableName=stores.outputs.ledger_table, Item=item)


def test_on_an_overspent_budget_neither_submission_nor_start_nor_scale_opens_a_lane_and_each_is_told_why(
    on_lambda: Stores,
) -> None:
    access, outputs = on_lambda.access, on_lambda.outputs
    FunctionFleet(access, outputs).resize(0)
    looked(on_lambda, "budget-zero")
    assert not control.wake(access, outputs)
    assert not control.start(access, outputs)
    control.hold(access, outputs, 5, why="")
    control.scale(access, outputs, 5)  # as `deploy --instances` does
    assert [mapping["State"] for mapping in mappings(on_lambda)] == ["Disabled"] * 3
    assert size.is_out_of_money(access, outputs)
    assert "overspent" in size.spent_budget(access, outputs)
    assert "overspent" in next(iter(check_fleet(access, outputs))).detail


def test_on_a_spent_budget_a_start_opens_the_lanes_no_wider_than_is_allowed(on_lambda: Stores) -> None:
    access, outputs = on_lambda.access, on_lambda.outputs
    FunctionFleet(access, outputs).resize(0)
    looked(on_lambda, "budget-frozen")
    assert control.start(access, outputs)
    assert fleet_status(access, outputs).desired == 2
    control.hold(access, outputs, 7, why="")
    assert fleet_status(access, outputs).desired == 2
    assert "no lane runs more than 2 batches" in size.spent_budget(access, outputs)


def test_where_nobody_keeps_the_budget_any_more_a_start_is_not_refused_by_an_old_look(
    on_lambda: Stores,
) -> None:
    FunctionFleet(on_lambda.access, on_lambda.outputs).resize(0)
    looked(on_lambda, "budget-zero", minutes_ago=20)
    assert control.start(on_lambda.access, on_lambda.outputs)


@pytest.mark.parametrize(
    ("reason", "minutes_ago", "told", "untold"),
    [
        ("budget-zero", 10, "Why: the budget is overspent: nothing is taken", "start or submit ends that"),
        ("steady", 10, "start or submit ends that", "Nobody has looked"),
        ("budget-zero", 20, "Nobody has looked at the budget since", "Why: the budget"),
    ],
)
def test_status_says_why_nothing_is_taken_and_where_the_budget_stands(
    on_lambda: Stores, reason: str, minutes_ago: float, told: str, untold: str
) -> None:
    access, outputs = on_lambda.access, on_lambda.outputs
    FunctionFleet(access, outputs).resize(0)
    looked(on_lambda, reason, minutes_ago=minutes_ago)
    view = SizeView(
        wishes=size.read_wishes(access, outputs),
        look=size.last_look(access, outputs),
        deployed_minutes=0,
        now=datetime.now(UTC),
    )
    lines = "\n".join(on_demand_lines(view, fleet_status(access, outputs)))
    assert told in lines
    assert untold not in lines
    assert "Budget: 12.00 of 10.00 USD" in lines


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
