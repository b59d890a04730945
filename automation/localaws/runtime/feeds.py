"""Event source mappings: what takes messages from queues, hands them to functions, and deletes what was done."""

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from automation.localaws.runtime.clients import Clients
from automation.localaws.runtime.function_process import FunctionFailed

WAIT_SECONDS = 2
"""A long poll: a mapping that is switched off takes nothing after it."""
PAUSE_SECONDS = 0.2
MOST_AT_ONCE = 10
"""Batches of a mapping at the same time here, whatever it allows: each is a process."""
SCALED_BY_ITSELF = 2
"""Where the mapping sets no bound."""
MOST_MESSAGES = 10
"""Of one call of SQS."""

log = logging.getLogger(__name__)

Deliver = Callable[[str, Mapping[str, Any]], Any]
"""Invokes the function of an ARN; raises FunctionFailed."""


@dataclass(frozen=True, kw_only=True)
class SourceMapping:
    """A mapping from a queue to a function."""

    uuid: str
    """Id."""
    queue: str
    """ARN of the queue."""
    function: str
    """ARN of the function."""
    is_enabled: bool
    """Whether it takes messages."""
    batch_size: int
    """Most messages of an invocation."""
    at_once: int
    """Most invocations at the same time."""
    reports_failures: bool
    """Whether the function names the messages that it could not do."""


def read_mapping(raw: Mapping[str, Any]) -> SourceMapping:
    """Read one entry of ListEventSourceMappings."""
    at_once = (raw.get("ScalingConfig") or {}).get("MaximumConcurrency") or SCALED_BY_ITSELF
    return SourceMapping(
        uuid=raw["UUID"],
        queue=raw["EventSourceArn"],
        function=raw["FunctionArn"].removesuffix(":$LATEST"),
        is_enabled=raw["State"] == "Enabled",
        batch_size=int(raw.get("BatchSize") or 10),
        at_once=min(int(at_once), MOST_AT_ONCE),
        reports_failures="ReportBatchItemFailures" in (raw.get("FunctionResponseTypes") or []),
    )


class Feed:
    """One mapping at work, on a thread of its own; each batch has another."""

    def __init__(self, mapping: SourceMapping, *, clients: Clients, deliver: Deliver) -> None:
        self._mapping = mapping
        self._clients = clients
        self._deliver = deliver
        self._active = 0
        self._changed = threading.Condition()
        self._is_stopping = False
        self._url = ""
        self._thread = threading.Thread(target=self._run, name=f"feed-{mapping.uuid[:8]}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def follow(self, mapping: SourceMapping) -> None:
        """Go by these settings from now on."""
        with self._changed:
            self._mapping = mapping
            self._changed.notify_all()

    def stop(self) -> None:
        """Take no more; batches under way go on."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()

    def join(self, timeout_seconds: float) -> None:
        """Wait for the last poll."""
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)

    def _run(self) -> None:
        while self._has_room():
            try:
                taken = self._receive(self._mapping)
            except (BotoCoreError, ClientError, OSError) as fault:
                log.warning("mapping %s can't take messages: %s", self._mapping.uuid, fault)
                taken = []
            if taken:
                self._begin(taken)
            else:
                with self._changed:
                    self._changed.wait(PAUSE_SECONDS)

    def _has_room(self) -> bool:
        """Wait until a batch may begin; False where none will."""
        with self._changed:
            while not self._is_stopping and not (
                self._mapping.is_enabled and self._active < self._mapping.at_once
            ):
                self._changed.wait()
            return not self._is_stopping

    def _receive(self, mapping: SourceMapping) -> list[Mapping[str, Any]]:
        sqs = self._clients.get("sqs")
        if not self._url:
            self._url = sqs.get_queue_url(QueueName=mapping.queue.rpartition(":")[2])["QueueUrl"]
        answer = sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=min(mapping.batch_size, MOST_MESSAGES),
            WaitTimeSeconds=WAIT_SECONDS,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        taken: list[Mapping[str, Any]] = answer.get("Messages") or []
        if taken and not (self._mapping.is_enabled and not self._is_stopping):
            self._give_back(taken)  # it was switched off during the poll
            return []
        return taken

    def _give_back(self, messages: Sequence[Mapping[str, Any]]) -> None:
        entries = [
            {"Id": str(at), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
            for at, message in enumerate(messages)
        ]
        self._clients.get("sqs").change_message_visibility_batch(QueueUrl=self._url, Entries=entries)

    def _free(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Let others have at once what a mapping that is gone could not hand over; else the queue's own time must pass, as on AWS."""
        if self._is_stopping:
            with contextlib.suppress(BotoCoreError, ClientError, OSError):
                self._give_back(messages)

    def _begin(self, messages: Sequence[Mapping[str, Any]]) -> None:
        with self._changed:
            self._active += 1
        threading.Thread(
            target=self._work, args=(self._mapping, messages), name="function-batch", daemon=True
        ).start()

    def _work(self, mapping: SourceMapping, messages: Sequence[Mapping[str, Any]]) -> None:
        try:
            answer = self._deliver(mapping.function, event_of(mapping, messages))
            self._delete(done(mapping, messages, answer))
        except FunctionFailed as fault:
            log.warning("function %s: %s", mapping.function.rpartition(":")[2], fault)
            self._free(messages)
        except (BotoCoreError, ClientError, OSError) as fault:
            log.warning("a batch was done and could not be deleted; it comes again: %s", fault)
        finally:
            with self._changed:
                self._active -= 1
                self._changed.notify_all()

    def _delete(self, messages: Sequence[Mapping[str, Any]]) -> None:
        entries = [
            {"Id": str(at), "ReceiptHandle": message["ReceiptHandle"]} for at, message in enumerate(messages)
        ]
        if entries:
            self._clients.get("sqs").delete_message_batch(QueueUrl=self._url, Entries=entries)


def event_of(mapping: SourceMapping, messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the function is handed."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": dict(message.get("Attributes") or {}),
                "messageAttributes": {},
                "md5OfBody": message.get("MD5OfBody", ""),
                "eventSource": "aws:sqs",
                "eventSourceARN": mapping.queue,
                "awsRegion": mapping.queue.split(":")[3],
            }
            for message in messages
        ]
    }


def done(
    mapping: SourceMapping, messages: Sequence[Mapping[str, Any]], answer: Any
) -> list[Mapping[str, Any]]:
    """Return the messages to delete. By Lambda's rules an answer that names a message nobody sent fails the whole batch."""
    if not mapping.reports_failures:
        return list(messages)
    try:
        told = json.loads(answer) if isinstance(answer, str) else answer or {}
        failed = {entry["itemIdentifier"] for entry in told.get("batchItemFailures") or []}
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
    if not failed <= {message["MessageId"] for message in messages}:
        return []
    return [message for message in messages if message["MessageId"] not in failed]
