"""moto's queues get a store of ours.

Stock moto counts every message at every call (a backlog of 1,000 makes a receive take 1.5 s), rebuilds its list
without a lock (threads lose and double messages), lets a stale handle delete a redelivered message, and lets an
enabled event source mapping swallow what is sent.
"""

import functools
import time
from collections.abc import Mapping
from typing import Any, NoReturn, cast

from moto.sqs.exceptions import InvalidAttributeValue
from moto.sqs.models import Queue as MotoQueue
from moto.sqs.models import SQSBackend, sqs_backends
from moto.sqs.responses import SQSResponse

from automation.localaws.account import ACCOUNT_ID
from automation.localaws.patches.replacement import extend, replace, stock
from automation.localaws.sqs import send
from automation.localaws.sqs.mailbox import Counts
from automation.localaws.sqs.queue import Queue, Sequence, new_mailbox

MESSAGE_CALLS = (
    "send_message",
    "send_message_batch",
    "receive_message",
    "delete_message",
    "delete_message_batch",
    "change_message_visibility",
    "change_message_visibility_batch",
    "purge_queue",
)
RANGES = {
    "DelaySeconds": (0, 900),
    "MaximumMessageSize": (1024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
}
"""What AWS takes; moto takes anything."""


def apply() -> None:
    """Put the store under moto's queues, and let moto's own senders (SNS, EventBridge, S3) use it."""
    replace(MotoQueue, "__init__", _init_with_mailbox(stock(MotoQueue, "__init__")))
    replace(MotoQueue, "_set_attributes", _set_in_range(stock(MotoQueue, "_set_attributes")))
    for name, count in (
        ("approximate_number_of_messages", lambda counts: counts.visible),
        ("approximate_number_of_messages_not_visible", lambda counts: counts.in_flight),
        ("approximate_number_of_messages_delayed", lambda counts: counts.delayed),
    ):
        replace(MotoQueue, name, _counted(count))
    base = [name for name in MotoQueue.BASE_ATTRIBUTES if name != "RedriveAllowPolicy"]
    replace(MotoQueue, "BASE_ATTRIBUTES", [*base, "RedriveAllowPolicy"])
    extend(MotoQueue, redrive_allow_policy=None)
    replace(SQSBackend, "delete_queue", _delete_queue)
    replace(SQSBackend, "send_message", _send_message)
    for name in MESSAGE_CALLS:
        replace(SQSResponse, name, _refuse_query_protocol)


def queues_of(region: str) -> Mapping[str, Queue]:
    """Return the queues of a region by name."""
    return cast("Mapping[str, Queue]", sqs_backends[ACCOUNT_ID][region].queues)


def close_all() -> None:
    """End every long poll; for the moment when the server stops."""
    for backend in list(sqs_backends[ACCOUNT_ID].values()):
        for queue in list(backend.queues.values()):
            cast("Queue", queue).mailbox.close()


def queue_report() -> dict[str, dict[str, float]]:
    """Return what CloudWatch would be told about each queue; the age of the oldest is in no SQS attribute."""
    now_milliseconds = time.time() * 1000
    report: dict[str, dict[str, float]] = {}
    for backend in list(sqs_backends[ACCOUNT_ID].values()):
        for name, queue in list(backend.queues.items()):
            counts = counts_of(cast("Queue", queue))
            oldest = counts.oldest_sent_milliseconds
            report[name] = {
                "visible": counts.visible,
                "in_flight": counts.in_flight,
                "delayed": counts.delayed,
                "oldest_age_seconds": 0.0 if oldest is None else max(0.0, (now_milliseconds - oldest) / 1000),
            }
    return report


def counts_of(queue: Queue) -> Counts:
    """Return how many messages are where."""
    return queue.mailbox.counts(queue.message_retention_period)


def _init_with_mailbox(original: Any) -> Any:
    @functools.wraps(original)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.mailbox = new_mailbox(is_fifo=self.fifo_queue)
        self.sequence = Sequence()

    return init


def _set_in_range(original: Any) -> Any:
    @functools.wraps(original)
    def set_attributes(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
        for name, (least, most) in RANGES.items():
            if name in attributes and not least <= int(attributes[name]) <= most:
                raise InvalidAttributeValue(name)
        # moto forgets the policy whenever anything else is set
        policy = {"Policy": self.policy} if hasattr(self, "_policy_json") else {}
        original(self, {**policy, **attributes}, now)

    return set_attributes


def _counted(pick: Any) -> property:
    def number(self: Any) -> int:
        # moto reads its attributes before __init__ has ended
        return pick(counts_of(self)) if hasattr(self, "mailbox") else 0

    return property(number)


def _delete_queue(self: SQSBackend, queue_name: str) -> None:
    queue = cast("Queue", self.get_queue(queue_name))
    del self.queues[queue_name]
    queue.mailbox.close()


def _refuse_query_protocol(_self: Any) -> NoReturn:
    """Calls with messages come here only in the old query protocol: the JSON one is answered before moto."""
    raise NotImplementedError("SQS's query protocol for messages; clients since 2023 speak JSON")


def _send_message(self: SQSBackend, queue_name: str, message_body: str, **options: Any) -> dict[str, Any]:
    """Send for moto's own services: they read nothing of the answer."""
    parameters = {
        "MessageBody": message_body,
        "MessageAttributes": options.get("message_attributes"),
        "MessageSystemAttributes": options.get("system_attributes"),
        "DelaySeconds": options.get("delay_seconds"),
        "MessageGroupId": options.get("group_id"),
        "MessageDeduplicationId": options.get("deduplication_id"),
    }
    return send.send_message(cast("Queue", self.get_queue(queue_name)), parameters)
