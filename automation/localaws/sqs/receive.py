"""ReceiveMessage, with the redrive to the dead-letter queue that happens on the way."""

import dataclasses
import time
from collections.abc import Iterable, Mapping
from typing import Any

from automation.localaws.sqs.faults import invalid
from automation.localaws.sqs.message import Entry, Received
from automation.localaws.sqs.queue import Queue, rules_of

MAXIMUM_MESSAGES = 10
MAXIMUM_WAIT_SECONDS = 20
MAXIMUM_VISIBILITY_SECONDS = 43_200
SENDER_ID = "AIDAEMBEDDEDAWS000000"


def receive_message(queue: Queue, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is there, or wait for the first message."""
    limit = _within(parameters, "MaxNumberOfMessages", 1, 1, MAXIMUM_MESSAGES)
    wait_seconds = _within(
        parameters, "WaitTimeSeconds", queue.receive_message_wait_time_seconds, 0, MAXIMUM_WAIT_SECONDS
    )
    visibility = _within(
        parameters, "VisibilityTimeout", queue.visibility_timeout, 0, MAXIMUM_VISIBILITY_SECONDS
    )
    received = receive(queue, limit, wait_seconds=wait_seconds, visibility_seconds=visibility)
    system_names = {
        *(parameters.get("AttributeNames") or ()),
        *(parameters.get("MessageSystemAttributeNames") or ()),
    }
    names = parameters.get("MessageAttributeNames") or ()
    messages = [_render(message, system_names, names) for message in received]
    return {"Messages": messages} if messages else {}


def receive(queue: Queue, limit: int, *, wait_seconds: float, visibility_seconds: int) -> list[Received]:
    """Receive from the store; poison goes to the dead-letter queue once this queue's lock is free again."""
    deadline = time.monotonic() + wait_seconds
    while True:
        received, poison = queue.mailbox.receive(
            limit,
            wait_seconds=max(0.0, deadline - time.monotonic()),
            rules=rules_of(queue, visibility_seconds),
        )
        _redrive(queue, poison)
        if received or not poison:
            return received


def _redrive(queue: Queue, poison: Iterable[Entry]) -> None:
    target = queue.dead_letter_queue
    for entry in poison:
        envelope = dataclasses.replace(entry.envelope, dead_letter_source_arn=queue.queue_arn)
        # an attribute cleared in this very moment leaves the message where it was
        (target or queue).mailbox.add(envelope, receive_count=entry.receive_count)


def _within(parameters: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    given = parameters.get(name)
    value = default if given is None else int(given)
    if not least <= value <= most:
        raise invalid(name, value, f"Must be between {least} and {most}, if provided.")
    return value


def _render(message: Received, system_names: set[str], names: Iterable[str]) -> dict[str, Any]:
    envelope = message.envelope
    rendered: dict[str, Any] = {
        "MessageId": envelope.message_id,
        "ReceiptHandle": message.receipt_handle,
        "MD5OfBody": envelope.body_md5,
        "Body": envelope.body,
    }
    if system_names:
        known = _system_attributes(message)
        chosen = known if "All" in system_names else {n: v for n, v in known.items() if n in system_names}
        if chosen:
            rendered["Attributes"] = chosen
    if envelope.attributes and names:
        wanted = {name: value for name, value in envelope.attributes.items() if _is_wanted(name, names)}
        if wanted:
            rendered["MessageAttributes"] = wanted
            rendered["MD5OfMessageAttributes"] = envelope.attributes_md5
    return rendered


def _is_wanted(name: str, patterns: Iterable[str]) -> bool:
    return any(
        pattern in {"All", name} or (pattern.endswith(".*") and name.startswith(pattern[:-2]))
        for pattern in patterns
    )


def _system_attributes(message: Received) -> dict[str, str]:
    envelope = message.envelope
    trace = envelope.system_attributes.get("AWSTraceHeader", {})
    candidates = {
        "SenderId": SENDER_ID,
        "SentTimestamp": str(envelope.sent_milliseconds),
        "ApproximateReceiveCount": str(message.receive_count),
        "ApproximateFirstReceiveTimestamp": str(message.first_received_milliseconds),
        "MessageGroupId": envelope.group_id,
        "MessageDeduplicationId": envelope.deduplication_id,
        "SequenceNumber": envelope.sequence_number,
        "AWSTraceHeader": trace.get("StringValue"),
        "DeadLetterQueueSourceArn": envelope.dead_letter_source_arn,
    }
    return {name: value for name, value in candidates.items() if value is not None}
