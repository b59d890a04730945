"""What the controller's ports do, on the fakes and on SQS, ECS and DynamoDB as the embedded AWS has them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from botocore.session import get_session

from tests.fakes.scaling import FakeActivity, FakeFleet, FakeLanes, FakeLater, FakeRecords
from worker.adapters.cloudwatch_rescue import CloudWatchRescue
from worker.adapters.dynamodb_activity import DynamoDbActivity
from worker.adapters.dynamodb_control import DynamoDbControl
from worker.adapters.dynamodb_later import DynamoDbLater
from worker.adapters.ecs_fleet import EcsFleet
from worker.adapters.sqs_lanes import SqsLanes
from worker.adapters.sqs_sender import SqsSender
from worker.domain import ledger_schema as schema
from worker.domain.budget import Meter
from worker.domain.closing import Ask
from worker.domain.errors import StoreUnavailable
from worker.domain.fleet_control import AutoStop, Hold, SizeChange, SizeRecord, Terms, Wishes
from worker.domain.fleet_control_codec import encode_wishes
from worker.domain.job import Lane
from worker.domain.later import KeptJob, encode_kept
from worker.domain.rescue import Permits
from worker.scaling_ports import Activity, ControlRecords, FleetService, Lanes, Later

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RECORD = SizeRecord(
    looked_at=NOW,
    desired=3,
    reason="backlog",
    sentence="7 jobs waiting",
    since=NOW - timedelta(minutes=4),
    terms=Terms(minimum=0, maximum=10, idle_seconds=120.0),
    next_at=NOW + timedelta(minutes=1),
    next_change="then fewer",
    trouble="",
    budget="2.00 of 50.00 USD",
    ask=Ask(named={"w-1": 41}, newcomers=42, let_go={"w-2": 40}, leaves_until=99, there=("w-1",)),
)
WISHES = Wishes(
    hold=Hold(desired=2, why="a demo", by="ann@host", since=NOW, until=NOW + timedelta(hours=4)),
    minimum=1,
    maximum=5,
    auto_stop=AutoStop(minutes=None),
)


class FakePlace:
    def __init__(self) -> None:
        self.fleet: FleetService = FakeFleet(desired=1)
        self.lanes: Lanes = FakeLanes()
        self.records: ControlRecords = FakeRecords()
        self.activity: Activity = FakeActivity()
        self.later: Later = FakeLater()

    def keep(self, one: KeptJob) -> None:
        self.later.keep(one)

    def send(self, lane: str) -> None:
        self.lanes.visible += 1

    def take(self, lane: str) -> None:
        self.lanes.visible -= 1
        self.lanes.in_flight += 1

    def set_wishes(self, wishes: Wishes) -> None:
        self.records.wanted = wishes

    def lose_lane(self) -> None:
        self.lanes.fault = "gone"

    def lose_service(self) -> None:
        self.fleet.fault = "gone"

    def note_jobs(self, *seconds: float) -> None:
        self.activity.seconds = sum(seconds) / len(seconds)


@dataclass
class AwsPlace:
    clients: dict[str, Any]
    name: str

    def __post_init__(self) -> None:
        sqs, ecs, dynamodb = (self.clients[one] for one in ("sqs", "ecs", "dynamodb"))
        self.urls = {
            lane: sqs.create_queue(QueueName=f"{self.name}-{lane}")["QueueUrl"]
            for lane in ("high", "normal", "low")
        }
        ecs.create_cluster(clusterName=self.name)
        ecs.register_task_definition(
            family=self.name, containerDefinitions=[{"name": "worker", "image": "worker", "memory": 64}]
        )
        ecs.create_service(cluster=self.name, serviceName="fleet", taskDefinition=self.name, desiredCount=1)
        create_table(dynamodb, self.name)
        self.fleet: FleetService = EcsFleet(client=ecs, cluster=self.name, service="fleet")
        self.lanes: Lanes = SqsLanes(client=sqs, urls=list(self.urls.values()))
        self.records: ControlRecords = DynamoDbControl(client=dynamodb, table=self.name)
        self.activity: Activity = DynamoDbActivity(client=dynamodb, table=self.name)
        self.later: Later = DynamoDbLater(client=dynamodb, table=self.name)

    def keep(self, one: KeptJob) -> None:
        self.clients["dynamodb"].put_item(TableName=self.name, Item=encode_kept(one))

    def send(self, lane: str) -> None:
        self.clients["sqs"].send_message(QueueUrl=self.urls[lane], MessageBody="job")

    def take(self, lane: str) -> None:
        self.clients["sqs"].receive_message(QueueUrl=self.urls[lane])

    def set_wishes(self, wishes: Wishes) -> None:
        self.clients["dynamodb"].put_item(TableName=self.name, Item=encode_wishes(wishes))

    def lose_lane(self) -> None:
        self.clients["sqs"].delete_queue(QueueUrl=self.urls["low"])

    def lose_service(self) -> None:
        self.clients["ecs"].delete_service(cluster=self.name, service="fleet", force=True)

    def note_jobs(self, *seconds: float) -> None:
        put = self.clients["dynamodb"].put_item
        put(TableName=self.name, Item=key(schema.RECENT_PARTITION, "2026-03-02T09:00#b-1"))
        for number, one in enumerate(seconds):
            job = {
                **key(schema.job_partition(f"j-{number}"), schema.JOB_SORT_KEY),
                "batch_id": {"S": "b-1"},
                "job_id": {"S": f"j-{number}"},
                "seconds": {"N": str(one)},
            }
            put(TableName=self.name, Item=job)
        queued = key(schema.job_partition("j-q"), schema.JOB_SORT_KEY)
        put(TableName=self.name, Item={**queued, "batch_id": {"S": "b-1"}, "job_id": {"S": "j-q"}})


Place = FakePlace | AwsPlace


def key(partition: str, sort: str) -> dict[str, Any]:
    return {schema.PARTITION_KEY: {"S": partition}, schema.SORT_KEY: {"S": sort}}


def create_table(client: Any, name: str) -> None:
    strings = [schema.PARTITION_KEY, schema.SORT_KEY, "batch_id", "job_id"]
    hash_and_range = (("pk", "sk"), ("batch_id", "job_id"))
    main, index = (
        [{"AttributeName": one, "KeyType": "HASH"}, {"AttributeName": two, "KeyType": "RANGE"}]
        for one, two in hash_and_range
    )
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in strings],
        KeySchema=main,
        GlobalSecondaryIndexes=[
            {
                "IndexName": schema.BATCH_INDEX,
                "KeySchema": index,
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


@pytest.fixture(params=["fake", "aws"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "fake":
        yield FakePlace()
        return
    endpoint = request.getfixturevalue("aws_endpoint")
    clients = {
        service: get_session().create_client(
            service,
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        for service in ("sqs", "ecs", "dynamodb")
    }
    made = AwsPlace(clients=clients, name=f"s{uuid4().hex[:8]}")
    yield made
    # moto's stores are this process's: a service left here would be followed by the agent of another test
    if clients["ecs"].describe_services(cluster=made.name, services=["fleet"])["services"]:
        clients["ecs"].delete_service(cluster=made.name, service="fleet", force=True)


def test_lanes_add_up_what_waits_and_what_is_in_flight(place):
    place.send("high")
    place.send("low")
    place.send("normal")
    place.take("low")
    depth = place.lanes.depth()
    assert (depth.visible, depth.in_flight) == (2, 1)


def test_a_lane_that_does_not_answer_makes_the_sum_unavailable(place):
    place.lose_lane()
    with pytest.raises(StoreUnavailable):
        place.lanes.depth()


def test_the_size_that_was_asked_for_is_the_size_that_is_wanted(place):
    assert place.fleet.state().desired == 1
    place.fleet.set_desired(4)
    assert place.fleet.state().desired == 4
    place.fleet.set_desired(0)
    assert place.fleet.state().desired == 0


def test_a_service_that_is_gone_is_unavailable_not_empty(place):
    place.lose_service()
    with pytest.raises(StoreUnavailable):
        place.fleet.state()


def test_nothing_is_asked_of_tasks_where_none_runs(place):
    place.fleet.set_desired(0)
    place.fleet.protect([], minutes=2)
    assert place.fleet.asked_for_at([]) == {}


def test_a_look_comes_back_whole_and_is_kept_only_one_version_after_the_last(place):
    assert place.records.last() == (0, None)
    assert place.records.keep(RECORD, version=1)
    assert place.records.last() == (1, RECORD)
    other = replace(RECORD, desired=None, next_at=None, terms=Terms(minimum=1, maximum=2, idle_seconds=None))
    assert not place.records.keep(other, version=1)
    assert place.records.last().record == RECORD
    assert place.records.keep(other, version=2)
    assert place.records.last() == (2, other)


def test_wishes_come_back_whole_and_are_nothing_before_anybody_had_any(place):
    assert place.records.wishes() == Wishes()
    for wishes in (WISHES, Wishes(auto_stop=AutoStop(minutes=0)), Wishes()):
        place.set_wishes(wishes)
        assert place.records.wishes() == wishes


def test_the_newest_months_meter_is_the_one_that_counts(place):
    assert place.records.meter() is None
    for month in ("2026-02", "2026-03"):
        place.records.keep_meter(Meter(month=month, spent_usd=1.5, workers=2, looked_at=NOW, since=NOW))
    assert place.records.meter() == Meter(month="2026-03", spent_usd=1.5, workers=2, looked_at=NOW, since=NOW)


def test_a_change_is_remembered(place):
    place.records.note_change(SizeChange(at=NOW, before=0, after=2, reason="wake", sentence="2 jobs waiting"))


def test_what_jobs_took_is_the_mean_of_those_that_ended(place):
    assert place.activity.service_seconds() is None
    place.note_jobs(10.0, 20.0, 60.0)
    assert place.activity.service_seconds() == pytest.approx(30.0)
    assert place.activity.workers() == []


def test_an_alarm_acts_or_does_not_as_it_was_last_told_and_others_are_left_alone(aws_endpoint):
    client = get_session().create_client(
        "cloudwatch",
        endpoint_url=aws_endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    names = [f"a{uuid4().hex[:8]}-{part}" for part in ("start", "stop", "other")]
    for name in names:
        client.put_metric_alarm(
            AlarmName=name,
            Namespace="n",
            MetricName="m",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
        )

    def acting():
        found = client.describe_alarms(AlarmNames=names)["MetricAlarms"]
        return {alarm["AlarmName"].rpartition("-")[2] for alarm in found if alarm["ActionsEnabled"]}

    rescue = CloudWatchRescue(client=client, start_alarm=names[0], stop_alarm=names[1])
    rescue.permit(Permits(starts=False, stops=True))
    assert acting() == {"stop", "other"}
    rescue.permit(Permits(starts=True, stops=False))
    assert acting() == {"start", "other"}
    CloudWatchRescue(client=client, start_alarm="", stop_alarm="").permit(Permits(starts=False, stops=False))
    assert acting() == {"start", "other"}
    client.delete_alarms(AlarmNames=names)


def waiting(name, *, minutes, lane=Lane.NORMAL):
    return KeptJob(job_id=name, due_at=NOW + timedelta(minutes=minutes), lane=lane, body=f"job {name}")


def test_those_that_are_due_come_in_their_order_until_they_are_struck_off(place):
    jobs = [
        waiting("a", minutes=3),
        waiting("b", minutes=1),
        waiting("c", minutes=9),
        waiting("d", minutes=2),
    ]
    for one in jobs:
        place.keep(one)
    until = NOW + timedelta(minutes=3)
    due = place.later.due(until, limit=10)
    assert [one.job_id for one in due] == ["b", "d", "a"]
    assert due[0] == jobs[1]
    assert [one.job_id for one in place.later.due(until, limit=2)] == ["b", "d"]
    place.later.forget(due[0])
    assert [one.job_id for one in place.later.due(until, limit=10)] == ["d", "a"]


def test_the_turn_to_send_is_one_controllers_until_it_is_over(place):
    later = NOW + timedelta(seconds=30)
    assert place.later.take_turn("one", now=NOW, seconds=60)
    assert not place.later.take_turn("two", now=later, seconds=60)
    assert place.later.take_turn("one", now=later, seconds=60)
    assert not place.later.take_turn("two", now=later + timedelta(seconds=45), seconds=60)
    assert place.later.take_turn("two", now=later + timedelta(seconds=61), seconds=60)
    assert not place.later.take_turn("one", now=later + timedelta(seconds=62), seconds=60)


def test_a_parcel_goes_to_its_lane_and_shows_when_it_is_due(aws_endpoint):
    client = get_session().create_client(
        "sqs",
        endpoint_url=aws_endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    name = f"p{uuid4().hex[:8]}"
    urls = {lane: client.create_queue(QueueName=f"{name}-{lane.value}")["QueueUrl"] for lane in Lane}
    jobs = [waiting("due", minutes=0, lane=Lane.LOW), waiting("soon", minutes=2, lane=Lane.LOW)]
    sender = SqsSender(client=client, urls=urls)
    assert list(sender.send(jobs, now=NOW)) == jobs
    answer = client.receive_message(QueueUrl=urls[Lane.LOW], MaxNumberOfMessages=10)
    assert [message["Body"] for message in answer["Messages"]] == ["job due"]
    attributes = client.get_queue_attributes(QueueUrl=urls[Lane.LOW], AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessagesDelayed"] == "1"
    for url in urls.values():
        client.delete_queue(QueueUrl=url)
    with pytest.raises(StoreUnavailable):
        sender.send(jobs, now=NOW)


def test_who_is_protected_for_longer_stays_so_and_all_others_are_for_so_long(aws_endpoint):
    client, ec2 = (
        get_session().create_client(
            service,
            endpoint_url=aws_endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        for service in ("ecs", "ec2")
    )
    name = f"p{uuid4().hex[:8]}"
    client.create_cluster(clusterName=name)
    client.register_task_definition(
        family=name,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "worker", "image": "worker", "memory": 64}],
    )
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    how = {
        "cluster": name,
        "taskDefinition": name,
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": [subnet]}},
    }
    service = client.create_service(serviceName="fleet", desiredCount=0, **how)["service"]
    tasks = [
        client.run_task(group="service:fleet", startedBy=service["deployments"][0]["id"], **how)["tasks"][0][
            "taskArn"
        ]
        for _ in range(3)
    ]
    for task, minutes in zip(tasks, (60, 1), strict=False):
        client.update_task_protection(
            cluster=name, tasks=[task], protectionEnabled=True, expiresInMinutes=minutes
        )
    before = datetime.now(UTC)
    EcsFleet(client=client, cluster=name, service="fleet").protect(tasks, minutes=30)
    protected = client.get_task_protection(cluster=name, tasks=tasks)["protectedTasks"]
    ends = {one["taskArn"]: one["expirationDate"] for one in protected if one["protectionEnabled"]}
    limit = before + timedelta(minutes=45)
    assert [ends[task] > limit for task in tasks] == [True, False, False]
    assert all(ends[task] > before + timedelta(minutes=15) for task in tasks)
    for task in tasks:
        client.stop_task(cluster=name, task=task)
    client.delete_service(cluster=name, service="fleet", force=True)
