"""Dramatiq with dramatiq-sqs, without its metrics server. Run as a script it sends one job: `dramatiq_peer.py SECONDS`."""

import sys
import time

import dramatiq
from dramatiq.middleware import default_middleware
from dramatiq_sqs import SQSBroker

from bench.throughput.job import CREDENTIALS, Record, Task

_task = Task.from_env()
_record = Record(_task.folder)

broker = SQSBroker(
    middleware=[kind() for kind in default_middleware if kind.__name__ != "Prometheus"],
    visibility_timeout=_task.visibility_seconds,
    endpoint_url=_task.endpoint,
    **CREDENTIALS,
)
dramatiq.set_broker(broker)


@dramatiq.actor(actor_name="job", queue_name=_task.queue)
def job(seconds: float) -> None:
    _record.started()
    if seconds:
        time.sleep(seconds)
    _record.finished()


if __name__ == "__main__":
    job.send(float(sys.argv[1]))
