"""FargateFleet: workers as tasks of an ECS service on Fargate."""

from pulumi_aws import ecs

from components.choices import Architecture
from components.compute.containers import SCRATCH_VOLUME, WORKER_CONTAINER
from components.compute.fleet_service import ServiceBlueprint, build_cluster, build_service
from components.compute.parts import FleetParts, TaskSurroundings, containers, role_subjects
from components.compute.shares import FARGATE_SHARES, ON_DEMAND, ON_SPOT
from components.compute.task_roles import TaskRoles
from components.fleet_component import FleetComponent, StackContext


class FargateFleet(FleetComponent):
    """Cluster, task definition, service."""

    def __init__(
        self, name: str, context: StackContext, parts: FleetParts, surroundings: TaskSurroundings
    ) -> None:
        """Build the roles first, then what runs with them."""
        super().__init__(name, context)
        self._parts = parts
        subjects = role_subjects(parts, context, context.names.cluster)
        self._roles = TaskRoles(f"{name}-roles", context, subjects, parent=self)
        self._shares = FARGATE_SHARES[context.config.spot]
        cluster, capacity = self._build_cluster()
        definition = self._build_task_definition()
        service = build_service(
            self,
            context,
            surroundings,
            ServiceBlueprint(
                cluster_arn=cluster.arn,
                definition_arn=definition.arn,
                capacity=[
                    ecs.ServiceCapacityProviderStrategyArgs(
                        capacity_provider=share.provider, base=share.base, weight=share.weight
                    )
                    for share in self._shares
                ],
                minimum_healthy_percent=100,
                maximum_percent=200,
                after=[capacity, *self._roles.policies],
            ),
        )
        self.cluster_name = cluster.name
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
        cluster = build_cluster(self, self._context, self._context.names.cluster)
        capacity = ecs.ClusterCapacityProviders(
            self.child_name("capacity"),
            cluster_name=cluster.name,
            capacity_providers=[ON_DEMAND, ON_SPOT],
            default_capacity_provider_strategies=[
                ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs(
                    capacity_provider=share.provider, base=share.base, weight=share.weight
                )
                for share in self._shares
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
            container_definitions=containers(self._parts, self._context),
            tags=self.tags(WORKER_CONTAINER),
            opts=self.child(),
        )
