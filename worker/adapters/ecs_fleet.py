"""The fleet's ECS service: its size, and the protection of its tasks."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from worker.adapters.aws_calls import reported
from worker.domain.errors import StoreUnavailable
from worker.domain.fleet_control import ServiceState

TASKS_A_DESCRIPTION = 100
TASKS_A_PROTECTION = 10
"""GetTaskProtection and UpdateTaskProtection take no more."""


class EcsFleet:
    """A `worker.scaling_ports.FleetService`."""

    def __init__(self, *, client: Any, cluster: str, service: str) -> None:
        """Use a botocore ECS client."""
        self._client = client
        self._cluster = cluster
        self._service = service

    def state(self) -> ServiceState:
        """Describe the service."""
        with reported("look at the service"):
            answer = self._client.describe_services(cluster=self._cluster, services=[self._service])
            active = [one for one in answer["services"] if one["status"] == "ACTIVE"]
            if not active:
                raise StoreUnavailable(f"look at the service: {self._service} is not there")
            events = active[0].get("events") or [{}]
            return ServiceState(
                desired=int(active[0]["desiredCount"]),
                running=int(active[0]["runningCount"]),
                pending=int(active[0]["pendingCount"]),
                last_event=str(events[0].get("message", "")),
            )

    def set_desired(self, count: int) -> None:
        """Update the service's desired count, and nothing else of it."""
        with reported(f"ask for {count} workers"):
            self._client.update_service(cluster=self._cluster, service=self._service, desiredCount=count)

    def protect(self, tasks: Sequence[str], *, minutes: int) -> None:
        """Protect those that are not for so long; ECS would shorten what a worker asked for. A task that is gone needs none."""
        with reported("protect workers"):
            until = datetime.now(UTC) + timedelta(minutes=minutes)
            for group in _groups(tasks, TASKS_A_PROTECTION):
                answer = self._client.get_task_protection(cluster=self._cluster, tasks=group)
                short = [one["taskArn"] for one in answer["protectedTasks"] if _ends(one) < until]
                if short:
                    self._client.update_task_protection(
                        cluster=self._cluster, tasks=short, protectionEnabled=True, expiresInMinutes=minutes
                    )

    def asked_for_at(self, tasks: Sequence[str]) -> Mapping[str, datetime]:
        """Read when the tasks were made."""
        with reported("look at the tasks"):
            found: dict[str, datetime] = {}
            for group in _groups(tasks, TASKS_A_DESCRIPTION):
                answer = self._client.describe_tasks(cluster=self._cluster, tasks=group)
                found |= {one["taskArn"]: one["createdAt"] for one in answer["tasks"] if "createdAt" in one}
            return found


def _ends(protection: Mapping[str, Any]) -> datetime:
    """Return when it ends; one that never began ended long ago."""
    end: datetime | None = protection.get("expirationDate") if protection["protectionEnabled"] else None
    return end or datetime.min.replace(tzinfo=UTC)


def _groups(items: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
