"""One round of the agent: read ECS, move processes towards it, report back what became of them."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from botocore.exceptions import BotoCoreError, ClientError

from automation.localaws.runtime.ecs_api import RUNNING, STOPPED, EcsApi
from automation.localaws.runtime.launcher import TaskCannotStart
from automation.localaws.runtime.observed import Service, Task
from automation.localaws.runtime.rollout import Rollout
from automation.localaws.runtime.services import (
    UNHEALTHY_REASON,
    Plan,
    ServiceTask,
    has_arrived,
    is_complete,
    plan,
)
from automation.localaws.runtime.task_runner import Ended, RunningTask, TaskRunner

ASKED_TO_STOP = "Task stopped by a call of StopTask"

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Reconciler:
    """Holds what is remembered between rounds."""

    ecs: EcsApi
    """ECS."""
    runner: TaskRunner
    """Processes."""
    time_scale: float
    """Of restart delays."""
    services: dict[str, Service] = field(default_factory=dict)
    """As last read, by ARN."""
    _rollouts: dict[str, Rollout] = field(default_factory=dict)
    _finished: set[str] = field(default_factory=set)

    def round(self) -> bool:
        """Do one round; tell whether things are still moving."""
        ended = self.runner.collect()
        for end in ended:
            self._note_end(end)
        seen: dict[str, Service] = {}
        wanted: set[str] = set()
        clusters = self.ecs.clusters()
        self._stop_tasks_without_cluster(clusters)
        for cluster in clusters:
            services = self.ecs.services(cluster)
            seen |= {service.arn: service for service in services}
            wanted |= self._follow_tasks(cluster)
            for service in services:
                self._try_to_follow(service)
            self._stop_tasks_without_service(cluster, services)
        self._forget_services(seen)
        self._finished &= wanted
        return bool(ended) or self._is_moving()

    def tasks_of(self, service: Service) -> list[RunningTask]:
        """Return the tasks of a service that are not being stopped."""
        return [
            running
            for running in self.runner.running.values()
            if running.task.cluster == service.cluster
            and running.task.service == service.name
            and not running.stop_reason
        ]

    def service_of(self, running: RunningTask) -> Service | None:
        """Return the service that a task belongs to."""
        for service in self.services.values():
            if (service.cluster, service.name) == (running.task.cluster, running.task.service):
                return service
        return None

    def _follow_tasks(self, cluster: str) -> set[str]:
        """Start what ECS wants and we don't run; stop what we run and ECS no longer wants."""
        wanted = set(self.ecs.wanted_tasks(cluster))
        here = {arn for arn, running in self.runner.running.items() if running.task.cluster == cluster}
        unknown = sorted(wanted - here - self._finished)
        for task in self.ecs.tasks(cluster, unknown) if unknown else []:
            if task.is_wanted:
                self._start(task)
        for arn in here - wanted:
            self.runner.stop(arn, ASKED_TO_STOP)
        return wanted

    def _try_to_follow(self, service: Service) -> None:
        """One service that ECS refuses to serve must not keep the others waiting."""
        try:
            self._follow_service(service)
        except (BotoCoreError, ClientError) as fault:
            log.warning("service %s can't be followed in this round: %s", service.name, fault)

    def _follow_service(self, service: Service) -> None:
        self.services[service.arn] = service
        rollout = self._rollout(service)
        tasks = self._service_tasks(service, rollout)
        if has_arrived(service, tasks):
            rollout = self._rollouts[service.arn] = rollout.after_arrival().after_success()
        if rollout.trips(service):
            self._give_up(service, rollout)
            return
        may_launch = rollout.may_launch(time.monotonic())
        step = plan(service, tasks, may_launch=may_launch)
        if step.stops and step.respects_protection:
            step = plan(service, self._with_protection(service, tasks), may_launch=may_launch)
        self._carry_out(service, step)

    def _rollout(self, service: Service) -> Rollout:
        rollout = self._rollouts.get(service.arn)
        if rollout is None:
            rollout = Rollout(deployment_id=service.deployment_id, task_definition=service.task_definition)
        elif (rollout.deployment_id, rollout.task_definition) != (
            service.deployment_id,
            service.task_definition,
        ):
            rollout = rollout.succeeded_by(service)
        self._rollouts[service.arn] = rollout
        return rollout

    def _service_tasks(self, service: Service, rollout: Rollout) -> list[ServiceTask]:
        return [
            ServiceTask(
                arn=running.task.arn,
                is_current=running.task.started_by == rollout.deployment_id
                and running.task.task_definition == rollout.task_definition,
                is_serving=self.runner.is_serving(running),
                is_settled=self.runner.is_settled(running),
                is_unhealthy=self.runner.is_unhealthy(running),
                is_protected=False,
                started_at=running.started,
            )
            for running in self.tasks_of(service)
        ]

    def _with_protection(self, service: Service, tasks: list[ServiceTask]) -> list[ServiceTask]:
        protected = self.ecs.protected(service.cluster, [task.arn for task in tasks])
        return [replace(task, is_protected=task.arn in protected) for task in tasks]

    def _carry_out(self, service: Service, step: Plan) -> None:
        for stop in step.stops:
            running = self.runner.running[stop.arn]
            log.info("service %s: stopping task %s: %s", service.name, running.task.id, stop.reason)
            if stop.reason != UNHEALTHY_REASON:  # that is a failure to report at its end, not a wish to state
                self.ecs.stop(running.task, stop.reason)
            self.runner.stop(stop.arn, stop.reason)
        if step.start:
            log.info("service %s: starting %d tasks of %s", service.name, step.start, service.task_definition)
            for task in self.ecs.run(service, step.start):
                self._start(task)

    def _give_up(self, service: Service, rollout: Rollout) -> None:
        target = rollout.rollback_target(service)
        if target:
            log.warning("service %s: circuit breaker: rolling back to %s", service.name, target)
            self.ecs.set_task_definition(service, target)
        else:
            log.warning("service %s: circuit breaker: no more tasks are started", service.name)
        self._rollouts[service.arn] = rollout.after_trip()

    def _start(self, task: Task) -> None:
        try:
            self.runner.start(task, self.ecs.task_definition(task.task_definition))
        except TaskCannotStart as fault:
            log.warning("task %s can't start: %s", task.id, fault)
            self._finished.add(task.arn)
            self._note_failure(task)
            self._report(task, STOPPED, str(fault), {})
            return
        log.info("task %s runs", task.id)
        self._report(task, RUNNING, "", {})

    def _note_end(self, end: Ended) -> None:
        log.info("task %s ended: %s, exit codes %s", end.task.id, end.reason, dict(end.exit_codes))
        self._finished.add(end.task.arn)
        has_failed = not end.had_served and (not end.was_asked or end.reason == UNHEALTHY_REASON)
        if has_failed:
            self._note_failure(end.task)
        self._report(end.task, STOPPED, end.reason, end.exit_codes)

    def _report(self, task: Task, status: str, reason: str, exit_codes: Mapping[str, int]) -> None:
        try:
            self.ecs.report(task, status, reason, exit_codes)
        except (BotoCoreError, ClientError) as fault:  # its cluster may be gone; the others must be reported
            log.warning("task %s: %s was not reported: %s", task.id, status, fault)

    def _note_failure(self, task: Task) -> None:
        for arn, rollout in self._rollouts.items():
            service = self.services.get(arn)
            is_its = service is not None and (service.cluster, service.name) == (task.cluster, task.service)
            if is_its and task.started_by == rollout.deployment_id:
                self._rollouts[arn] = rollout.after_failure(time.monotonic(), time_scale=self.time_scale)

    def _stop_tasks_without_service(self, cluster: str, services: list[Service]) -> None:
        names = {service.name for service in services}
        for running in list(self.runner.running.values()):
            is_left = running.task.cluster == cluster and running.task.service not in {"", *names}
            if is_left and not running.stop_reason:
                reason = f"Service {running.task.service} was deleted"
                self.ecs.stop(running.task, reason)
                self.runner.stop(running.task.arn, reason)

    def _stop_tasks_without_cluster(self, clusters: list[str]) -> None:
        for arn, running in self.runner.running.items():
            if running.task.cluster not in clusters:
                self.runner.stop(arn, "The cluster was deleted")

    def _forget_services(self, seen: Mapping[str, Service]) -> None:
        for arn in [arn for arn in self.services if arn not in seen]:
            del self.services[arn]
            self._rollouts.pop(arn, None)

    def _is_moving(self) -> bool:
        is_stopping = any(running.stop_reason for running in self.runner.running.values())
        return is_stopping or any(not self._has_settled(service) for service in self.services.values())

    def _has_settled(self, service: Service) -> bool:
        rollout = self._rollout(service)
        return rollout.has_given_up or is_complete(service, self._service_tasks(service, rollout))
