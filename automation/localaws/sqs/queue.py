"""What the data plane needs to know of a queue; moto's queue object is made to fit (see patches/sqs.py)."""

import secrets
import threading
import time
from collections.abc import Mapping
from typing import Any, Protocol

from automation.localaws.sqs.lines import FifoLine, StandardLine
from automation.localaws.sqs.mailbox import Mailbox, Rules

DEDUPLICATION_SECONDS = 300


class Queue(Protocol):
    """A queue's attributes, under the names that moto gives them, and what we hang onto it."""

    name: str
    queue_arn: str
    fifo_queue: bool
    content_based_deduplication: bool
    delay_seconds: int
    visibility_timeout: int
    maximum_message_size: int
    message_retention_period: int
    receive_message_wait_time_seconds: int
    redrive_policy: Mapping[str, Any] | None
    dead_letter_queue: "Queue | None"
    mailbox: Mailbox
    sequence: "Sequence"


class Sequence:
    """FIFO only: numbers that grow, and the memory of what was sent in the last five minutes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 18_800_000_000_000_000_000 + secrets.randbelow(10**15)
        self._sent: dict[str, tuple[float, str, str]] = {}

    def register(self, deduplication_id: str, message_id: str) -> tuple[str, str, bool]:
        """Return message id, sequence number and whether it is new; a repetition gets those of the first."""
        now = time.monotonic()
        with self._lock:
            self._forget(now)
            known = self._sent.get(deduplication_id)
            if known is not None:
                return known[1], known[2], False
            self._number += 256
            number = str(self._number).zfill(20)
            self._sent[deduplication_id] = (now, message_id, number)
            return message_id, number, True

    def _forget(self, now: float) -> None:
        while self._sent:
            oldest = next(iter(self._sent))
            if now - self._sent[oldest][0] < DEDUPLICATION_SECONDS:
                return
            del self._sent[oldest]


def new_mailbox(*, is_fifo: bool) -> Mailbox:
    """Return an empty store with the order that the kind of queue promises."""
    return Mailbox(FifoLine() if is_fifo else StandardLine())


def rules_of(queue: Queue, visibility_seconds: int) -> Rules:
    """Return the rules that hold for a receive now; a dead-letter queue that is deleted takes no letters."""
    target, policy = queue.dead_letter_queue, queue.redrive_policy
    redrives = policy is not None and target is not None and not target.mailbox.is_closed
    return Rules(
        visibility_seconds=visibility_seconds,
        retention_seconds=queue.message_retention_period,
        max_receive_count=int(policy["maxReceiveCount"]) if redrives and policy else None,
    )
