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


async def naive(endpoint: str, urls: dict[Lane, str], messages: int) -> None:
    """Receive ten, gather, delete one by one."""
    client = sqs(endpoint)
    url = urls[Lane.NORMAL]

    async def handle(message: dict[str, Any]) -> None:
        json.loads(message["Body"])

    done = 0
    while done < messages:
        received = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20).get(
            "Messages", []
        )
        await asyncio.gather(*(handle(message) for message in received))
        for message in received:
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        done += len(received)


async def ours(endpoint: str, urls: dict[Lane, str], messages: int) -> None:
    """Consume with the product's consumer."""
    clock = SystemClock()
    telemetry = Telemetry(stream=sys.stderr, clock=clock, level="WARNING")
    handled = 0

    async def handle(delivery: Delivery) -> Disposition:
        nonlocal handled
        json.loads(delivery.message.body)
        handled += 1
        if handled == messages:
            asyncio.get_running_loop().call_soon(consumer.stop)
        return DONE

    async with aws_client("sqs", endpoint) as client:
        queues = {
            lane: SqsQueue(
                client=client, url=url, dead_letter_url=url, lane=lane, visibility_timeout_seconds=60
            )
            for lane, url in urls.items()
        }
        policy = ConsumerPolicy(concurrency=CONCURRENCY, visibility_timeout_seconds=60, poll_grace_seconds=0)
        backoff = Backoff(base_seconds=1, cap_seconds=10, random=Random(1))
        consumer = Consumer(
            queues=queues, handler=handle, policy=policy, clock=clock, backoff=backoff, telemetry=telemetry
        )
        await consumer.run(grace_seconds=10)
    assert telemetry.counters.total("acknowledged") == messages


async def bare(endpoint: str, urls: dict[Lane, str], messages: int) -> None:
    """Receive and delete in tens from four loops, with nothing else: what aiobotocore allows at all."""
    done = 0

    async def loop(client: Any) -> None:
        nonlocal done
        url = urls[Lane.NORMAL]
        while done < messages:
            answer = await client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
            received = answer.get("Messages", [])
            if received:
                entries = [
                    {"Id": str(at), "ReceiptHandle": message["ReceiptHandle"]}
                    for at, message in enumerate(received)
                ]
                await client.delete_message_batch(QueueUrl=url, Entries=entries)
                done += len(received)

    async with aws_client("sqs", endpoint) as client:
        await asyncio.gather(*(loop(client) for _ in range(4)))


Worker = Callable[[str, dict[Lane, str], int], Awaitable[None]]


def measure(worker: Worker, endpoint: str, messages: int) -> Run:
    client = sqs(endpoint)
    stamp = time.time_ns()
    urls = {lane: client.create_queue(QueueName=f"bench-{stamp}-{lane}")["QueueUrl"] for lane in Lane}
    fill(client, urls[Lane.NORMAL], messages)
    cpu, began = _cpu_seconds(), time.perf_counter()
    asyncio.run(_awaited(worker, endpoint, urls, messages))
    seconds, cpu = time.perf_counter() - began, _cpu_seconds() - cpu
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    left = client.get_queue_attributes(QueueUrl=urls[Lane.NORMAL], AttributeNames=names)["Attributes"]
    assert all(left[name] == "0" for name in names), left
    for url in urls.values():
        client.delete_queue(QueueUrl=url)
    return Run(seconds=seconds, cpu_seconds=cpu)


async def _awaited(worker: Worker, endpoint: str, urls: dict[Lane, str], messages: int) -> None:
    await worker(endpoint, urls, messages)


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


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
        cpu = statistics.median(run.cpu_seconds for run in measured) / options.messages
        print(f"{name:>6}: {rates[name]:7.0f} jobs/s  {cpu * 1e6:6.0f} us CPU/job")
    print(f"ours / naive: {rates['ours'] / rates['naive']:.2f}")
    print(f"ours / bare:  {rates['ours'] / rates['bare']:.2f}")


if __name__ == "__main__":
    main()
