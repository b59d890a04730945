"""StartMessageMoveTask and its kin: bring dead letters back to the queue that they came from.

Redriven messages are new messages, as on AWS: new id, new time, a receive count of zero.
"""

import dataclasses
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from automation.localaws.sqs.faults import SqsFault
from automation.localaws.sqs.queue import Queue

MAXIMUM_REMEMBERED = 10
TERMINAL_STATUSES = frozenset({"COMPLETED", "CANCELLED", "FAILED"})


class MoveTask:
    """One redrive, on a thread of its own."""

    def __init__(self, source: Queue, destination_arn: str | None, rate_per_second: int | None) -> None:
        self.handle = str(uuid.uuid4())
        self.status = "RUNNING"
        self.source = source
        self.moved = 0
        self.failure: str | None = None
        self._destination_arn = destination_arn
        self._rate = rate_per_second
        self._started_milliseconds = int(time.time() * 1000)
        self._to_move = source.mailbox.counts(source.message_retention_period).visible
        self._cancelled = threading.Event()

    def run(self, find: Callable[[str], Queue | None]) -> None:
        """Move until nothing is left, or cancelled, or a destination is missing."""
        while not self._cancelled.is_set() and self.moved < self._to_move:
            entry = self.source.mailbox.take_for_move()
            if entry is None:
                break
            arn = self._destination_arn or entry.envelope.dead_letter_source_arn
            destination = find(arn) if arn else None
            if destination is None:
                self.source.mailbox.add(entry.envelope, receive_count=entry.receive_count)
                self.status, self.failure = "FAILED", "AWS.SimpleQueueService.NonExistentQueue"
                return
            fresh = dataclasses.replace(
                entry.envelope,
                message_id=str(uuid.uuid4()),
                sent_milliseconds=int(time.time() * 1000),
                dead_letter_source_arn=None,
            )
            destination.mailbox.add(fresh)
            self.moved += 1
            if self._rate:
                self._cancelled.wait(1 / self._rate)
        self.status = "CANCELLED" if self._cancelled.is_set() else "COMPLETED"

    def cancel(self) -> None:
        """Stop after the message under way."""
        self.status = "CANCELLING"
        self._cancelled.set()

    def render(self) -> dict[str, Any]:
        """Return the entry for ListMessageMoveTasks."""
        rendered = {
            "TaskHandle": None if self.status in TERMINAL_STATUSES else self.handle,
            "Status": self.status,
            "SourceArn": self.source.queue_arn,
            "DestinationArn": self._destination_arn,
            "MaxNumberOfMessagesPerSecond": self._rate,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self._to_move,
            "FailureReason": self.failure,
            "StartedTimestamp": self._started_milliseconds,
        }
        return {name: value for name, value in rendered.items() if value is not None}


class MoveTasks:
    """All redrives of one account and region, the youngest ten of each source."""

    def __init__(self, queues: Callable[[], Iterable[Queue]]) -> None:
        self._queues = queues
        self._tasks: list[MoveTask] = []
        self._lock = threading.Lock()

    def start(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Begin a redrive; one at a time from each source."""
        source = self._find_or_refuse(str(parameters.get("SourceArn") or ""))
        destination_arn = parameters.get("DestinationArn")
        if destination_arn:
            self._find_or_refuse(str(destination_arn))
        if not any(queue.dead_letter_queue is source for queue in self._queues()):
            raise SqsFault("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
        with self._lock:
            if any(task.source is source and task.status not in TERMINAL_STATUSES for task in self._tasks):
                raise SqsFault("UnsupportedOperation", "There is already a task running for this source.")
            task = MoveTask(source, destination_arn, parameters.get("MaxNumberOfMessagesPerSecond"))
            self._tasks = [*self._tasks, task][-100:]
        threading.Thread(target=task.run, args=(self._find,), name="sqs-move-task", daemon=True).start()
        return {"TaskHandle": task.handle}

    def list(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """List the redrives from one source, the youngest first."""
        source = self._find_or_refuse(str(parameters.get("SourceArn") or ""))
        limit = min(int(parameters.get("MaxResults") or 1), MAXIMUM_REMEMBERED)
        mine = [task.render() for task in reversed(self._tasks) if task.source is source]
        return {"Results": mine[:limit]}

    def cancel(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Stop a redrive that runs."""
        handle = parameters.get("TaskHandle")
        for task in self._tasks:
            if task.handle == handle and task.status == "RUNNING":
                task.cancel()
                return {"ApproximateNumberOfMessagesMoved": task.moved}
        raise SqsFault("ResourceNotFoundException", "No running task has this handle.")

    def _find(self, arn: str) -> Queue | None:
        return next((queue for queue in self._queues() if queue.queue_arn == arn), None)

    def _find_or_refuse(self, arn: str) -> Queue:
        queue = self._find(arn)
        if queue is None:
            raise SqsFault("ResourceNotFoundException", "The resource that you specified doesn't exist.")
        return queue
