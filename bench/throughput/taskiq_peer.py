"""taskiq with taskiq-aio-sqs, ten messages a receive. Run as a script it sends one job: `taskiq_peer.py SECONDS`."""

import asyncio
import os
import sys

from taskiq_aio_sqs import SQSBroker

from bench.throughput.job import CREDENTIALS, Record, Task

_task = Task.from_env()
_record = Record(_task.folder)

broker = SQSBroker(
    _task.queue,
    endpoint_url=_task.endpoint,
    wait_time_seconds=10,
    max_number_of_messages=10,
    visibility_timeout=_task.visibility_seconds,
    enable_heartbeat="BENCH_HEARTBEAT" in os.environ,
    **CREDENTIALS,
)


@broker.task(task_name="job")
async def job(seconds: float) -> None:
    _record.started()
    if seconds:
        await asyncio.sleep(seconds)
    _record.finished()


async def send(seconds: float) -> None:
    await broker.startup()
    await job.kiq(seconds)
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(send(float(sys.argv[1])))
