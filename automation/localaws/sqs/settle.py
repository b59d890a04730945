"""What a receiver does with a message it holds: delete it, or move the end of its visibility timeout."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from automation.localaws.sqs.batch import checked_entries, settle_each
from automation.localaws.sqs.faults import SqsFault, invalid
from automation.localaws.sqs.queue import Queue
from automation.localaws.sqs.receive import MAXIMUM_VISIBILITY_SECONDS

Parameters = Mapping[str, Any]


def delete_message(queue: Queue, parameters: Parameters) -> dict[str, Any]:
    """Acknowledge one message."""
    _delete(queue, parameters)
    return {}


def delete_message_batch(queue: Queue, parameters: Parameters) -> dict[str, Any]:
    """Acknowledge up to ten."""
    return settle_each(checked_entries(parameters, action="Delete"), partial(_delete, queue))


def change_message_visibility(queue: Queue, parameters: Parameters) -> dict[str, Any]:
    """Extend or end one message's visibility timeout."""
    _change(queue, parameters)
    return {}


def change_message_visibility_batch(queue: Queue, parameters: Parameters) -> dict[str, Any]:
    """Extend or end up to ten."""
    entries = checked_entries(parameters, action="ChangeVisibility")
    return settle_each(entries, partial(_change, queue))


def purge_queue(queue: Queue, _parameters: Parameters) -> dict[str, Any]:
    """Drop every message."""
    queue.mailbox.purge()
    return {}


def _delete(queue: Queue, parameters: Parameters) -> None:
    queue.mailbox.delete(_handle(parameters))


def _change(queue: Queue, parameters: Parameters) -> None:
    seconds = int(parameters.get("VisibilityTimeout") or 0)
    if not 0 <= seconds <= MAXIMUM_VISIBILITY_SECONDS:
        raise invalid("VisibilityTimeout", seconds, "Must be between 0 and 43200, if provided.")
    queue.mailbox.change_visibility(_handle(parameters), seconds)


def _handle(parameters: Parameters) -> str:
    handle = parameters.get("ReceiptHandle")
    if not handle:
        raise SqsFault("MissingParameter", "The request must contain the parameter ReceiptHandle.")
    return str(handle)
