"""What feeds a fleet of functions and how long it worked, on the fakes and on Lambda and CloudWatch as the embedded AWS has them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from botocore.session import get_session

from tests.fakes.spending import FakeIntake, FakeUsage
from worker.adapters.cloudwatch_usage import CloudWatchUsage
from worker.adapters.lambda_intake import LambdaIntake
from worker.domain.budget import FunctionTime
from worker.domain.errors import StoreUnavailable
from worker.scaling_ports import Intake, Usage

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
NOON = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)


class FakePlace:
    def __init__(self) -> None:
        self.intake: Intake = FakeIntake(lanes={"one": 3, "other": 3})
        self.usage: Usage = FakeUsage()

    def work(self, at: datetime, seconds: float) -> None:
        self.usage.counted[at] = seconds / 3600

    def lose_lanes(self) -> None:
        self.intake.fault = "gone"


class AwsPlace:
    def __init__(self, endpoint: str) -> None:
        self.clients: dict[str, Any] = {
            service: get_session().create_client(
                service,
                endpoint_url=endpoint,
                region_name="us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )
            for service in ("sqs", "iam", "lambda", "cloudwatch")
        }
        self.name = f"p{uuid4().hex[:8]}"
        trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
        role = self.clients["iam"].create_role(RoleName=self.name, AssumeRolePolicyDocument=trust)["Role"]
        client = self.clients["lambda"]
        self.arn = client.create_function(
            FunctionName=self.name, PackageType="Image", Code={"ImageUri": "i:1"}, Role=role["Arn"]
        )["FunctionArn"]
        for lane in ("one", "other"):
            self.clients["sqs"].create_queue(QueueName=f"{self.name}-{lane}")
            client.create_event_source_mapping(
                EventSourceArn=f"arn:aws:sqs:us-east-1:123456789012:{self.name}-{lane}",
                FunctionName=self.arn,
                ScalingConfig={"MaximumConcurrency": 3},
            )
        self.intake: Intake = LambdaIntake(client=client, function_arn=self.arn)
        self.usage: Usage = CloudWatchUsage(client=self.clients["cloudwatch"], function=self.name)

    def work(self, at: datetime, seconds: float) -> None:
        for name, value in ((self.name, 1000 * seconds), ("another", 7e9)):
            datum = {
                "MetricName": "Duration",
                "Dimensions": [{"Name": "FunctionName", "Value": name}],
                "Timestamp": at,
                "Value": value,
                "Unit": "Milliseconds",
            }
            self.clients["cloudwatch"].put_metric_data(Namespace="AWS/Lambda", MetricData=[datum])

    def lose_lanes(self) -> None:
        client = self.clients["lambda"]
        for each in client.list_event_source_mappings(FunctionName=self.arn)["EventSourceMappings"]:
            client.delete_event_source_mapping(UUID=each["UUID"])

    def remove(self) -> None:
        """moto's stores are this process's."""
        self.lose_lanes()
        self.clients["lambda"].delete_function(FunctionName=self.name)


Place = FakePlace | AwsPlace


@pytest.fixture(params=["fake", "aws"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "fake":
        yield FakePlace()
        return
    made = AwsPlace(request.getfixturevalue("aws_endpoint"))
    yield made
    made.remove()


def test_a_lane_has_the_width_that_it_was_given_and_others_keep_theirs(place):
    first, second = place.intake.widths()
    place.intake.set_width(first, 7)
    assert place.intake.widths() == {first: 7, second: 3}
    place.intake.set_width(first, 0)
    assert place.intake.widths() == {first: 0, second: 3}
    place.intake.set_width(first, 2)
    assert place.intake.widths() == {first: 2, second: 3}


def test_a_function_that_nothing_feeds_is_unavailable_and_not_closed(place):
    place.lose_lanes()
    with pytest.raises(StoreUnavailable):
        place.intake.widths()


def test_a_month_is_the_sum_of_what_was_counted_in_it_for_this_function(place):
    assert place.usage.month(NOON) == FunctionTime(seconds=0.0)
    place.work(NOON - timedelta(days=20), 1000.0)  # in February
    place.work(NOON - timedelta(days=9), 5.0)
    place.work(NOON - timedelta(hours=3), 2.5)
    time = place.usage.month(NOON)
    assert time.seconds == pytest.approx(7.5)
    assert time.since is not None
    assert abs(time.since - (NOON - timedelta(days=9))) <= timedelta(hours=1)
