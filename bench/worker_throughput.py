"""No-op jobs a second: this worker's consumer beside the naive coordinator loop, in one run on ElasticMQ.

    python bench/worker_throughput.py [--messages 2000] [--rounds 3]

The naive loop is what most coordinators begin as: boto3 in the event loop, receive ten, gather, delete one by one. Ours is
the product's consumer with its three lanes, leases and batched acknowledgements; only the handler does nothing. "bare" receives
and deletes in tens without any bookkeeping: the limit of the client library. All share the machine with ElasticMQ. Rounds alternate, the medians count, and the server is warmed up first.
"""

import argparse
import asyncio
import json
import logging
import platform
import resource
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import boto3
from botocore.config import Config

from tests.contracts.elasticmq import ElasticMq, elasticmq_classpath
from tests.contracts.worlds import aws_client
from worker.adapters.sqs_queue import SqsQueue
from worker.adapters.system_clock import SystemClock
from worker.domain.attempt import MessageFate
from worker.domain.job import Lane
from worker.runtime.backoff import Backoff
from worker.runtime.consumer import Consumer, ConsumerPolicy
from worker.runtime.delivery import Delivery, Disposition
from worker.runtime.telemetry import Telemetry

DONE = Disposition(fate=MessageFate.ACKNOWLEDGE)
CONCURRENCY = 100


@dataclass(frozen=True, kw_only=True)
class Run:
    """One measured drain of the queue."""

    seconds: float
    """From the first receive to the last delete."""
    cpu_seconds: float
    """Of this process."""
    requests: int
    """To SQS, those that came back empty included."""


class Requests:
    """Counts what a client sends; works for boto3 and aiobotocore alike."""

    def __init__(self) -> None:
        self.total = 0

    def watch(self, client: Any) -> None:
        client.meta.events.register("before-call.sqs", self._count)

    def _count(self, **_: object) -> None:
        self.total += 1


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a worker is given to do."""

    endpoint: str
    urls: dict[Lane, str]
    messages: int
    requests: Requests


def sqs(endpoint: str) -> Any:
    return boto3.client(
        "sqs",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 1}),
    )


def fill(client: Any, url: str, messages: int) -> None:
    for start in range(0, messages, 10):
        entries = [
            {"Id": str(at), "MessageBody": json.dumps({"job": at})}
            for at in range(start, min(start + 10, messages))
        ]
        client.send_message_batch(QueueUrl=url, Entries=entries)


async def naive(task: Task) -> None:
    """Receive ten, gather, delete one by one."""
    client = sqs(task.endpoint)
    task.requests.watch(client)
    url = task.urls[Lane.NORMAL]

    async def handle(message: dict[str, Any]) -> None:
        json.loads(message["Body"])

    done = 0
    while done < task.messages:
        received = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20).get(
            "Messages", []
        )
        await asyncio.gather(*(handle(message) for message in received))
        for message in received:
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        done += len(received)


async def ours(task: Task) -> None:
    """Consume with the product's consumer."""
    clock = SystemClock()
    telemetry = Telemetry(stream=sys.stderr, clock=clock, level="ERROR")
    handled = 0

    async def handle(delivery: Delivery) -> Disposition:
        nonlocal handled
        json.loads(delivery.message.body)
        handled += 1
        if handled == task.messages:
            asyncio.get_running_loop().call_soon(consumer.stop)
        return DONE

    async with aws_client("sqs", task.endpoint) as client:
        task.requests.watch(client)
        queues = {
            lane: SqsQueue(
                client=client, url=url, dead_letter_url=url, lane=lane, visibility_timeout_seconds=60
            )
            for lane, url in task.urls.items()
        }
        policy = ConsumerPolicy(concurrency=CONCURRENCY, visibility_timeout_seconds=60, poll_grace_seconds=0)
        backoff = Backoff(base_seconds=1, cap_seconds=10, random=Random(1))
        consumer = Consumer(
            queues=queues, handler=handle, policy=policy, clock=clock, backoff=backoff, telemetry=telemetry
        )
        await consumer.run(grace_seconds=10)
    assert telemetry.counters.total("acknowledged") == task.messages


async def bare(task: Task) -> None:
    """Receive and delete in tens from four loops, with nothing else: what aiobotocore allows at all."""
    done = 0

    async def loop(client: Any) -> None:
        nonlocal done
        url = task.urls[Lane.NORMAL]
        while done < task.messages:
            answer = await client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
            received = answer.get("Messages", [])
            if received:
                entries = [
                    {"Id": str(at), "ReceiptHandle": message["ReceiptHandle"]}
                    for at, message in enumerate(received)
                ]
                await client.delete_message_batch(QueueUrl=url, Entries=entries)
                done += len(received)

    async with aws_client("sqs", task.endpoint) as client:
        task.requests.watch(client)
        await asyncio.gather(*(loop(client) for _ in range(4)))


Worker = Callable[[Task], Awaitable[None]]


def measure(worker: Worker, endpoint: str, messages: int) -> Run:
    client = sqs(endpoint)
    stamp = time.time_ns()
    urls = {lane: client.create_queue(QueueName=f"bench-{stamp}-{lane}")["QueueUrl"] for lane in Lane}
    fill(client, urls[Lane.NORMAL], messages)
    task = Task(endpoint=endpoint, urls=urls, messages=messages, requests=Requests())
    cpu, began = _cpu_seconds(), time.perf_counter()
    asyncio.run(_awaited(worker, task))
    seconds, cpu = time.perf_counter() - began, _cpu_seconds() - cpu
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    left = client.get_queue_attributes(QueueUrl=urls[Lane.NORMAL], AttributeNames=names)["Attributes"]
    assert all(left[name] == "0" for name in names), left
    for url in urls.values():
        client.delete_queue(QueueUrl=url)
    return Run(seconds=seconds, cpu_seconds=cpu, requests=task.requests.total)


async def _awaited(worker: Worker, task: Task) -> None:
    await worker(task)


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _median_cpu(runs: list[Run]) -> float:
    return statistics.median(run.cpu_seconds for run in runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    classpath = elasticmq_classpath()
    if classpath is None:
        raise SystemExit("this benchmark needs java and mvn (for ElasticMQ)")
    workers: dict[str, Worker] = {"naive": naive, "ours": ours, "bare": bare}
    runs: dict[str, list[Run]] = {name: [] for name in workers}
    with ElasticMq(classpath=classpath) as server:
        print("warming up …")
        measure(ours, server.endpoint, 6000)
        measure(naive, server.endpoint, 600)
        for _ in range(options.rounds):
            for name, worker in workers.items():
                runs[name].append(measure(worker, server.endpoint, options.messages))
    rates = {}
    print(f"{options.messages} no-op jobs, median of {options.rounds} rounds, {platform.python_version()}")
    for name, measured in runs.items():
        rates[name] = statistics.median(options.messages / run.seconds for run in measured)
        cpu = _median_cpu(measured) / options.messages
        requests = statistics.median(run.requests for run in measured) / options.messages
        print(
            f"{name:>6}: {rates[name]:7.0f} jobs/s  {cpu * 1e6:6.0f} us CPU/job  {requests:5.2f} requests/job"
        )
    cpu_ratio = _median_cpu(runs["naive"]) / _median_cpu(runs["ours"])
    print(f"ours / naive: {rates['ours'] / rates['naive']:.2f}")
    print(f"CPU/job, naive / ours: {cpu_ratio:.2f}")
    print(f"ours / bare:  {rates['ours'] / rates['bare']:.2f}")


if __name__ == "__main__":
    main()
