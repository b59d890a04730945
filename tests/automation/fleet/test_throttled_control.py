"""One call in ten to ECS, EC2, IAM and Lambda is throttled or meets a 500: control succeeds; where all are, it says what to do."""

from collections.abc import Iterator

import pytest

from automation.driver.finders import find
from automation.fleet import control
from automation.fleet.access import AwsAccess
from automation.fleet.control import fleet_status
from automation.fleet.health import check_fleet
from tests.automation.fleet.conftest import Stores
from tests.automation.fleet.test_function_fleet import on_lambda
from tests.automation.fleet.throttled import ThrottledAws

__all__ = ["on_lambda"]

pytestmark = pytest.mark.slow

ROUNDS = 3
NOTHING: frozenset[str] = frozenset()


@pytest.fixture
def aws(access: AwsAccess) -> Iterator[ThrottledAws]:
    assert access.endpoint is not None
    services = {"ecs", "ec2", "iam", "lambda", "sts"}
    with ThrottledAws(access.endpoint, services=services, every=10) as aws:
        yield aws


def through(aws: ThrottledAws) -> AwsAccess:
    return AwsAccess(region="us-east-1", endpoint=aws.endpoint)


def test_tasks_are_started_scaled_restarted_observed_and_stopped(aws: ThrottledAws, stores: Stores) -> None:
    access, outputs = through(aws), stores.outputs
    for _ in range(ROUNDS):
        assert control.start(access, outputs)
        control.hold(access, outputs, 3, why="")
        control.restart(access, outputs)
        assert fleet_status(access, outputs).desired == 3
        control.hold(access, outputs, 0, why="")
        assert next(iter(check_fleet(access, outputs))).detail.startswith("stopped")
    assert aws.refused["ecs"] > 0


def test_a_function_is_started_scaled_restarted_observed_and_stopped(
    aws: ThrottledAws, on_lambda: Stores
) -> None:
    access, outputs = through(aws), on_lambda.outputs
    for _ in range(ROUNDS):
        control.hold(access, outputs, 0, why="")
        assert control.start(access, outputs)
        control.scale(access, outputs, 5)
        control.restart(access, outputs)
        assert fleet_status(access, outputs).desired == 5
    assert aws.refused["lambda"] > 0


def test_what_an_interrupted_deployment_made_is_found(aws: ThrottledAws, on_lambda: Stores) -> None:
    access, name = through(aws), on_lambda.outputs.service_name
    vpc = on_lambda.access.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    on_lambda.access.client("ec2").create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": name}])
    for _ in range(ROUNDS * 5):
        assert find(access.client, "aws:iam/role:Role", {"name": name}, known=NOTHING) is not None
        assert find(access.client, "aws:lambda/function:Function", {"name": name}, known=NOTHING) is not None
        assert access.client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]
        assert access.account_id() == "123456789012"
    assert min(aws.refused[service] for service in ("iam", "lambda", "ec2", "sts")) > 0


def test_where_every_call_is_refused_a_person_is_told_what_to_do(aws: ThrottledAws, stores: Stores) -> None:
    aws.every = 1
    first = next(iter(check_fleet(through(aws), stores.outputs, budget_seconds=1)))
    assert not first.is_ok
    assert "python -m automation" in first.next_step
