"""Celery on SQS, set up as its guides advise for jobs that must not be lost: acknowledged late, no events, no remote control.

Not its defaults: the pause after an empty poll is 10 ms (1 s), and prefetching is as small as Celery allows.
Run as a script it sends one job: `celery_peer.py SECONDS`.
"""

import os
import sys
import time

from celery import Celery

from bench.throughput.job import Record, Task

_task = Task.from_env()
_record = Record(_task.folder)

app = Celery("bench", broker=f"sqs://test:test@{_task.endpoint.removeprefix('http://')}")
app.conf.update(
    task_default_queue=_task.queue,
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=int(os.environ.get("BENCH_PREFETCH", "1")),
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "region": "us-east-1",
        "is_secure": False,
        "wait_time_seconds": 10,
        "polling_interval": 0.01,
        "visibility_timeout": _task.visibility_seconds,
        "predefined_queues": {
            _task.queue: {
                "url": f"{_task.endpoint}/000000000000/{_task.queue}",
                "access_key_id": "test",
                "secret_access_key": "test",
            }
        },
    },
)


@app.task(name="job")
def job(seconds: float) -> None:
    _record.started()
    if seconds:
        time.sleep(seconds)
    _record.finished()


if __name__ == "__main__":
    job.delay(float(sys.argv[1]))
