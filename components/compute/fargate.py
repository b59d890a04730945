"""FargateFleet: workers as tasks of an ECS service on Fargate."""

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import ecs

from components.artifacts import Artifacts
from components.compute.containers import (
    SCRATCH_VOLUME,
    WORKER_CONTAINER,
    TaskBlueprint,
    container_definitions,
    settings_of,
)
from components.compute.task_roles import RoleSubjects, TaskRoles
from components.config import Architecture, Spot
from components.fleet_component import FleetComponent, StackContext
from components.image import Image
from components.ingress import Ingress
from components.job_queue import JobQueue
from components.ledger import Ledger
from components.network import Network
from components.observability import Observability
from components.permissions import WorkerResources
from components.port_numbers import GATEWAY_PORT
from worker.domain.job import Lane

ON_DEMAND = "FARGATE"
ON_SPOT = "FARGATE_SPOT"


@dataclass(frozen=True, kw_only=True)
class CapacityShare:
    """A provider's part of the fleet."""

    provider: str
    """FARGATE or FARGATE_SPOT."""
    base: int
    """Tasks that it gets before anything is shared."""
    weight: int
    """Its part of the rest."""


SHARES = {
    Spot.NONE: (CapacityShare(provider=ON_DEMAND, base=0, weight=1),),
    Spot.MIXED: (
        CapacityShare(provider=ON_DEMAND, base=1, weight=1),
        CapacityShare(provider=ON_SPOT, base=0, weight=3),
    ),
    Spot.ONLY: (CapacityShare(provider=ON_SPOT, base=0, weight=1),),
}


@dataclass(frozen=True, kw_only=True)
class FleetParts:
    """What a fleet stands on."""

    network: Network
    """Subnets and security group of the tasks."""
    queue: JobQueue
    """Where jobs come from."""
    artifacts: Artifacts
    """Where results go."""
    ledger: Ledger
    """What is known of jobs."""
    image: Image
    """What tasks are made of."""
    observability: Observability
    """Where logs go."""
    ingress: Ingress
    """Who finds the workers."""


class FargateFleet(FleetComponent):
    """Cluster, task definition, service."""

    def __init__(self, name: str, context: StackContext, parts: FleetParts) -> None:
        """Build the roles first, then what runs with them."""
        super().__init__(name, context)
        self._parts = parts
        self._roles = TaskRoles(f"{name}-roles", context, _role_subjects(parts, context), parent=self)
        self._cluster, self._capacity = self._build_cluster()
        definition = self._build_task_definition()
        service = self._build_service(definition)
        self.cluster_name = self._cluster.name
        self.service_name = service.name
        self.task_definition_arn = definition.arn
        self.finish(
            {
                "cluster_name": self.cluster_name,
                "service_name": self.service_name,
                "task_definition_arn": self.task_definition_arn,
            }
        )

    def _build_cluster(self) -> tuple[ecs.Cluster, ecs.ClusterCapacityProviders]:
        context = self._context
        insights = "enabled" if context.config.container_insights else "disabled"
        cluster = ecs.Cluster(
            self.child_name("cluster"),
            name=context.names.cluster,
            settings=[{"name": "containerInsights", "value": insights}],
            tags=self.tags("cluster"),
            opts=self.child(),
        )
        capacity = ecs.ClusterCapacityProviders(
            self.child_name("capacity"),
            cluster_name=cluster.name,
            capacity_providers=[ON_DEMAND, ON_SPOT],
            default_capacity_provider_strategies=[
                ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs(
                    capacity_provider=share.provider, base=share.base, weight=share.weight
                )
                for share in SHARES[context.config.spot]
            ],
            opts=self.child(),
        )
        return cluster, capacity

    def _build_task_definition(self) -> ecs.TaskDefinition:
        config = self._context.config
        return ecs.TaskDefinition(
            self.child_name("task"),
            family=self._context.names.part(WORKER_CONTAINER),
            cpu=str(config.cpu),
            memory=str(config.memory_mib),
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            runtime_platform={
                "operating_system_family": "LINUX",
                "cpu_architecture": "ARM64" if config.architecture is Architecture.ARM64 else "X86_64",
            },
            execution_role_arn=self._roles.execution_role_arn,
            task_role_arn=self._roles.task_role_arn,
            volumes=[{"name": SCRATCH_VOLUME}],
            container_definitions=self._containers(),
            tags=self.tags(WORKER_CONTAINER),
            opts=self.child(),
        )

    def _containers(self) -> pulumi.Output[str]:
        context, parts = self._context, self._parts
        addresses = pulumi.Output.all(
            queue_url_high=parts.queue.lane_urls[Lane.HIGH],
            queue_url_normal=parts.queue.lane_urls[Lane.NORMAL],
            queue_url_low=parts.queue.lane_urls[Lane.LOW],
            dead_letter_queue_url=parts.queue.dead_letter_url,
            results_bucket=parts.artifacts.bucket,
            ledger_table=parts.ledger.table_name,
            environment=context.names.environment,
        )
        known = pulumi.Output.all(
            addresses=addresses,
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
                    **values,
                )
            )

        return pulumi.Output.json_dumps(known.apply(describe))

    def _build_service(self, definition: ecs.TaskDefinition) -> ecs.Service:
        context, network = self._context, self._parts.network
        return ecs.Service(
            self.child_name("service"),
            name=context.names.service,
            cluster=self._cluster.arn,
            task_definition=definition.arn,
            desired_count=context.config.instances,
            capacity_provider_strategies=[
                ecs.ServiceCapacityProviderStrategyArgs(
                    capacity_provider=share.provider, base=share.base, weight=share.weight
                )
                for share in SHARES[context.config.spot]
            ],
            network_configuration={
                "subnets": network.subnet_ids,
                "security_groups": [network.worker_group_id],
                "assign_public_ip": True,  # the only way out of a public subnet without NAT; nothing gets in
            },
            service_registries={
                "registry_arn": self._parts.ingress.discovery_arn,
                "container_name": WORKER_CONTAINER,
                "container_port": GATEWAY_PORT,
            },
            deployment_circuit_breaker={"enable": True, "rollback": True},
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            force_delete=True,  # a destroy must not wait for somebody to scale to zero
            # The wait says nothing for twenty minutes and calls a roll-back a success; `health` tells the truth.
            wait_for_steady_state=False,
            tags=self.tags("service"),
            opts=self.child(
                # A deployment must not undo what the scaling did.
                ignore_changes=["desiredCount"],
                depends_on=[self._capacity, network.internet_route, *self._roles.policies],
            ),
        )


def _role_subjects(parts: FleetParts, context: StackContext) -> RoleSubjects:
    queue, artifacts, ledger = parts.queue, parts.artifacts, parts.ledger
    worker = pulumi.Output.all(
        lane_arns=queue.lane_arns,
        dead_letter_arn=queue.dead_letter_arn,
        bucket_arn=artifacts.bucket_arn,
        table_arn=ledger.table_arn,
        tasks_arn=context.account_id.apply(
            lambda account: f"arn:aws:ecs:{context.region}:{account}:task/{context.names.cluster}/*"
        ),
    ).apply(lambda arns: WorkerResources(**arns))
    return RoleSubjects(
        worker=worker,
        repository_arns=parts.image.repository_arns,
        log_group_arn=parts.observability.worker_log_group_arn,
    )
