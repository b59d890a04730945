"""What SQS takes, what it refuses whole, and what it refuses in part."""

import concurrent.futures
import urllib.error
import urllib.parse
import urllib.request

import pytest
from botocore.exceptions import ClientError

from tests.automation.localaws.clouds import Cloud, unique


def code_of(fault: pytest.ExceptionInfo[ClientError]) -> str:
    return str(fault.value.response["Error"]["Code"])


def test_a_batch_settles_what_it_can_and_names_the_rest(embedded: Cloud) -> None:
    sqs, url = embedded.client("sqs"), embedded.queue()
    sent = sqs.send_message_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "a", "MessageBody": "a"},
            {"Id": "b", "MessageBody": "b", "DelaySeconds": 9999},
        ],
    )
    assert [entry["Id"] for entry in sent["Successful"]] == ["a"]
    assert [(entry["Id"], entry["SenderFault"]) for entry in sent["Failed"]] == [("b", True)]
    [message] = embedded.receive(url)
    settled = sqs.delete_message_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "1", "ReceiptHandle": message["ReceiptHandle"]},
            {"Id": "2", "ReceiptHandle": "nonsense"},
        ],
    )
    assert [entry["Id"] for entry in settled["Successful"]] == ["1"]
    assert [entry["Code"] for entry in settled["Failed"]] == ["ReceiptHandleIsInvalid"]


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([("1", "a"), ("1", "b")], "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
        ([(str(n), "a") for n in range(11)], "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
        ([("not an id", "a")], "AWS.SimpleQueueService.InvalidBatchEntryId"),
        ([("1", "x" * 700_000), ("2", "x" * 700_000)], "AWS.SimpleQueueService.BatchRequestTooLong"),
    ],
)
def test_a_malformed_batch_is_refused_whole(
    embedded: Cloud, entries: list[tuple[str, str]], code: str
) -> None:
    url = embedded.queue()
    with pytest.raises(ClientError) as refused:
        embedded.client("sqs").send_message_batch(
            QueueUrl=url, Entries=[{"Id": name, "MessageBody": body} for name, body in entries]
        )
    assert code_of(refused) == code
    assert embedded.receive(url) == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"MessageBody": ""}, "MissingParameter"),
        ({"MessageBody": "x" * (1024 * 1024 + 1)}, "InvalidAttributeValue"),
        ({"MessageBody": "a\x00b"}, "InvalidMessageContents"),
        ({"MessageBody": "a", "DelaySeconds": 901}, "InvalidParameterValue"),
        (
            {"MessageBody": "a", "MessageAttributes": {"n": {"DataType": "Odd", "StringValue": "1"}}},
            "InvalidParameterValue",
        ),
    ],
)
def test_what_sqs_would_not_take_is_refused(embedded: Cloud, options: dict[str, object], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        embedded.client("sqs").send_message(QueueUrl=embedded.queue(), **options)
    assert code_of(refused) == code


@pytest.mark.parametrize(
    "options", [{"MaxNumberOfMessages": 11}, {"WaitTimeSeconds": 21}, {"VisibilityTimeout": 43_201}]
)
def test_a_receive_out_of_range_is_refused(embedded: Cloud, options: dict[str, int]) -> None:
    with pytest.raises(ClientError) as refused:
        embedded.client("sqs").receive_message(QueueUrl=embedded.queue(), **options)
    assert code_of(refused) == "InvalidParameterValue"


@pytest.mark.parametrize(
    "attributes",
    [{"VisibilityTimeout": 43_201}, {"MessageRetentionPeriod": 5}, {"ReceiveMessageWaitTimeSeconds": 21}],
)
def test_an_attribute_out_of_range_is_refused(embedded: Cloud, attributes: dict[str, int]) -> None:
    with pytest.raises(ClientError) as refused:
        embedded.queue(**attributes)
    assert code_of(refused) == "InvalidAttributeValue"


def test_the_same_queue_asked_for_by_many_at_once_is_one_queue(embedded: Cloud) -> None:
    name, sqs = unique("q"), embedded.client("sqs")

    def make_and_send(number: int) -> None:
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=str(number))

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(make_and_send, range(40)))
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == "40"


def test_the_old_protocol_is_refused_and_not_half_answered(embedded: Cloud) -> None:
    form = urllib.parse.urlencode(
        {"Action": "ReceiveMessage", "Version": "2012-11-05", "QueueUrl": embedded.queue()}
    )
    request = urllib.request.Request(
        embedded.endpoint,
        data=form.encode(),
        headers={"Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/sqs/aws4_request, x"},
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=60)
    assert refused.value.code == 501
    refused.value.close()
