"""The implementations that each spec runs on: a fake, and AWS clients on the embedded AWS or on ElasticMQ."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from tests.fakes.queue import FakeQueue
from worker.adapters.sqs_queue import REASON_ATTRIBUTE, SqsQueue
from worker.adapters.system_clock import SystemClock
from worker.domain.job import Lane
from worker.ports import Queue


@asynccontextmanager
async def aws_client(service: str, endpoint: str) -> AsyncIterator[Any]:
    config = AioConfig(
        connect_timeout=5, read_timeout=25, retries={"max_attempts": 1}, s3={"addressing_style": "path"}
    )
    session = get_session()
    async with session.create_client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    ) as client:
        yield client


class QueueWorld(Protocol):
    queue: Queue

    async def send(self, *bodies: str) -> None: ...

    async def dead_letters(self) -> Sequence[tuple[str, str]]: ...

    async def depth(self) -> tuple[int, int]: ...


@dataclass
class FakeWorld:
    queue: FakeQueue

    async def send(self, *bodies: str) -> None:
        for body in bodies:
            self.queue.send(body)

    async def dead_letters(self) -> Sequence[tuple[str, str]]:
        return [(letter.body, letter.reason) for letter in self.queue.dead_letters]

    async def depth(self) -> tuple[int, int]:
        return self.queue.visible, self.queue.in_flight


def fake_world(*, visibility_timeout_seconds: int) -> FakeWorld:
    clock = SystemClock()
    return FakeWorld(queue=FakeQueue(clock=clock, visibility_timeout_seconds=visibility_timeout_seconds))


@dataclass
class SqsWorld:
    queue: SqsQueue
    client: Any
    url: str
    dead_letter_url: str

    async def send(self, *bodies: str) -> None:
        for start in range(0, len(bodies), 10):
            entries = [
                {"Id": str(at), "MessageBody": body} for at, body in enumerate(bodies[start : start + 10])
            ]
            await self.client.send_message_batch(QueueUrl=self.url, Entries=entries)

    async def dead_letters(self) -> Sequence[tuple[str, str]]:
        answer = await self.client.receive_message(
            QueueUrl=self.dead_letter_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return [
            (entry["Body"], entry["MessageAttributes"][REASON_ATTRIBUTE]["StringValue"])
            for entry in answer.get("Messages", ())
        ]

    async def depth(self) -> tuple[int, int]:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = await self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)
        return int(answer["Attributes"][names[0]]), int(answer["Attributes"][names[1]])


async def sqs_world(client: Any, *, visibility_timeout_seconds: int) -> SqsWorld:
    name = f"queue-{uuid4().hex[:12]}"
    url = (await client.create_queue(QueueName=name))["QueueUrl"]
    dead_letter_url = (await client.create_queue(QueueName=f"{name}-dlq"))["QueueUrl"]
    queue = SqsQueue(
        client=client,
        url=url,
        dead_letter_url=dead_letter_url,
        lane=Lane.NORMAL,
        visibility_timeout_seconds=visibility_timeout_seconds,
    )
    return SqsWorld(queue=queue, client=client, url=url, dead_letter_url=dead_letter_url)
