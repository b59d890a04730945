"""The JSON protocol straight onto the store, without a server."""

import io
import json
import threading
import time
from types import SimpleNamespace
from typing import Any

from automation.localaws.sqs.json_api import SqsJsonApi
from automation.localaws.sqs.queue import Sequence, new_mailbox


def a_queue(name: str = "q") -> Any:
    return SimpleNamespace(
        name=name,
        queue_arn=f"arn:aws:sqs:us-east-1:123456789012:{name}",
        fifo_queue=False,
        content_based_deduplication=False,
        delay_seconds=0,
        visibility_timeout=30,
        maximum_message_size=1024,
        message_retention_period=3600,
        receive_message_wait_time_seconds=0,
        redrive_policy=None,
        dead_letter_queue=None,
        mailbox=new_mailbox(is_fifo=False),
        sequence=Sequence(),
    )


def ask(api: SqsJsonApi, action: str, **parameters: object) -> tuple[str, dict[str, str], Any]:
    body = json.dumps({"QueueUrl": "http://127.0.0.1/123456789012/q", **parameters}).encode()
    environ = {
        "HTTP_X_AMZ_TARGET": f"AmazonSQS.{action}",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    sent: list[tuple[str, dict[str, str]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _info: object = None) -> Any:
        sent.append((status, dict(headers)))

    answer = b"".join(api(environ, start_response))
    return *sent[0], json.loads(answer)


def an_api(queue: Any, *, long_polls: int = 10) -> SqsJsonApi:
    def elsewhere(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("418 Elsewhere", [])
        return [b"{}"]

    return SqsJsonApi(queues=lambda _region: {"q": queue}, otherwise=elsewhere, long_polls=long_polls)


def test_a_fault_comes_with_the_code_that_older_clients_know() -> None:
    api = an_api(a_queue())
    status, headers, body = ask(api, "SendMessage", QueueUrl="http://127.0.0.1/1/none", MessageBody="a")
    assert status == "400 Bad Request"
    assert headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    assert body["__type"] == "com.amazonaws.sqs#QueueDoesNotExist"


def test_calls_that_manage_queues_go_elsewhere() -> None:
    assert ask(an_api(a_queue()), "CreateQueue")[0] == "418 Elsewhere"


def test_a_request_that_makes_no_sense_is_the_senders_fault() -> None:
    status, _, body = ask(an_api(a_queue()), "ReceiveMessage", MaxNumberOfMessages="many")
    assert status == "400 Bad Request"
    assert body["__type"] == "com.amazonaws.sqs#InvalidParameterValue"


def test_a_poll_too_many_is_answered_at_once_and_empty() -> None:
    queue = a_queue()
    api = an_api(queue, long_polls=1)
    first = threading.Thread(target=ask, args=(api, "ReceiveMessage"), kwargs={"WaitTimeSeconds": 20})
    first.start()
    time.sleep(0.1)
    began = time.monotonic()
    assert ask(api, "ReceiveMessage", WaitTimeSeconds=20)[2] == {}
    assert time.monotonic() - began < 15
    ask(api, "SendMessage", MessageBody="a")
    first.join(timeout=15)  # shorter than its poll
    assert not first.is_alive()
    assert ask(api, "ReceiveMessage", WaitTimeSeconds=0, VisibilityTimeout=0)[2] == {}
