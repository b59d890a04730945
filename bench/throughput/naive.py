"""The naive coordinator: boto3 in the event loop, receive ten, gather, delete one by one."""

import asyncio
import json
import signal
from typing import Any

import boto3

from bench.throughput.job import CREDENTIALS, Record, Task


async def main() -> None:
    task = Task.from_env()
    record = Record(task.folder)
    client = boto3.client("sqs", endpoint_url=task.endpoint, **CREDENTIALS)
    url = client.get_queue_url(QueueName=task.queue)["QueueUrl"]
    is_stopping = False

    def stop(*_: object) -> None:
        nonlocal is_stopping
        is_stopping = True

    async def handle(message: dict[str, Any]) -> None:
        record.started()
        await asyncio.sleep(json.loads(message["Body"])["seconds"])
        record.finished()

    signal.signal(signal.SIGTERM, stop)
    while not is_stopping:
        answer = client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=10,
            VisibilityTimeout=task.visibility_seconds,
        )
        received = answer.get("Messages", [])
        await asyncio.gather(*(handle(message) for message in received))
        for message in received:
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


if __name__ == "__main__":
    asyncio.run(main())
