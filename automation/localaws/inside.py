"""The two facts that pass between the agent and moto by no public call.

They are the age of a queue's oldest message, and the health of a task (ECS's own agent reports it on a private channel).
"""

import time
from typing import Any

from moto.ecs.models import ecs_backends

from automation.localaws.account import ACCOUNT_ID
from automation.localaws.patches.sqs import counts_of, queues_of


def oldest_age_seconds(region: str, queue_name: str) -> float | None:
    """Return the age of the oldest message that is still in a queue: 0 when empty, None where there is no such queue."""
    queue = queues_of(region).get(queue_name)
    if queue is None:
        return None
    oldest = counts_of(queue).oldest_sent_milliseconds
    return 0.0 if oldest is None else max(0.0, time.time() - oldest / 1000)


def record_health(region: str, task_arn: str, health: str) -> None:
    """Let DescribeTasks say how a task and its essential containers are."""
    cluster = task_arn.split("/")[1]
    task: Any = ecs_backends[ACCOUNT_ID][region].tasks.get(cluster, {}).get(task_arn)
    if task is not None:
        task.health_status = health
        for container in task.containers:
            container.health_status = health
