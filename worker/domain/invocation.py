"""Pure: what Lambda hands a function over, and what it wants back.

| event                | told by                   | answer                                             |
|----------------------|---------------------------|----------------------------------------------------|
| messages of a queue  | Records of aws:sqs        | the ids of those that must come again              |
| a request over HTTP  | requestContext.http       | status, headers, body                              |

Sources: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html (event, partial batch responses),
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html (payload format 2.0).
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from worker.domain.errors import WorkerError
from worker.domain.exchange import Message
from worker.domain.job import Lane

SQS = "aws:sqs"


class EventUnknown(WorkerError):
    """An event that no worker is there for."""


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One call of the function."""

    request_id: str
    """Names it in answers."""
    event: Mapping[str, Any]
    """What happened."""
    ends_at: float
    """Epoch seconds at which the function is stopped."""


@dataclass(frozen=True, kw_only=True)
class HttpCall:
    """A request from the front door."""

    method: str
    """HTTP method."""
    target: str
    """Path and query."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers, their names in lower case."""
    body: bytes = b""
    """Whole body."""


def messages_in(event: Mapping[str, Any], *, queue_urls: Mapping[Lane, str]) -> list[Message]:
    """Return the messages of an event from our queues; raises EventUnknown for anything else."""
    records = event.get("Records")
    if not isinstance(records, list) or not records:
        raise EventUnknown("the event is neither messages of a queue nor a request")
    lanes = {url.rpartition("/")[2]: lane for lane, url in queue_urls.items()}
    found = [_message(record, lanes) for record in records]
    return list({message.message_id: message for message in found}.values())  # each once, whatever happens


def _message(record: Mapping[str, Any], lanes: Mapping[str, Lane]) -> Message:
    source, queue = record.get("eventSource"), str(record.get("eventSourceARN", "")).rpartition(":")[2]
    if source != SQS or queue not in lanes:
        raise EventUnknown(f"the event comes from {source} {queue}, which is none of the lanes")
    return Message(
        message_id=record["messageId"],
        receipt=record["receiptHandle"],
        body=record.get("body", ""),
        receives=int((record.get("attributes") or {}).get("ApproximateReceiveCount", "1")),
        lane=lanes[queue],
    )


def batch_answer(unfinished: Sequence[str]) -> dict[str, Any]:
    """Return the answer to a batch: Lambda deletes all messages but these."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in unfinished]}


def http_call_in(event: Mapping[str, Any]) -> HttpCall | None:
    """Return the request of an event; None where it is none."""
    http = (event.get("requestContext") or {}).get("http")
    if not http:
        return None
    body = str(event.get("body") or "")
    query = event.get("rawQueryString") or ""
    path = str(event.get("rawPath") or "/")
    return HttpCall(
        method=str(http["method"]),
        target=f"{path}?{query}" if query else path,
        headers={name.lower(): str(value) for name, value in (event.get("headers") or {}).items()},
        body=base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(),
    )


def http_answer(status: int, content_type: str, body: bytes) -> dict[str, Any]:
    """Return the answer to a request; text where it is text."""
    answer: dict[str, Any] = {"statusCode": status, "headers": {"content-type": content_type}}
    try:
        return {**answer, "body": body.decode(), "isBase64Encoded": False}
    except UnicodeDecodeError:
        return {**answer, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}
