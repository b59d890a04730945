"""An overspent fleet of functions, end to end: a schedule starts the function that closes its lanes, with no rights but those of its role."""

import json
from pathlib import Path

import pytest

from components.permissions import document
from components.spending import CLOCK, SPENDING
from components.spending_permissions import SpendingResources, narrowing_policy, spending_policy
from tests.automation.localaws.runtime.places import REGION, OnEmbeddedAws, opened
from tests.automation.localaws.runtime.test_schedules import running, some_archive, wait_for
from tests.contracts.test_scaling_ports import create_table
from worker.domain.spending_settings import SpendingSettings

NAME, WORKERS = "spend", "spend-workers"
PREFIX = f"{REGION}:123456789012"
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
pytestmark = pytest.mark.slow


class Place(OnEmbeddedAws):
    """A function that two queues feed, who looks after it, and the schedule."""

    table = NAME

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint)
        self.function_arn = f"arn:aws:lambda:{PREFIX}:function:{WORKERS}"
        create_table(self.client("dynamodb"), NAME)
        self.topic = self.client("sns").create_topic(Name=NAME)["TopicArn"]
        trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
        self.role = self.client("iam").create_role(RoleName=NAME, AssumeRolePolicyDocument=trust)["Role"][
            "Arn"
        ]
        client = self.client("lambda")
        client.create_function(
            FunctionName=WORKERS, PackageType="Image", Code={"ImageUri": "i:1"}, Role=self.role
        )
        self.urls = [self.client("sqs").create_queue(QueueName=f"{NAME}-{lane}")["QueueUrl"] for lane in "hn"]
        self.mappings = [
            client.create_event_source_mapping(
                EventSourceArn=f"arn:aws:sqs:{PREFIX}:{NAME}-{lane}",
                FunctionName=self.function_arn,
                ScalingConfig={"MaximumConcurrency": 4},
            )["UUID"]
            for lane in "hn"
        ]
        self.client("iam").put_role_policy(
            RoleName=NAME, PolicyName="rights", PolicyDocument=json.dumps(self.rights())
        )
        self.look_after()

    def rights(self):
        resources = SpendingResources(
            table_arn=f"arn:aws:dynamodb:{PREFIX}:table/{NAME}",
            topic_arn=self.topic,
            log_group_arn=f"arn:aws:logs:{PREFIX}:log-group:{NAME}",
        )
        lanes = [f"arn:aws:lambda:{PREFIX}:event-source-mapping:{uuid}" for uuid in self.mappings]
        return document(*spending_policy(resources)["Statement"], *narrowing_policy(lanes)["Statement"])

    def look_after(self) -> None:
        arn = self.client("lambda").create_function(
            FunctionName=NAME,
            Runtime="python3.13",
            Handler=SPENDING.handler,
            Role=self.role,
            Timeout=SPENDING.timeout_seconds,
            Code={"ZipFile": some_archive()},
            Environment={"Variables": self.settings(budget_usd=10.0).to_env()},
        )["FunctionArn"]
        events = self.client("events")
        events.put_rule(Name=NAME, ScheduleExpression=CLOCK.expression, State="ENABLED")
        events.put_targets(Rule=NAME, Targets=[{"Id": "it", "Arn": arn}])

    def settings(self, *, budget_usd: float) -> SpendingSettings:
        return SpendingSettings(
            fleet=NAME,
            function_arn=self.function_arn,
            ledger_table=NAME,
            every_seconds=300,
            instances=4,
            budget_usd=budget_usd,
            worker_hour_usd=1.0,
            alarm_topic_arn=self.topic,
        )

    def work(self, hours: float) -> None:
        datum = {
            "MetricName": "Duration",
            "Dimensions": [{"Name": "FunctionName", "Value": WORKERS}],
            "Value": 3_600_000 * hours,
            "Unit": "Milliseconds",
        }
        self.client("cloudwatch").put_metric_data(Namespace="AWS/Lambda", MetricData=[datum])

    def raise_budget(self, usd: float) -> None:
        variables = self.settings(budget_usd=usd).to_env()
        self.client("lambda").update_function_configuration(
            FunctionName=NAME, Environment={"Variables": variables}
        )

    def lanes(self):
        found = [self.client("lambda").get_event_source_mapping(UUID=uuid) for uuid in self.mappings]
        return {(one["State"], one["ScalingConfig"]["MaximumConcurrency"]) for one in found}

    def remove(self) -> None:
        """moto's stores are this process's: what is left here would be followed by the agent of another test."""
        self.client("events").remove_targets(Rule=NAME, Ids=["it"])
        self.client("events").delete_rule(Name=NAME)
        for uuid in self.mappings:
            self.client("lambda").delete_event_source_mapping(UUID=uuid)
        for name in (NAME, WORKERS):
            self.client("lambda").delete_function(FunctionName=name)
        self.client("dynamodb").delete_table(TableName=NAME)
        self.client("sns").delete_topic(TopicArn=self.topic)
        for url in self.urls:
            self.client("sqs").delete_queue(QueueUrl=url)
        self.client("iam").delete_role_policy(RoleName=NAME, PolicyName="rights")
        self.client("iam").delete_role(RoleName=NAME)


@pytest.fixture
def place():
    with opened(Place) as made:
        yield made


def test_the_lanes_are_narrowed_at_the_budget_closed_above_it_and_given_back_when_it_is_raised(
    place: Place, tmp_path: Path
):
    place.client("sqs").send_message(QueueUrl=place.urls[0], MessageBody="job")
    with running(place, tmp_path):
        wait_for(lambda: place.look().get("reason", {}).get("S") == "steady")
        assert place.lanes() == {("Enabled", 4)}
        place.work(10.5)
        wait_for(lambda: place.lanes() == {("Enabled", 2)})
        place.work(2)
        wait_for(lambda: place.lanes() == {("Disabled", 2)})
        wait_for(lambda: place.look()["reason"]["S"] == "budget-zero")
        assert "12.50 of 10.00 USD" in place.look()["budget"]["S"]
        place.raise_budget(100)
        wait_for(lambda: place.lanes() == {("Enabled", 4)})
    waiting = place.client("sqs").get_queue_attributes(QueueUrl=place.urls[0], AttributeNames=["All"])
    assert waiting["Attributes"]["ApproximateNumberOfMessages"] == "1"
