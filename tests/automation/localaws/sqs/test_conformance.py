"""What workers rely on in SQS, one spec for the embedded server and for ElasticMQ; what else SQS does stands beside this file."""

import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from tests.automation.localaws.clouds import Cloud, unique
from tests.contracts.elasticmq import ElasticMq, elasticmq_classpath

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["embedded", "elasticmq"])
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    if request.param == "embedded":
        yield request.getfixturevalue("embedded")
        return
    classpath = elasticmq_classpath()
    if classpath is None:
        pytest.skip("ElasticMQ needs java and mvn")
    with ElasticMq(classpath=classpath) as server:
        yield Cloud(endpoint=server.endpoint)


def receive_all(cloud: Cloud, url: str, count: int) -> list[dict]:
    found: list[dict] = []
    while len(found) < count:
        found += cloud.receive(url, WaitTimeSeconds=5)
    return found


def code_of(fault: pytest.ExceptionInfo[ClientError]) -> str:
    return str(fault.value.response["Error"]["Code"]).rpartition(".")[2]


def test_each_receive_counts_and_an_unsettled_message_comes_again(cloud: Cloud) -> None:
    url = cloud.queue(VisibilityTimeout=1)
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="a")
    counts = [receive_all(cloud, url, 1)[0]["Attributes"]["ApproximateReceiveCount"] for _ in range(3)]
    assert counts == ["1", "2", "3"]


def test_what_was_received_too_often_lies_in_the_dead_letter_queue_and_a_move_task_brings_it_back(
    cloud: Cloud,
) -> None:
    sqs, dead = cloud.client("sqs"), cloud.queue()
    policy = {"deadLetterTargetArn": cloud.queue_arn(dead), "maxReceiveCount": 1}
    url = cloud.queue(VisibilityTimeout=1, RedrivePolicy=policy)
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    receive_all(cloud, url, 1)
    assert cloud.receive(url, WaitTimeSeconds=3) == []
    [letter] = receive_all(cloud, dead, 1)
    assert letter["Body"] == "poison"
    sqs.change_message_visibility(QueueUrl=dead, ReceiptHandle=letter["ReceiptHandle"], VisibilityTimeout=0)
    sqs.start_message_move_task(SourceArn=cloud.queue_arn(dead))
    assert [message["Body"] for message in receive_all(cloud, url, 1)] == ["poison"]


def test_a_message_given_back_reaches_a_poll_that_waits(cloud: Cloud) -> None:
    sqs, url = cloud.client("sqs"), cloud.queue(VisibilityTimeout=600)
    sqs.send_message(QueueUrl=url, MessageBody="a")
    [held] = receive_all(cloud, url, 1)
    got: list[str] = []
    poll = threading.Thread(
        target=lambda: got.extend(m["Body"] for m in cloud.receive(url, WaitTimeSeconds=20))
    )
    poll.start()
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=held["ReceiptHandle"], VisibilityTimeout=0)
    poll.join(timeout=60)
    assert got == ["a"]


def test_a_batch_of_renewals_keeps_its_messages_hidden(cloud: Cloud) -> None:
    sqs, url = cloud.client("sqs"), cloud.queue(VisibilityTimeout=5)
    for body in "abc":
        sqs.send_message(QueueUrl=url, MessageBody=body)
    entries = [
        {"Id": str(at), "ReceiptHandle": one["ReceiptHandle"], "VisibilityTimeout": 600}
        for at, one in enumerate(receive_all(cloud, url, 3))
    ]
    assert len(sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)["Successful"]) == 3
    assert cloud.receive(url, WaitTimeSeconds=7) == []


def test_a_handle_of_an_earlier_receive_deletes_nothing(cloud: Cloud) -> None:
    sqs, url = cloud.client("sqs"), cloud.queue(VisibilityTimeout=1)
    sqs.send_message(QueueUrl=url, MessageBody="a")
    [stale] = receive_all(cloud, url, 1)
    receive_all(cloud, url, 1)
    with suppress(ClientError):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=stale["ReceiptHandle"])
    assert [message["Body"] for message in receive_all(cloud, url, 1)] == ["a"]


def test_a_late_handle_deletes_what_nobody_received_since(cloud: Cloud) -> None:
    sqs, url = cloud.client("sqs"), cloud.queue(VisibilityTimeout=600)
    sqs.send_message(QueueUrl=url, MessageBody="a")
    [held] = receive_all(cloud, url, 1)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=held["ReceiptHandle"], VisibilityTimeout=0)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=held["ReceiptHandle"])
    assert cloud.receive(url, WaitTimeSeconds=1) == []


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        (["1", "1"], "BatchEntryIdsNotDistinct"),
        ([str(at) for at in range(11)], "TooManyEntriesInBatchRequest"),
    ],
)
def test_a_batch_with_ids_that_repeat_or_with_an_eleventh_entry_is_refused(
    cloud: Cloud, ids: list[str], code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        cloud.client("sqs").send_message_batch(
            QueueUrl=cloud.queue(), Entries=[{"Id": one, "MessageBody": "a"} for one in ids]
        )
    assert code_of(refused) == code


def test_a_delayed_message_comes_later(cloud: Cloud) -> None:
    sqs, url = cloud.client("sqs"), cloud.queue()
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=5)
    assert cloud.receive(url) == []
    assert [message["Body"] for message in receive_all(cloud, url, 1)] == ["later"]


def test_a_mebibyte_is_taken_and_more_is_not(cloud: Cloud) -> None:
    sqs, url = cloud.client("sqs"), cloud.queue()
    for kibibytes in (256, 300, 1024):
        sqs.send_message(QueueUrl=url, MessageBody="x" * (kibibytes * 1024))
    with pytest.raises(ClientError):
        sqs.send_message(QueueUrl=url, MessageBody="x" * (1100 * 1024))


def test_a_fifo_queue_keeps_the_order_of_a_group_that_it_holds_back(cloud: Cloud) -> None:
    sqs, url = cloud.client("sqs"), cloud.queue(FifoQueue="true", VisibilityTimeout=600)
    for body, mark in (("0", "0"), ("1", "1"), ("2", "2"), ("again", "0")):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId=mark)
    [first] = cloud.receive(url, 1)
    assert first["Body"] == "0"
    assert cloud.receive(url, 1) == []
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
    assert [message["Body"] for message in cloud.receive(url, 10)] == ["0", "1", "2"]


def test_a_message_keeps_what_is_attached_to_it(cloud: Cloud) -> None:
    sqs, url = cloud.client("sqs"), cloud.queue()
    header = "Root=1-5759e988-bd862e3fe1be46a994272793"
    sqs.send_message(
        QueueUrl=url,
        MessageBody="a",
        MessageGroupId="tenant",
        MessageAttributes={
            "text": {"DataType": "String", "StringValue": "00-ab"},
            "number": {"DataType": "Number", "StringValue": "3"},
        },
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": header}},
    )
    [message] = receive_all(cloud, url, 1)
    attached = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert attached == {"text": "00-ab", "number": "3"}
    assert message["Attributes"]["MessageGroupId"] == "tenant"
    assert message["Attributes"]["AWSTraceHeader"] == header


def test_what_waits_and_what_is_in_flight_is_counted_and_a_purge_ends_both(cloud: Cloud) -> None:
    sqs, url = cloud.client("sqs"), cloud.queue(VisibilityTimeout=600)
    for body in "ab":
        sqs.send_message(QueueUrl=url, MessageBody=body)
    assert len(cloud.receive(url, 1)) == 1
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == counts["ApproximateNumberOfMessagesNotVisible"] == "1"
    sqs.purge_queue(QueueUrl=url)
    assert cloud.receive(url) == []


def test_queues_are_tagged_listed_and_missed(cloud: Cloud) -> None:
    sqs, name = cloud.client("sqs"), unique("q")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"a": "b"})
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "b"}
    assert len(sqs.list_queues(QueueNamePrefix=name)["QueueUrls"]) == 1
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName=unique("nobody"))
