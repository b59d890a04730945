"""What SQS promises, asked through boto3 as the worker asks it."""

import json
import threading
import time

import pytest
from botocore.exceptions import ClientError

from tests.automation.localaws.clouds import Cloud, unique


def code_of(fault: pytest.ExceptionInfo[ClientError]) -> str:
    return str(fault.value.response["Error"]["Code"])


def test_a_message_keeps_its_body_attributes_and_digests(embedded: Cloud) -> None:
    sqs, url = embedded.client("sqs"), embedded.queue()
    sent = sqs.send_message(
        QueueUrl=url,
        MessageBody="Grüße",
        MessageGroupId="tenant",
        MessageAttributes={
            "traceparent": {"DataType": "String", "StringValue": "00-ab"},
            "blob": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
        },
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5"}},
    )
    [message] = embedded.receive(url)
    assert message["Body"] == "Grüße"
    assert message["MessageId"] == sent["MessageId"]
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"]
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["MessageAttributes"]["blob"]["BinaryValue"] == b"\x00\x01"
    assert message["Attributes"]["MessageGroupId"] == "tenant"
    assert message["Attributes"]["AWSTraceHeader"] == "Root=1-5"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_only_the_attributes_that_are_asked_for_come(embedded: Cloud) -> None:
    sqs, url = embedded.client("sqs"), embedded.queue()
    attribute = {"DataType": "String", "StringValue": "x"}
    sqs.send_message(
        QueueUrl=url, MessageBody="a", MessageAttributes={"job.id": attribute, "other": attribute}
    )
    [message] = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["job.*"])["Messages"]
    assert set(message["MessageAttributes"]) == {"job.id"}
    assert "Attributes" not in message


@pytest.mark.slow
def test_an_unacknowledged_message_comes_again_and_counts(embedded: Cloud) -> None:
    url = embedded.queue(VisibilityTimeout=1)
    embedded.client("sqs").send_message(QueueUrl=url, MessageBody="a")
    counts = [
        message["Attributes"]["ApproximateReceiveCount"]
        for _ in range(3)
        for message in embedded.receive(url, WaitTimeSeconds=3)
    ]
    assert counts == ["1", "2", "3"]


@pytest.mark.slow
def test_a_stale_handle_neither_deletes_nor_hides_what_another_worker_holds(embedded: Cloud) -> None:
    sqs, url = embedded.client("sqs"), embedded.queue(VisibilityTimeout=1)
    sqs.send_message(QueueUrl=url, MessageBody="a")
    [first] = embedded.receive(url)
    [second] = embedded.receive(url, WaitTimeSeconds=3)
    with pytest.raises(ClientError) as refused:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert code_of(refused) == "ReceiptHandleIsInvalid"
    with pytest.raises(ClientError):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=9)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"])  # twice is fine


@pytest.mark.slow
def test_an_expired_handle_deletes_what_nobody_has_taken_since_but_cannot_extend_it(embedded: Cloud) -> None:
    sqs, url = embedded.client("sqs"), embedded.queue(VisibilityTimeout=1)
    sqs.send_message(QueueUrl=url, MessageBody="a")
    [message] = embedded.receive(url)
    time.sleep(1.1)
    with pytest.raises(ClientError) as late:
        sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=9
        )
    assert code_of(late) == "AWS.SimpleQueueService.MessageNotInflight"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert embedded.receive(url) == []


def test_giving_a_message_back_wakes_a_waiting_receiver_at_once(embedded: Cloud) -> None:
    sqs, url = embedded.client("sqs"), embedded.queue()
    sqs.send_message(QueueUrl=url, MessageBody="a")
    [held] = embedded.receive(url)
    got: list[str] = []
    waiter = threading.Thread(
        target=lambda: got.extend(m["Body"] for m in embedded.receive(url, WaitTimeSeconds=20))
    )
    began = time.monotonic()
    waiter.start()
    time.sleep(0.2)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=held["ReceiptHandle"], VisibilityTimeout=0)
    waiter.join()
    assert got == ["a"]
    assert time.monotonic() - began < 15


@pytest.mark.slow
def test_poison_goes_to_the_dead_letter_queue_and_a_move_task_brings_it_back_as_new(embedded: Cloud) -> None:
    sqs = embedded.client("sqs")
    dead = embedded.queue()
    policy = {"deadLetterTargetArn": embedded.queue_arn(dead), "maxReceiveCount": 2}
    url = embedded.queue(RedrivePolicy=policy)
    sent = sqs.send_message(QueueUrl=url, MessageBody="poison")
    for _ in range(2):
        [message] = embedded.receive(url)
        sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
    assert embedded.receive(url) == []
    counts = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == "1"
    [letter] = embedded.receive(dead)
    assert letter["MessageId"] == sent["MessageId"]
    assert letter["Attributes"]["DeadLetterQueueSourceArn"] == embedded.queue_arn(url)
    sqs.change_message_visibility(QueueUrl=dead, ReceiptHandle=letter["ReceiptHandle"], VisibilityTimeout=0)
    source = embedded.queue_arn(dead)
    sqs.start_message_move_task(SourceArn=source)
    [back] = embedded.receive(url, WaitTimeSeconds=5)
    assert back["MessageId"] != sent["MessageId"]
    assert back["Attributes"]["ApproximateReceiveCount"] == "1"
    [task] = sqs.list_message_move_tasks(SourceArn=source)["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)


def test_a_move_task_from_a_queue_that_is_no_dead_letter_queue_is_refused(embedded: Cloud) -> None:
    with pytest.raises(ClientError) as refused:
        embedded.client("sqs").start_message_move_task(SourceArn=embedded.queue_arn(embedded.queue()))
    assert code_of(refused) == "InvalidParameterValue"


def test_a_move_task_under_way_can_be_cancelled_and_keeps_the_rest(embedded: Cloud) -> None:
    sqs = embedded.client("sqs")
    dead = embedded.queue()
    embedded.queue(RedrivePolicy={"deadLetterTargetArn": embedded.queue_arn(dead), "maxReceiveCount": 1})
    target = embedded.queue()
    for number in range(5):
        sqs.send_message(QueueUrl=dead, MessageBody=str(number))
    handle = sqs.start_message_move_task(
        SourceArn=embedded.queue_arn(dead),
        DestinationArn=embedded.queue_arn(target),
        MaxNumberOfMessagesPerSecond=1,
    )["TaskHandle"]
    sqs.cancel_message_move_task(TaskHandle=handle)
    with pytest.raises(ClientError):
        sqs.cancel_message_move_task(TaskHandle=handle)
    left = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["All"])["Attributes"]
    assert int(left["ApproximateNumberOfMessages"]) >= 3


@pytest.mark.slow
def test_a_delayed_message_is_counted_apart_and_comes_when_its_time_is_there(embedded: Cloud) -> None:
    sqs, url = embedded.client("sqs"), embedded.queue()
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=1)
    sqs.send_message(QueueUrl=url, MessageBody="now")
    assert [message["Body"] for message in embedded.receive(url)] == ["now"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (
        counts["ApproximateNumberOfMessages"],
        counts["ApproximateNumberOfMessagesNotVisible"],
        counts["ApproximateNumberOfMessagesDelayed"],
    ) == ("0", "1", "1")
    assert [message["Body"] for message in embedded.receive(url, WaitTimeSeconds=3)] == ["later"]


def test_a_purge_empties_and_a_second_one_within_a_minute_is_refused(embedded: Cloud) -> None:
    sqs, url = embedded.client("sqs"), embedded.queue()
    sqs.send_message(QueueUrl=url, MessageBody="a")
    [held] = embedded.receive(url)
    sqs.send_message(QueueUrl=url, MessageBody="b")
    sqs.purge_queue(QueueUrl=url)
    assert embedded.receive(url) == []
    sqs.delete_message(QueueUrl=url, ReceiptHandle=held["ReceiptHandle"])
    with pytest.raises(ClientError) as refused:
        sqs.purge_queue(QueueUrl=url)
    assert code_of(refused) == "AWS.SimpleQueueService.PurgeQueueInProgress"


def test_a_fifo_queue_forgets_repetitions_and_keeps_the_first_ones_number(embedded: Cloud) -> None:
    sqs, url = embedded.client("sqs"), embedded.queue(FifoQueue="true", ContentBasedDeduplication="true")
    first = sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g")
    again = sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g")
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    assert len(embedded.receive(url)) == 1
    with pytest.raises(ClientError) as refused:
        sqs.send_message(QueueUrl=url, MessageBody="b")
    assert code_of(refused) == "MissingParameter"


def test_a_queue_that_is_deleted_ends_its_long_polls_and_is_gone(embedded: Cloud) -> None:
    sqs, url = embedded.client("sqs"), embedded.queue()
    codes: list[str] = []

    def poll() -> None:
        try:
            embedded.receive(url, WaitTimeSeconds=20)
        except ClientError as fault:
            codes.append(fault.response["Error"]["Code"])

    poller = threading.Thread(target=poll)
    poller.start()
    time.sleep(0.2)
    sqs.delete_queue(QueueUrl=url)
    poller.join(timeout=15)  # shorter than its poll
    assert codes == ["AWS.SimpleQueueService.NonExistentQueue"]
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.send_message(QueueUrl=url, MessageBody="a")


def test_a_redrive_allow_policy_is_kept(embedded: Cloud) -> None:
    policy = {"redrivePermission": "denyAll"}
    url = embedded.queue(RedriveAllowPolicy=policy)
    kept = embedded.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["RedriveAllowPolicy"])
    assert json.loads(kept["Attributes"]["RedriveAllowPolicy"]) == policy


def test_topics_and_rules_of_the_embedded_cloud_reach_its_queues(embedded: Cloud) -> None:
    url = embedded.queue()
    sns = embedded.client("sns")
    topic = sns.create_topic(Name=unique("t"))["TopicArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=embedded.queue_arn(url),
        Attributes={"RawMessageDelivery": "true"},
    )
    sns.publish(TopicArn=topic, Message="hello")
    assert [message["Body"] for message in embedded.receive(url, WaitTimeSeconds=2)] == ["hello"]


def test_poison_stays_where_it_is_once_the_dead_letter_queue_is_deleted(embedded: Cloud) -> None:
    sqs, dead = embedded.client("sqs"), embedded.queue()
    url = embedded.queue(
        RedrivePolicy={"deadLetterTargetArn": embedded.queue_arn(dead), "maxReceiveCount": 1}
    )
    sqs.send_message(QueueUrl=url, MessageBody="a")
    [first] = embedded.receive(url)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
    sqs.delete_queue(QueueUrl=dead)
    assert [message["Body"] for message in embedded.receive(url)] == ["a"]
