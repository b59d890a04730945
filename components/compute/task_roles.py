"""TaskRoles: who a task is while it starts, and while it runs."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import iam

from components.fleet_component import FleetComponent, StackContext
from components.permissions import WorkerResources, execution_policy, task_policy, tasks_trust
from components.role_policy import build_role_policy


@dataclass(frozen=True, kw_only=True)
class RoleSubjects:
    """What the two roles are about."""

    worker: pulumi.Output[WorkerResources]
    """What a worker touches."""
    repository_arns: pulumi.Output[list[str]]
    """Where its images come from."""
    log_group_arn: pulumi.Output[str]
    """Where its logs go."""


class TaskRoles(FleetComponent):
    """The execution role starts the task; the task role is all that the worker's own code has."""

    def __init__(
        self,
        name: str,
        context: StackContext,
        subjects: RoleSubjects,
        *,
        parent: pulumi.Resource,
        kind: str = "",
    ) -> None:
        """Build both roles, each with one inline policy, so that they come and go together.

        `kind` starts their names on AWS: roles of two kinds of compute stand beside each other while one replaces the other.
        """
        super().__init__(name, context, parent=parent)
        self._kind = kind
        starting = pulumi.Output.all(subjects.repository_arns, subjects.log_group_arn).apply(
            lambda known: execution_policy(repository_arns=known[0], log_group_arn=known[1])
        )
        execution = self._build_role("execution", "Starts tasks: pulls images, opens log streams")
        task = self._build_role("task", "The worker: takes jobs, stores results, keeps the ledger")
        self.policies = [
            build_role_policy(self, "execution", execution, starting),
            build_role_policy(self, "task", task, subjects.worker.apply(task_policy)),
        ]
        """A task that starts before them has no rights."""
        self.execution_role_arn = execution.arn
        self.task_role_arn = task.arn
        self.finish({"execution_role_arn": execution.arn, "task_role_arn": task.arn})

    def _build_role(self, part: str, description: str) -> iam.Role:
        return iam.Role(
            self.child_name(part),
            name=self._context.names.part(f"{self._kind}{part}"),
            description=description,
            assume_role_policy=pulumi.Output.json_dumps(self._context.account_id.apply(tasks_trust)),
            tags=self.tags(part),
            opts=self.child(),
        )
