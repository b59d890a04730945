"""ECS and processes in memory, in the shape that the agent sees them."""

import itertools
from types import SimpleNamespace

from botocore.exceptions import ClientError

from automation.localaws.runtime.launcher import TaskCannotStart
from automation.localaws.runtime.task_runner import ESSENTIAL_EXITED, Ended
from tests.automation.localaws.runtime.builders import CLUSTER, a_definition, a_task


class FakeEcs:
    """EcsApi in memory."""

    def __init__(self, *services):
        self.by_name = {service.name: service for service in services}
        self.records = {}
        self.reports = []
        self.stops = []
        self.guarded = set()
        self.refused = set()
        self.is_cluster_there = True
        self.protection_calls = 0
        self._numbers = itertools.count(1)

    def clusters(self):
        return [CLUSTER] if self.is_cluster_there else []

    def services(self, _cluster):
        return list(self.by_name.values())

    def wanted_tasks(self, _cluster):
        return [arn for arn, task in self.records.items() if task.is_wanted]

    def tasks(self, _cluster, arns):
        return [self.records[arn] for arn in arns]

    def task_definition(self, arn):
        return a_definition(arn=arn)

    def run(self, service, count):
        if service.name in self.refused:
            raise ClientError({"Error": {"Code": "InvalidParameterException", "Message": "no"}}, "RunTask")
        return [
            self.add(
                group=f"service:{service.name}",
                started_by=service.deployment_id,
                task_definition=service.task_definition,
            )
            for _ in range(count)
        ]

    def add(self, **changes):
        task = a_task(next(self._numbers), **changes)
        self.records[task.arn] = task
        return task

    def stop(self, task, reason):
        self.stops.append((task.arn, reason))
        self.records.pop(task.arn, None)

    def report(self, task, status, reason, exit_codes):
        self.reports.append((task.arn, status, reason, dict(exit_codes)))
        if status == "STOPPED":
            self.records.pop(task.arn, None)

    def protected(self, _cluster, arns):
        self.protection_calls += 1
        return frozenset(arn for arn in arns if arn in self.guarded)

    def set_task_definition(self, service, task_definition):
        number = int(service.deployment_id.rsplit("/", 1)[-1]) + 1
        self.by_name[service.name] = type(service)(
            **{**vars(service), "task_definition": task_definition, "deployment_id": f"ecs-svc/{number}"}
        )


class FakeRunner:
    """Tasks that run until the test ends them."""

    def __init__(self):
        self.running = {}
        self.unstartable = set()
        self.unhealthy = set()
        self.not_serving = set()
        self._ended = []
        self._clock = itertools.count()

    def start(self, task, definition):
        if definition.arn in self.unstartable:
            raise TaskCannotStart("CannotPullContainerError: no local command")
        self.running[task.arn] = SimpleNamespace(
            task=task, definition=definition, stop_reason="", started=float(next(self._clock))
        )

    def stop(self, arn, reason):
        self.running[arn].stop_reason = self.running[arn].stop_reason or reason

    def finish(self, arn, *, code=0, had_served=True):
        running = self.running.pop(arn)
        self._ended.append(
            Ended(
                task=running.task,
                reason=running.stop_reason or ESSENTIAL_EXITED,
                exit_codes={"worker": code},
                was_asked=bool(running.stop_reason),
                had_served=had_served,
            )
        )

    def finish_stopping(self):
        for arn in [arn for arn, running in self.running.items() if running.stop_reason]:
            self.finish(arn, code=143)

    def collect(self):
        ended, self._ended = self._ended, []
        return ended

    def is_serving(self, running):
        return not running.stop_reason and running.task.arn not in self.not_serving

    def is_settled(self, running):
        return running.task.arn not in self.not_serving

    def is_unhealthy(self, running):
        return running.task.arn in self.unhealthy
