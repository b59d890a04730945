"""What may go wrong between a worker and AWS, and how AWS says so."""

import json
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import NamedTuple


class Kind(StrEnum):
    THROTTLE = "throttle"
    """Refused for the time being; nothing was done."""
    ERROR = "error"
    """500; nothing was done."""
    HANG = "hang"
    """No answer for `seconds`, then the connection is cut; nothing was done."""
    CUT_BEFORE = "cut before"
    """The connection is cut; nothing was done."""
    CUT_AFTER = "cut after"
    """It was done, and the connection is cut before the answer."""
    ERROR_AFTER = "error after"
    """It was done, and the answer is 500."""
    LATE = "late"
    """It was done at once and is answered after up to `seconds`: answers overtake each other."""
    DRIP = "drip"
    """It was done and is answered in small pieces over `seconds`."""
    REFUSE_ENTRIES = "refuse entries"
    """A batch is answered with 200, and some of its entries with a fault of the service's; those were not done."""
    REPEAT = "repeat"
    """A receive brings its messages twice, in another order."""
    STEAL = "steal"
    """What a receive brings becomes visible again `seconds` later, whoever works on it; a message a few times at most."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    service: str
    """sqs, s3 or dynamodb."""
    kind: Kind
    operations: tuple[str, ...] = ()
    """Empty means all."""
    share: float = 0.3
    """Part of the requests that it hits."""
    times: int | None = None
    """How often at most."""
    seconds: float = 0.0
    """Of the kinds that wait."""

    def fits(self, call: "Call", hits: int, random: Random) -> bool:
        if call.service != self.service or (self.operations and call.operation not in self.operations):
            return False
        return (self.times is None or hits < self.times) and random.random() < self.share


class Call(NamedTuple):
    service: str
    operation: str


class Refusal(NamedTuple):
    status: int
    content_type: str
    body: bytes


def call_of(method: str, target: str, path: str) -> Call:
    """Tell the service and operation of a request, by the headers that AWS uses."""
    if target.startswith("AmazonSQS."):
        return Call("sqs", target.partition(".")[2])
    if target.startswith("DynamoDB_"):
        return Call("dynamodb", target.partition(".")[2])
    is_object = path.strip("/").count("/") > 0
    return Call("s3", f"{method.capitalize()}{'Object' if is_object else 'Bucket'}")


_THROTTLED = {
    "sqs": (403, "RequestThrottled"),
    "dynamodb": (400, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"),
    "s3": (503, "SlowDown"),
}
_BROKEN = {
    "sqs": (500, "InternalError"),
    "dynamodb": (500, "com.amazonaws.dynamodb.v20120810#InternalServerError"),
    "s3": (500, "InternalError"),
}


def refusal(service: str, kind: Kind) -> Refusal:
    """Answer as the service does."""
    status, code = (_THROTTLED if kind is Kind.THROTTLE else _BROKEN)[service]
    if service == "s3":
        xml = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>injected</Message></Error>"
        return Refusal(status, "application/xml", xml.encode())
    body = json.dumps({"__type": code, "message": "injected"})
    return Refusal(status, "application/x-amz-json-1.0", body.encode())
