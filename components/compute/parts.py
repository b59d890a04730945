"""What a fleet of any kind stands on, and what its workers are told of it."""

from dataclasses import dataclass
from typing import Any

import pulumi

from components.artifacts import Artifacts
from components.compute.containers import TaskBlueprint, container_definitions, settings_of
from components.compute.task_roles import RoleSubjects
from components.fleet_component import StackContext
from components.forge_access import ForgeAccess
from components.image import Image
from components.job_queue import JobQueue
from components.ledger import Ledger
from components.load_balancer import Registration
from components.network import Network
from components.observability import Observability
from components.permissions import WorkerResources
from worker.domain.job import Lane


@dataclass(frozen=True, kw_only=True)
class FleetParts:
    """What every kind of fleet stands on."""

    queue: JobQueue
    """Where jobs come from."""
    artifacts: Artifacts
    """Where results go."""
    ledger: Ledger
    """What is known of jobs."""
    image: Image
    """What workers are made of."""
    observability: Observability
    """Where logs go."""
    forge: ForgeAccess | None = None
    """What workers speak to GitHub with, where they do."""

    def addresses(self, environment: str) -> pulumi.Output[dict[str, Any]]:
        """Return what a worker is told of all this."""
        return pulumi.Output.all(
            queue_url_high=self.queue.lane_urls[Lane.HIGH],
            queue_url_normal=self.queue.lane_urls[Lane.NORMAL],
            queue_url_low=self.queue.lane_urls[Lane.LOW],
            dead_letter_queue_url=self.queue.dead_letter_url,
            results_bucket=self.artifacts.bucket,
            ledger_table=self.ledger.table_name,
            environment=environment,
            github_secret_parameter=self.forge.parameter_name if self.forge else "",
        )

    def worker_resources(self, tasks_arn: pulumi.Input[str] = "") -> pulumi.Output[WorkerResources]:
        """Return what a worker touches."""
        return pulumi.Output.all(
            lane_arns=self.queue.lane_arns,
            dead_letter_arn=self.queue.dead_letter_arn,
            bucket_arn=self.artifacts.bucket_arn,
            table_arn=self.ledger.table_arn,
            tasks_arn=tasks_arn,
            forge_parameter_arn=self.forge.parameter_arn if self.forge else "",
        ).apply(lambda arns: WorkerResources(**arns))


@dataclass(frozen=True, kw_only=True)
class TaskSurroundings:
    """Where tasks live."""

    network: Network
    """Subnets and security group."""
    registration: Registration
    """How the front door finds them."""


def role_subjects(parts: FleetParts, context: StackContext, cluster: str) -> RoleSubjects:
    """Return what the roles of tasks are about."""
    tasks_arn = context.account_id.apply(
        lambda account: f"arn:aws:ecs:{context.region}:{account}:task/{cluster}/*"
    )
    return RoleSubjects(
        worker=parts.worker_resources(tasks_arn),
        repository_arns=parts.image.repository_arns,
        log_group_arn=parts.observability.worker_log_group_arn,
    )


def containers(parts: FleetParts, context: StackContext, *, gpus: int = 0) -> pulumi.Output[str]:
    """Return a task's containers as ECS wants them, JSON."""
    known = pulumi.Output.all(
        addresses=parts.addresses(context.names.environment),
        worker_image=parts.image.worker_image,
        ollama_image=parts.image.ollama_image or "",
        log_group=parts.observability.worker_log_group,
    )

    def describe(values: dict[str, Any]) -> list[dict[str, Any]]:
        return container_definitions(
            TaskBlueprint(
                settings=settings_of(context.config, values.pop("addresses")),
                region=context.region,
                stop_timeout_seconds=context.config.stop_timeout_seconds,
                gpus=gpus,
                **values,
            )
        )

    return pulumi.Output.json_dumps(known.apply(describe))
