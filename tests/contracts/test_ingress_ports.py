"""What ingress's ports do, on the fakes and on DynamoDB, S3, SQS, SSM and ECS as the embedded AWS has them."""

import io
import urllib.request
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from botocore.session import get_session

from automation.localaws.patches.invocations import ASKED
from tests.contracts.test_scaling_ports import create_table
from tests.fakes.ingress import NOW, FakeReceipts
from tests.fakes.scaling import FakeFleet, FakeRecords
from worker.adapters.aws_book import AwsBook
from worker.adapters.aws_requests import AwsRequests
from worker.adapters.dynamodb_control import DynamoDbControl
from worker.adapters.dynamodb_later import DynamoDbLater
from worker.adapters.dynamodb_receipts import DynamoDbRates, DynamoDbReceipts
from worker.adapters.dynamodb_wishes import WishesKeeper
from worker.adapters.ecs_starter import EcsStarter
from worker.adapters.lambda_look import LambdaLook
from worker.adapters.ssm_secrets import SsmSecrets
from worker.domain import ingress_schema as own
from worker.domain import ledger_schema as schema
from worker.domain.errors import StoreUnavailable
from worker.domain.fleet_control import Hold, Wishes
from worker.domain.ingress_schema import Receipt
from worker.domain.job import Job, JobKind, JobStatus, Lane, result_key
from worker.domain.job_codec import decode_job, payload_key_in
from worker.domain.origin import Origin
from worker.ingress_ports import CallOff, Receipts

ORIGIN = Origin(repository="o/r", clone_url="https://github.com/o/r.git", sha="a" * 40, pull_request=1)


class Cloud:
    """A table, a bucket, lanes."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.clients: dict[str, Any] = {
            service: self.client(service) for service in ("dynamodb", "s3", "sqs", "ssm")
        }
        self.name = f"i{uuid4().hex[:8]}"
        create_table(self.clients["dynamodb"], self.name)
        self.clients["s3"].create_bucket(Bucket=self.name)
        self.lanes = {
            lane: self.clients["sqs"].create_queue(QueueName=f"{self.name}-{lane}")["QueueUrl"]
            for lane in Lane
        }
        self.requests = AwsRequests(clients=self.clients, bucket=self.name, table=self.name, lanes=self.lanes)
        self.book = AwsBook(clients=self.clients, bucket=self.name, table=self.name)

    def client(self, service: str) -> Any:
        return get_session().create_client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def item(self, partition: str, sort: str) -> dict[str, Any]:
        key = {schema.PARTITION_KEY: {"S": partition}, schema.SORT_KEY: {"S": sort}}
        return self.clients["dynamodb"].get_item(TableName=self.name, Key=key).get("Item", {})

    def messages(self, lane: Lane) -> list[str]:
        answer = self.clients["sqs"].receive_message(QueueUrl=self.lanes[lane], MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", [])]

    def delayed(self, lane: Lane) -> int:
        name = "ApproximateNumberOfMessagesDelayed"
        answer = self.clients["sqs"].get_queue_attributes(QueueUrl=self.lanes[lane], AttributeNames=[name])
        return int(answer["Attributes"][name])

    def set_status(self, job_id: str, status: JobStatus) -> None:
        self.clients["dynamodb"].update_item(
            TableName=self.name,
            Key={
                schema.PARTITION_KEY: {"S": schema.job_partition(job_id)},
                schema.SORT_KEY: {"S": schema.JOB_SORT_KEY},
            },
            UpdateExpression="SET #status = :status",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":status": {"S": status.value}},
        )


@pytest.fixture
def cloud(aws_endpoint: str) -> Cloud:
    return Cloud(aws_endpoint)


@pytest.fixture(params=["fake", "aws"])
def receipts(request: pytest.FixtureRequest) -> Iterator[Receipts]:
    if request.param == "fake":
        yield FakeReceipts()
        return
    cloud = request.getfixturevalue("cloud")
    yield DynamoDbReceipts(client=cloud.clients["dynamodb"], table=cloud.name)


def receipt(name="github:1", minutes=0) -> Receipt:
    return Receipt(
        receipt_id=name,
        digest="d",
        job_ids=("j-1", "j-2"),
        label="o/r#1",
        opened_at=NOW + timedelta(minutes=minutes),
    )


def job(job_id="j-1", **more) -> Job:
    fields = {"kind": JobKind.TEST, "language": "python", "code": "x = 1\n", "batch_id": "b-1", **more}
    return Job(job_id=job_id, **fields)


def test_a_receipt_is_opened_once_and_found_as_it_was_written(receipts):
    assert receipts.find("github:1") is None
    assert receipts.open(receipt())
    assert receipts.find("github:1") == receipt()
    assert not receipts.open(receipt(minutes=1))
    assert receipts.find("github:1") == receipt()


def test_what_is_open_is_found_the_oldest_first_until_it_is_closed(receipts):
    for minutes in (3, 1, 2):
        receipts.open(receipt(f"github:{minutes}", minutes))
    before = NOW + timedelta(minutes=3)
    assert [one.receipt_id for one in receipts.left_open(before=before, limit=5)] == ["github:1", "github:2"]
    assert [one.receipt_id for one in receipts.left_open(before=before, limit=1)] == ["github:1"]
    receipts.close(receipt("github:1", 1), NOW)
    receipts.close(receipt("github:1", 1), NOW)
    assert [one.receipt_id for one in receipts.left_open(before=before, limit=5)] == ["github:2"]
    found = receipts.find("github:1")
    assert found is not None
    assert found.is_closed


def test_a_line_that_is_left_of_a_closed_receipt_goes_with_the_next_look(cloud):
    held = DynamoDbReceipts(client=cloud.clients["dynamodb"], table=cloud.name)
    held.open(receipt())
    cloud.clients["dynamodb"].update_item(  # as who dies between the two writes of `close` leaves it
        TableName=cloud.name,
        Key={"pk": {"S": own.receipt_partition("github:1")}, "sk": {"S": own.RECEIPT_SORT_KEY}},
        UpdateExpression="SET closed_at = :now",
        ExpressionAttributeValues={":now": {"S": NOW.isoformat()}},
    )
    assert cloud.item(own.OPEN_PARTITION, own.open_sort_key(receipt()))
    assert held.left_open(before=NOW + timedelta(minutes=1), limit=5) == []
    assert not cloud.item(own.OPEN_PARTITION, own.open_sort_key(receipt()))


def test_a_caller_has_a_minutes_worth_at_once_and_then_one_after_another(cloud):
    rates = DynamoDbRates(client=cloud.clients["dynamodb"], table=cloud.name, requests_a_minute=3)
    waits = [rates.wait_seconds("ann", NOW) for _ in range(4)]
    assert waits == [0.0, 0.0, 0.0, 20.0]
    assert rates.wait_seconds("bob", NOW) == 0.0
    later = NOW + timedelta(seconds=20)
    assert [rates.wait_seconds("ann", later) for _ in range(2)] == [0.0, 20.0]
    much_later = NOW + timedelta(hours=1)
    assert [rates.wait_seconds("ann", much_later) for _ in range(4)] == [0.0, 0.0, 0.0, 20.0]


def test_a_request_is_stored_recorded_and_sent_and_each_of_it_twice_is_once(cloud):
    sent = job(origin=ORIGIN, priority=5)
    for _ in range(2):
        cloud.requests.store(sent)
        cloud.requests.record([sent], "o/r#1", NOW)
    assert cloud.requests.stored("j-1") == sent
    assert cloud.requests.stored("j-2") is None
    cloud.set_status("j-1", JobStatus.RUNNING)
    cloud.requests.record([sent], "o/r#1", NOW + timedelta(minutes=1))
    assert cloud.item("job#j-1", "job")["status"]["S"] == "running"
    assert cloud.item("batch#b-1", "batch")["total"]["N"] == "1"
    cloud.requests.send(sent)
    (body,) = cloud.messages(Lane.HIGH)
    assert decode_job(body, message_id="m") == sent


def test_a_request_that_is_too_long_for_a_message_is_sent_as_a_pointer(cloud):
    cloud.requests.send(job(code="x = 1\n" * 200_000))
    (body,) = cloud.messages(Lane.NORMAL)
    assert payload_key_in(body) == "payloads/j-1.json"


def test_a_job_for_later_is_kept_once_where_a_controller_sends_it_and_delayed_where_none_does(cloud):
    far = job(not_before=datetime.now(UTC) + timedelta(hours=2))
    keeping = AwsRequests(
        clients=cloud.clients, bucket=cloud.name, table=cloud.name, lanes=cloud.lanes, has_controller=True
    )
    keeping.send(far)
    keeping.send(far)
    later = DynamoDbLater(client=cloud.clients["dynamodb"], table=cloud.name)
    (waiting,) = later.due(far.not_before, limit=10)
    assert decode_job(waiting.body, message_id="m") == far
    assert cloud.messages(Lane.NORMAL) == []
    assert cloud.delayed(Lane.NORMAL) == 0
    cloud.requests.send(far)
    assert cloud.messages(Lane.NORMAL) == []
    assert cloud.delayed(Lane.NORMAL) == 1


def test_a_job_is_looked_up_and_called_off_with_its_batchs_counter(cloud):
    assert cloud.book.job("j-1") is None
    cloud.requests.record([job()], "o/r#1", NOW)
    view = cloud.book.job("j-1")
    assert view is not None
    assert (view.status, view.batch_id, view.language) == (JobStatus.QUEUED, "b-1", "python")
    assert cloud.book.call_off(view, NOW) is CallOff.DONE
    assert cloud.item("batch#b-1", "batch")["cancelled"]["N"] == "1"
    assert cloud.book.call_off(view, NOW) is CallOff.ENDED  # it is no longer as it was seen
    assert cloud.item("batch#b-1", "batch")["cancelled"]["N"] == "1"


def test_a_running_job_is_asked_to_stop_and_one_without_counters_is_called_off_as_well(cloud):
    cloud.requests.record([job("j-2"), job("j-3", batch_id=None)], "", NOW)
    cloud.set_status("j-2", JobStatus.RUNNING)
    two, three = cloud.book.job("j-2"), cloud.book.job("j-3")
    assert cloud.book.call_off(two, NOW) is CallOff.ASKED
    assert "cancel_requested_at" in cloud.item("job#j-2", "job")
    assert cloud.book.call_off(three, NOW) is CallOff.DONE


def test_a_job_of_a_batch_that_nobody_counts_is_called_off_as_well(cloud):
    cloud.requests.record([job("j-4", batch_id="uncounted")], "", NOW)
    four = cloud.book.job("j-4")
    assert cloud.book.call_off(four, NOW) is CallOff.DONE


def test_a_result_is_returned_or_an_address_that_gives_it(cloud):
    assert cloud.book.result("j-1", most_bytes=10) is None
    cloud.clients["s3"].put_object(Bucket=cloud.name, Key=result_key("j-1"), Body=b"0123456789")
    assert cloud.book.result("j-1", most_bytes=10) == b"0123456789"
    address = cloud.book.result("j-1", most_bytes=9)
    assert isinstance(address, str)
    with urllib.request.urlopen(address, timeout=60) as answer:
        assert answer.read() == b"0123456789"


def test_the_secret_is_read_once_in_a_while_so_that_a_new_one_is_taken_up(cloud):
    put = cloud.clients["ssm"].put_parameter
    put(Name=f"/{cloud.name}/secret", Value="one", Type="SecureString")
    moments = [NOW]
    secrets = SsmSecrets(
        client=cloud.clients["ssm"], parameter=f"/{cloud.name}/secret", now=lambda: moments[0]
    )
    assert secrets.webhook_secrets() == ("one",)
    put(Name=f"/{cloud.name}/secret", Value="two,one", Type="SecureString", Overwrite=True)
    assert secrets.webhook_secrets() == ("one",)
    moments[0] += timedelta(minutes=6)
    assert secrets.webhook_secrets() == ("two", "one")
    missing = SsmSecrets(client=cloud.clients["ssm"], parameter="/none", now=lambda: NOW)
    with pytest.raises(StoreUnavailable):
        missing.webhook_secrets()


def starter(fleet, records, *, instances=2, look=lambda: None):
    return EcsStarter(
        fleet=fleet,
        records=records,
        keep=lambda wishes: setattr(records, "wanted", wishes),
        instances=instances,
        look=look,
    )


def test_a_submission_starts_a_fleet_that_rests_and_leaves_a_running_one_alone():
    fleet, records = FakeFleet(desired=0), FakeRecords()
    starter(fleet, records).wake(NOW)
    assert fleet.state().desired == 2
    busy = FakeFleet(desired=1)
    starter(busy, records).wake(NOW)
    assert busy.state().desired == 1


@pytest.mark.parametrize("desired", [0, 1])
def test_a_submission_has_the_controller_look_once_the_fleet_was_started(desired):
    fleet, seen = FakeFleet(desired=desired), []
    starter(fleet, FakeRecords(), look=lambda: seen.append(fleet.desired)).wake(NOW)
    assert seen == [desired or 2]


def test_the_controller_is_started_without_waiting_for_it_and_one_that_is_not_there_is_put_up_with(cloud):
    client = cloud.client("lambda")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("nothing.py", "")
    role = cloud.client("iam").create_role(RoleName=cloud.name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    client.create_function(
        FunctionName=cloud.name,
        Runtime="python3.13",
        Handler="nothing.handle",
        Role=role,
        Code={"ZipFile": packed.getvalue()},
    )
    ASKED.take()
    assert LambdaLook(client=client, function=cloud.name).ask()
    assert ASKED.take() == (cloud.name,)
    client.delete_function(FunctionName=cloud.name)
    assert not LambdaLook(client=client, function=cloud.name).ask()
    assert not LambdaLook(client=client, function="").ask()
    assert ASKED.take() == ()


def test_a_submission_ends_a_stop_and_keeps_a_lowered_maximum():
    fleet, records = FakeFleet(desired=0), FakeRecords()
    records.wanted = Wishes(hold=Hold(desired=0, why="", by="ann", since=NOW), maximum=1)
    starter(fleet, records).wake(NOW)
    assert fleet.state().desired == 1
    assert records.wishes() == Wishes(maximum=1)


def test_what_people_want_is_written_where_the_controller_reads_it(cloud):
    WishesKeeper(client=cloud.clients["dynamodb"], table=cloud.name).keep(Wishes(maximum=3))
    assert DynamoDbControl(client=cloud.clients["dynamodb"], table=cloud.name).wishes() == Wishes(maximum=3)
