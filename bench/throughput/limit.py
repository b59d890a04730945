"""What aiobotocore allows at all: receivers, a task for each message, deletes in tens, and nothing else.

No lanes, no leases, no retries, no counters. `--ahead` messages may wait for a slot.
"""

import argparse
import asyncio
import json
import signal
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from bench.throughput.job import CREDENTIALS, Record, Task

BATCH = 10
FLUSH_SECONDS = 0.025
WAIT_SECONDS = 10


class Limit:
    """The raw pipeline."""

    def __init__(self, client: Any, url: str, *, task: Task, ahead: int) -> None:
        self._client = client
        self._url = url
        self._record = Record(task.folder)
        self._visibility_seconds = task.visibility_seconds
        self._room = asyncio.Semaphore(task.concurrency + ahead)
        self._slots = asyncio.Semaphore(task.concurrency)
        self._done: list[str] = []
        self._timer: asyncio.TimerHandle | None = None
        self._jobs: set[asyncio.Task[None]] = set()
        self._deletes: set[asyncio.Task[None]] = set()
        self._is_stopping = False

    def stop(self) -> None:
        self._is_stopping = True

    async def run(self, *, receivers: int) -> None:
        await asyncio.gather(*(self._receive() for _ in range(receivers)))
        while self._jobs:
            await asyncio.wait(self._jobs)
        self._flush()
        while self._deletes:
            await asyncio.wait(self._deletes)

    async def _receive(self) -> None:
        while not self._is_stopping:
            for _ in range(BATCH):
                await self._room.acquire()
            received = []
            if not self._is_stopping:
                answer = await self._client.receive_message(
                    QueueUrl=self._url,
                    MaxNumberOfMessages=BATCH,
                    WaitTimeSeconds=WAIT_SECONDS,
                    VisibilityTimeout=self._visibility_seconds,
                )
                received = answer.get("Messages", [])
            for _ in range(BATCH - len(received)):
                self._room.release()
            for message in received:
                job = asyncio.create_task(self._handle(message))
                self._jobs.add(job)
                job.add_done_callback(self._jobs.discard)

    async def _handle(self, message: dict[str, Any]) -> None:
        async with self._slots:
            self._record.started()
            seconds = json.loads(message["Body"])["seconds"]
            if seconds:
                await asyncio.sleep(seconds)
            self._record.finished()
        self._room.release()
        self._done.append(message["ReceiptHandle"])
        if len(self._done) == BATCH:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._done = self._done, []
        entries = [{"Id": str(at), "ReceiptHandle": receipt} for at, receipt in enumerate(batch)]
        if entries:
            sending = asyncio.ensure_future(
                self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)
            )
            self._deletes.add(sending)
            sending.add_done_callback(self._deletes.discard)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--receivers", type=int, default=2)
    parser.add_argument("--ahead", type=int, default=0)
    options = parser.parse_args()
    task = Task.from_env()
    config = AioConfig(read_timeout=30, max_pool_connections=50)
    async with get_session().create_client(
        "sqs", endpoint_url=task.endpoint, config=config, **CREDENTIALS
    ) as client:
        url = (await client.get_queue_url(QueueName=task.queue))["QueueUrl"]
        limit = Limit(client, url, task=task, ahead=options.ahead)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, limit.stop)
        await limit.run(receivers=options.receivers)


if __name__ == "__main__":
    asyncio.run(main())
