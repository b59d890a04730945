"""Ours: the product's consumer with its three lanes, leases and batched acknowledgements; only the handler does nothing.

The clients are those of `worker/wiring`; what a whole attempt adds (ledger, stored result) is not measured here.
"""

import asyncio
import json
import os
import sys
from random import Random

from aiobotocore.session import get_session

from bench.throughput.job import CREDENTIALS, Record, Task
from worker.adapters.sqs_queue import SqsQueue
from worker.adapters.system_clock import SystemClock
from worker.domain.attempt import MessageFate
from worker.domain.job import Lane
from worker.runtime.backoff import Backoff
from worker.runtime.collector import set_apart_what_is_loaded
from worker.runtime.consumer import Consumer, ConsumerPolicy
from worker.runtime.delivery import Delivery, Disposition
from worker.runtime.drain import stopping_on_signal
from worker.runtime.telemetry import Telemetry
from worker.wiring.rig import client_config

DONE = Disposition(fate=MessageFate.ACKNOWLEDGE)


async def main() -> None:
    task = Task.from_env()
    record = Record(task.folder)
    clock = SystemClock()
    policy = ConsumerPolicy(
        concurrency=task.concurrency,
        visibility_timeout_seconds=task.visibility_seconds,
        receive_wait_seconds=int(os.environ.get("BENCH_RECEIVE_WAIT", "20")),
    )

    async def handle(delivery: Delivery) -> Disposition:
        record.started()
        seconds = json.loads(delivery.message.body)["seconds"]
        if seconds:
            await asyncio.sleep(seconds)
        record.finished()
        return DONE

    config = client_config(read_seconds=policy.receive_wait_seconds + 5)
    async with get_session().create_client(
        "sqs", endpoint_url=task.endpoint, config=config, **CREDENTIALS
    ) as client:
        queues = {}
        for lane in Lane:
            name = task.queue if lane is Lane.NORMAL else f"{task.queue}-{lane}"
            url = (await client.get_queue_url(QueueName=name))["QueueUrl"]
            queues[lane] = SqsQueue(
                client=client,
                url=url,
                dead_letter_url=url,
                lane=lane,
                visibility_timeout_seconds=task.visibility_seconds,
            )
        consumer = Consumer(
            queues=queues,
            handler=handle,
            policy=policy,
            clock=clock,
            backoff=Backoff(base_seconds=2, cap_seconds=120, random=Random(1)),
            telemetry=Telemetry(stream=sys.stderr, clock=clock),
        )
        set_apart_what_is_loaded()
        with stopping_on_signal(consumer.stop):
            await consumer.run(grace_seconds=60)


if __name__ == "__main__":
    asyncio.run(main())
