"""SendMessage and SendMessageBatch."""

import hashlib
import json
import re
import time
import uuid
from collections.abc import Mapping
from typing import Any

from automation.localaws.sqs.batch import checked_entries
from automation.localaws.sqs.faults import SqsFault, invalid
from automation.localaws.sqs.message import Envelope, md5_of_attributes
from automation.localaws.sqs.queue import Queue

BATCH_BYTES = 1_048_576
MAXIMUM_DELAY_SECONDS = 900
MAXIMUM_ATTRIBUTES = 10
ATTRIBUTE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}")
ATTRIBUTE_TYPE = re.compile(r"(String|Number|Binary)(\..+)?")
FORBIDDEN_CHARACTERS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Parameters = Mapping[str, Any]


def send_message(queue: Queue, parameters: Parameters) -> dict[str, Any]:
    """Check one message and keep it."""
    delay_seconds = _check(queue, parameters)
    envelope, is_new = _envelope(queue, parameters)
    if is_new:
        queue.mailbox.add(envelope, delay_seconds=delay_seconds)
    return _answer(envelope)


def send_message_batch(queue: Queue, parameters: Parameters) -> dict[str, Any]:
    """Check and keep each message of a batch; one that is refused does not stop the others."""
    entries = checked_entries(parameters, action="Send")
    size = sum(_size_bytes(entry) for entry in entries)
    if size > BATCH_BYTES:
        raise SqsFault(
            "BatchRequestTooLong",
            f"Batch requests cannot be longer than {BATCH_BYTES} bytes. You have sent {size} bytes.",
        )
    successful: list[dict[str, Any]] = []
    failed: list[dict[str, object]] = []
    for entry in entries:
        try:
            successful.append({"Id": entry["Id"], **send_message(queue, entry)})
        except SqsFault as fault:
            failed.append(fault.batch_entry(entry["Id"]))
    return {"Successful": successful, "Failed": failed} if failed else {"Successful": successful}


def _envelope(queue: Queue, parameters: Parameters) -> tuple[Envelope, bool]:
    body: str = parameters["MessageBody"]
    message_id, sequence_number, is_new = str(uuid.uuid4()), None, True
    deduplication_id = parameters.get("MessageDeduplicationId")
    if queue.fifo_queue:
        deduplication_id = deduplication_id or hashlib.sha256(body.encode()).hexdigest()
        message_id, sequence_number, is_new = queue.sequence.register(deduplication_id, message_id)
    envelope = Envelope(
        message_id=message_id,
        body=body,
        attributes=parameters.get("MessageAttributes") or {},
        system_attributes=parameters.get("MessageSystemAttributes") or {},
        sent_milliseconds=int(time.time() * 1000),
        group_id=parameters.get("MessageGroupId"),
        deduplication_id=deduplication_id,
        sequence_number=sequence_number,
    )
    return envelope, is_new


def _answer(envelope: Envelope) -> dict[str, Any]:
    answer: dict[str, Any] = {"MessageId": envelope.message_id, "MD5OfMessageBody": envelope.body_md5}
    if envelope.attributes:
        answer["MD5OfMessageAttributes"] = envelope.attributes_md5
    if envelope.system_attributes:
        answer["MD5OfMessageSystemAttributes"] = md5_of_attributes(envelope.system_attributes)
    if envelope.sequence_number:
        answer["SequenceNumber"] = envelope.sequence_number
    return answer


def _check(queue: Queue, parameters: Parameters) -> int:
    """Return the delay in seconds, or refuse the message."""
    body = parameters.get("MessageBody")
    if not body:
        raise SqsFault("MissingParameter", "The request must contain the parameter MessageBody.")
    if _size_bytes(parameters) > queue.maximum_message_size:
        raise SqsFault(
            "InvalidAttributeValue",
            f"One or more parameters are invalid. Reason: Message must be shorter than {queue.maximum_message_size} bytes.",
        )
    if FORBIDDEN_CHARACTERS.search(body):
        raise SqsFault("InvalidMessageContents", "The message contains characters outside the allowed set.")
    _check_attributes(parameters.get("MessageAttributes") or {})
    if queue.fifo_queue:
        _check_fifo(queue, parameters)
        return queue.delay_seconds
    delay = parameters.get("DelaySeconds")
    if delay is None:
        return queue.delay_seconds
    if not 0 <= int(delay) <= MAXIMUM_DELAY_SECONDS:
        raise invalid("DelaySeconds", delay, "DelaySeconds must be >= 0 and <= 900.")
    return int(delay)


def _check_fifo(queue: Queue, parameters: Parameters) -> None:
    if not parameters.get("MessageGroupId"):
        raise SqsFault("MissingParameter", "The request must contain the parameter MessageGroupId.")
    if not parameters.get("MessageDeduplicationId") and not queue.content_based_deduplication:
        raise SqsFault(
            "InvalidParameterValue",
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        )
    if parameters.get("DelaySeconds"):
        reason = "The request include parameter that is not valid for this queue type."
        raise invalid("DelaySeconds", parameters["DelaySeconds"], reason)


def _check_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> None:
    if len(attributes) > MAXIMUM_ATTRIBUTES:
        raise SqsFault(
            "InvalidParameterValue",
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{MAXIMUM_ATTRIBUTES}].",
        )
    for name, attribute in attributes.items():
        if not ATTRIBUTE_NAME.fullmatch(name):
            raise SqsFault("InvalidParameterValue", f"The message attribute name '{name}' is invalid.")
        data_type = str(attribute.get("DataType") or "")
        if not ATTRIBUTE_TYPE.fullmatch(data_type):
            raise SqsFault(
                "InvalidParameterValue",
                f"The message attribute '{name}' has an invalid message attribute type, the set of supported type "
                "prefixes is Binary, Number, and String.",
            )
        if not attribute.get("BinaryValue" if data_type.startswith("Binary") else "StringValue"):
            raise SqsFault(
                "InvalidParameterValue",
                f"The message attribute '{name}' must contain non-empty message attribute value for message attribute "
                f"type '{data_type}'.",
            )


def _size_bytes(parameters: Parameters) -> int:
    attributes = parameters.get("MessageAttributes")
    extra = len(json.dumps(attributes)) if attributes else 0
    return len(str(parameters.get("MessageBody") or "").encode(errors="surrogatepass")) + extra
