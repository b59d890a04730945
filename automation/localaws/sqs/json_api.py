"""SQS's JSON protocol for the calls that carry messages, straight onto the store.

Every current client speaks JSON to SQS. Answering these calls here, before moto's generic request machinery, makes
them several times cheaper; calls that manage queues still go to moto.
"""

import json
import logging
import re
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from automation.localaws.sqs import receive, send, settle
from automation.localaws.sqs.faults import SqsFault, no_such_queue
from automation.localaws.sqs.move_tasks import MoveTasks
from automation.localaws.sqs.queue import Queue

TARGET_PREFIX = "AmazonSQS."
DEFAULT_REGION = "us-east-1"
REGION_IN_SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/")

Operation = Callable[[Queue, Mapping[str, Any]], dict[str, Any]]
Queues = Callable[[str], Mapping[str, Queue]]
"""Region to its queues by name."""

OPERATIONS: Mapping[str, Operation] = {
    "SendMessage": send.send_message,
    "SendMessageBatch": send.send_message_batch,
    "ReceiveMessage": receive.receive_message,
    "DeleteMessage": settle.delete_message,
    "DeleteMessageBatch": settle.delete_message_batch,
    "ChangeMessageVisibility": settle.change_message_visibility,
    "ChangeMessageVisibilityBatch": settle.change_message_visibility_batch,
    "PurgeQueue": settle.purge_queue,
}
MOVE_OPERATIONS = frozenset({"StartMessageMoveTask", "ListMessageMoveTasks", "CancelMessageMoveTask"})

log = logging.getLogger(__name__)


class SqsJsonApi:
    """WSGI: answers message calls itself and hands everything else on."""

    def __init__(self, *, queues: Queues, otherwise: WSGIApplication, long_polls: int) -> None:
        """Let at most `long_polls` receives wait at a time: each holds a thread of the server."""
        self._free_polls = threading.BoundedSemaphore(long_polls)
        self._queues = queues
        self._otherwise = otherwise
        self._move_tasks: dict[str, MoveTasks] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        target: str = environ.get("HTTP_X_AMZ_TARGET", "")
        name = target.removeprefix(TARGET_PREFIX)
        if name == target or (name not in OPERATIONS and name not in MOVE_OPERATIONS):
            return self._otherwise(environ, start_response)
        try:
            parameters = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
            result = self._answer(name, _region(environ), parameters)
        except SqsFault as fault:
            return _refuse(start_response, fault)
        except (ValueError, TypeError, KeyError, AttributeError) as fault:
            log.exception("%s failed", name)
            return _refuse(
                start_response, SqsFault("InvalidParameterValue", f"{type(fault).__name__}: {fault}")
            )
        return _respond(start_response, "200 OK", json.dumps(result).encode() if result else b"{}", ())

    def _answer(self, name: str, region: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        queues = self._queues(region)
        if name in OPERATIONS:
            queue = queues.get(str(parameters.get("QueueUrl") or "").rpartition("/")[2])
            if queue is None:
                raise no_such_queue()
            if name == "ReceiveMessage":
                return self._receive(queue, parameters)
            return OPERATIONS[name](queue, parameters)
        tasks = self._move_tasks.setdefault(region, MoveTasks(lambda: list(self._queues(region).values())))
        moves = {"StartMessageMoveTask": tasks.start, "ListMessageMoveTasks": tasks.list}
        return moves.get(name, tasks.cancel)(parameters)

    def _receive(self, queue: Queue, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Wait only where a thread is to spare; an answer that comes early and empty is within SQS's contract."""
        if not self._free_polls.acquire(blocking=False):
            return receive.receive_message(queue, {**parameters, "WaitTimeSeconds": 0})
        try:
            return receive.receive_message(queue, parameters)
        finally:
            self._free_polls.release()


def _region(environ: WSGIEnvironment) -> str:
    scope = REGION_IN_SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return scope[1] if scope else DEFAULT_REGION


def _refuse(start_response: StartResponse, fault: SqsFault) -> Iterable[bytes]:
    body = json.dumps({"__type": f"com.amazonaws.sqs#{fault.code}", "message": fault.message}).encode()
    headers = (("x-amzn-query-error", f"{fault.query_code};Sender"),)
    return _respond(start_response, "400 Bad Request", body, headers)


def _respond(
    start_response: StartResponse, status: str, body: bytes, headers: Iterable[tuple[str, str]]
) -> Iterable[bytes]:
    start_response(
        status,
        [
            ("Content-Type", "application/x-amz-json-1.0"),
            ("Content-Length", str(len(body))),
            ("x-amzn-RequestId", str(uuid.uuid4())),
            *headers,
        ],
    )
    return [body]
